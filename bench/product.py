"""The product as it is deployed: its web process on a core of its own, real PostgreSQL and Valkey.

Its settings are those of production; only that every vendor's address is on loopback,
where the load generator plays them.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench import cores
from bench.machine import ROOT
from bench.orders import Office, opened

START_SECONDS = 60.0
STOP_SECONDS = 20.0
# What the shell brings of these would lead to a real vendor.
_VENDORS = ("TWILIO_", "OPENAI_", "ASSEMBLYAI_", "SPEECH_", "TWIML_")


class NotStarted(Exception):  # noqa: N818  the sentence says what is wrong
    """A process of ours ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Product:
    """The running product; `environment` is for processes that are to work with it."""

    process: int
    environment: dict[str, str]
    folder: Path
    _stack: contextlib.ExitStack
    _offices: dict[str, Office] = field(default_factory=dict)

    def office(self, module: str) -> Office:
        """The module's, from the first time that it is asked for: it takes seconds to start."""
        if module not in self._offices:
            office = self._stack.enter_context(opened(module, self.environment))
            self._offices[module] = office
        return self._offices[module]

    @property
    def media_url(self) -> str:
        """Where Twilio's media sockets go."""
        return f"{self.environment['PUBLIC_BASE_URL'].replace('http', 'ws')}/ws/media/"

    @property
    def auth_token(self) -> str:
        """With which Twilio signs."""
        return self.environment["TWILIO_AUTH_TOKEN"]

    @property
    def account_sid(self) -> str:
        """Whose calls they are."""
        return self.environment["TWILIO_ACCOUNT_SID"]

    def last_words(self) -> str:
        """The last line of the server's log."""
        return last_line(self.folder / "server.log")


@contextlib.contextmanager
def running(*, vendors: str, core: int | None) -> Iterator[Product]:
    """The product, for as long as the block runs; `vendors` is where they are played."""
    with (
        # As root PostgreSQL runs as another user. Short: its socket lies in here.
        tempfile.TemporaryDirectory(
            prefix="bench-", ignore_cleanup_errors=True
        ) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        put_database(folder)
        environment = environment_for(folder, vendors=vendors)
        environment |= stack.enter_context(databases(folder, environment))
        with cores.on(core):
            server = stack.enter_context(
                process(
                    ["callcenter.serve", "--port", environment["PORT"]],
                    environment,
                    log=folder / "server.log",
                    drains=False,
                )
            )
        ready = f"{environment['PUBLIC_BASE_URL']}/readyz"
        _wait_until_ready(ready, server, folder / "server.log")
        yield Product(server.pid, environment, folder, stack)


@contextlib.contextmanager
def process(
    command: Sequence[str],
    environment: dict[str, str],
    *,
    log: Path,
    drains: bool = True,
) -> Iterator[subprocess.Popen[bytes]]:
    """A module of ours, ended at the end, and also when we are killed.

    `drains`: it may finish what it has begun; nobody waits for what only was measured.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "callcenter.leashed", *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        if drains:
            child.terminate()
        _end(child, waits=drains)


@contextlib.contextmanager
def listening(
    command: list[str],
    environment: dict[str, str],
    *,
    port: int,
    core: int | None,
    log: Path,
) -> Iterator[subprocess.Popen[bytes]]:
    """The same on that core, from the moment at which it takes connections on the port."""
    with contextlib.ExitStack() as stack:
        with cores.on(core):
            server = stack.enter_context(
                process(command, environment, log=log, drains=False)
            )
        wait_until_listening(port, server, log)
        yield server


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(folder: Path, *, vendors: str) -> dict[str, str]:
    port = free_port()
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_VENDORS) and not name.lower().endswith("_proxy")
    }
    return inherited | {
        "VAR_DIR": str(folder),
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "LOG_LEVEL": "WARNING",
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_API_KEY_SID": f"SK{secrets.token_hex(16)}",
        "TWILIO_API_KEY_SECRET": secrets.token_hex(16),
        "TWIML_APP_SID": f"AP{secrets.token_hex(16)}",
        "TWILIO_NUMBER": "+15550200000",
        "TWILIO_API_URL": vendors,
        "OPENAI_API_KEY": "sk-bench",
        "OPENAI_BASE_URL": f"{vendors}/v1",
        "ASSEMBLYAI_API_KEY": "bench",
        "ASSEMBLYAI_BASE_URL": vendors,
    }


@contextlib.contextmanager
def databases(folder: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Ours always: what is measured here belongs into nobody's database."""
    log = folder / "databases.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "callcenter.embedded"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert child.stdout is not None  # noqa: S101  asked for above
        announced = child.stdout.readline()
        if not announced:
            raise NotStarted(f"The databases did not start. {last_line(log)}")
        servers = json.loads(announced)
        yield {name.upper(): str(url) for name, url in servers.items()}
    finally:
        assert child.stdin is not None  # noqa: S101  asked for above
        child.stdin.close()  # they end with their input
        _end(child, waits=True)


def put_database(folder: Path) -> None:
    """One with all tables and nothing in them, for `databases` to find there."""
    made = Path(_made_database().name, "postgres")
    # As it is, with its owner.
    subprocess.run(["cp", "-a", str(made), str(folder)], check=True)  # noqa: S607


@cache
def _made_database() -> "tempfile.TemporaryDirectory[str]":
    """Made once, however many subjects there are: each begins with a copy."""
    kept = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    folder = Path(kept.name)
    folder.chmod(0o755)
    environment = environment_for(folder, vendors="http://127.0.0.1:9")
    with databases(folder, environment) as servers:
        migrate(environment | servers)
    return kept


def migrate(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotStarted(f"The database could not be prepared: {done.stderr.strip()}")


def wait_until_listening(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until somebody takes connections there; NotStarted if nobody does in time."""

    def listens() -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True

    _wait_until(listens, server, log)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers() -> bool:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)

    _wait_until(answers, server, log)


def _wait_until(
    holds: Callable[[], bool], server: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            if holds():
                return
        time.sleep(0.1)
    raise NotStarted(f"{log.stem} does not answer. {last_line(log)}")


def last_line(log: Path) -> str:
    """The last that is no empty one."""
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _end(child: subprocess.Popen[bytes], *, waits: bool) -> None:
    if waits:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=STOP_SECONDS)
    # Whoever is left of its group, which nobody else is in.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
