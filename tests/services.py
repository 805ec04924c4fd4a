"""A pytest plugin, loaded before Django's settings: real servers for the tests.

Tests of the rooms get PostgreSQL and Valkey. With WHOLE=1 the whole call centre is
started as `make demo` does, without callers of its own, and the tests look at it; with
`-n` each of xdist's workers has a call centre for itself.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_stack = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    os.environ["DEBUG"] = "true"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    # Playwright keeps an event loop in the thread of the browser tests.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    works = "PYTEST_XDIST_WORKER" in os.environ
    whole = bool(os.environ.get("WHOLE"))
    if works and not whole:
        _stack.enter_context(_own_redis())
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return  # somebody's servers, or those that xdist's workers share
    # A short path: PostgreSQL's socket lies in it, and macOS allows 104 bytes.
    folder = _stack.enter_context(
        tempfile.TemporaryDirectory(prefix="copilot-", ignore_cleanup_errors=True)
    )
    os.environ["VAR_DIR"] = folder
    Path(folder).chmod(0o755)  # as root PostgreSQL runs as another user
    if not whole:
        _stack.enter_context(_databases())
    elif works or not early_config.known_args_namespace.numprocesses:
        _stack.enter_context(_whole(Path(folder)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """When the fixtures are done, and while xdist still waits for its workers."""
    _stack.close()


def pytest_unconfigure() -> None:
    """Where no session began."""
    _stack.close()


@contextlib.contextmanager
def _own_redis() -> Iterator[None]:
    """Workers share no Redis: published messages know no database and would mix."""
    with _served("tests.valkey", str(_free_ports(1)[0])) as url:
        os.environ["REDIS_URL"] = url
        yield


@contextlib.contextmanager
def _databases() -> Iterator[None]:
    with _served("callcenter.embedded") as told:
        for name, url in json.loads(told).items():
            os.environ[name.upper()] = url
        _without_waiting_for_the_disk(os.environ["DATABASE_URL"])
        yield


@contextlib.contextmanager
def _served(*module: str) -> Iterator[str]:
    """What the servers say when they are there. They end with their input: also when we are killed."""
    with subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as servers:
        said = servers.stdout.readline() if servers.stdout else ""
        if not said:
            pytest.exit(f"The servers did not start: {' '.join(module)}")
        yield said.strip()


def _without_waiting_for_the_disk(database_url: str) -> None:
    """These data die with the tests, and emptying all tables costs a second otherwise."""
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextlib.contextmanager
def _whole(folder: Path) -> Iterator[None]:
    os.environ["PORT"], os.environ["SIMULATORS_PORT"] = map(str, _free_ports(2))
    # Some tests let Twilio hang, and wait for it.
    os.environ.setdefault("TWILIO_TIMEOUT", "3")
    command = ["callcenter.leashed", "callcenter.demo", "--no-callers"]
    demo = subprocess.Popen(
        [sys.executable, "-m", *command, "--colleagues=12"],
        cwd=ROOT,
        stdin=subprocess.PIPE,  # it ends when we do, however that is
        start_new_session=True,
    )
    try:
        _wait_for(f"http://127.0.0.1:{os.environ['PORT']}/readyz", demo)
        _wait_for(
            f"http://127.0.0.1:{os.environ['SIMULATORS_PORT']}/_sim/healthz", demo
        )
        servers = json.loads((folder / "servers.json").read_text())
        os.environ["DATABASE_URL"] = servers["database_url"]
        os.environ["REDIS_URL"] = servers["redis_url"]
        _without_waiting_for_the_disk(servers["database_url"])
        yield
    finally:
        demo.terminate()
        demo.wait(timeout=60)


def _wait_for(url: str, demo: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and demo.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.exit(f"The servers did not start: {url} does not answer.")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
