"""`make demo`: every process of the call centre on this machine, started, watched and stopped together."""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from callcenter import announcement
from callcenter.announcement import Announcement
from callcenter.embedded import VAR

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 15.0
# What a command in another terminal needs to reach this demo.
SHARED = ("DEBUG", "PORT", "SIMULATORS_PORT", "DATABASE_URL", "REDIS_URL", "NO_PROXY")

Process = subprocess.Popen[str]


class Stop(Exception):  # noqa: N818  Ctrl-C or SIGTERM is not an error
    """Somebody asked us to stop."""


@dataclass(slots=True)
class StopSignals:
    """Ctrl-C and SIGTERM raise `Stop`, but never between a child's birth and our knowing it."""

    asked: bool = False
    held_back: bool = False

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def ignore(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.ignore()
        os.write(sys.stdout.fileno(), "\nStopping …\n".encode())
        self.asked = True
        if not self.held_back:
            raise Stop

    @contextlib.contextmanager
    def hold_back(self) -> Iterator[None]:
        self.held_back = True
        try:
            yield
        finally:
            self.held_back = False
        if self.asked:
            raise Stop


STOP_SIGNALS = StopSignals()


@dataclass(frozen=True, slots=True)
class Plan:
    """The ports and the environment that all processes share."""

    port: int
    simulators_port: int
    # Of the media server; None: the web process takes the media sockets too.
    media_port: int | None
    callers: bool
    environment: dict[str, str]

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulators(self) -> str:
        return f"http://127.0.0.1:{self.simulators_port}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--no-callers", action="store_true", help="nobody rings by himself"
    )
    parser.add_argument(
        "--colleagues", type=int, default=4, help="how many simulated agents"
    )
    options = parser.parse_args()
    STOP_SIGNALS.install()
    with contextlib.suppress(Stop), contextlib.ExitStack() as stack:
        ours = stack.enter_context(_only_instance())
        plan = _plan(callers=not options.no_callers, colleagues=options.colleagues)
        say("Starting PostgreSQL and Valkey …")
        processes: dict[str, Process] = {}
        stack.callback(_end_all, processes)
        plan.environment.update(_servers(plan, processes))
        say("Preparing the database …")
        _manage(plan, "load_demo")
        say("Starting web, worker and simulators …")
        _start_ours(plan, processes)
        _wait_until_ready(plan, processes)
        ours.tell({name: plan.environment[name] for name in SHARED})
        _greet(plan)
        _watch(processes)
    say("Stopped.")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _only_instance() -> Iterator[Announcement]:
    try:
        with announcement.held(VAR / "demo.json") as ours:
            yield ours
    except announcement.Held:
        sys.exit("Call CoPilot is already running from this folder.")
    except PermissionError as refusal:
        sys.exit(f"Cannot write to {refusal.filename}: it belongs to another user.")


def _plan(*, callers: bool, colleagues: int) -> Plan:
    port = _free_port("PORT", 8000)
    simulators_port = _free_port("SIMULATORS_PORT", 8090)
    if port == simulators_port:
        sys.exit(f"PORT and SIMULATORS_PORT must differ, not both be {port}.")
    media_port = None
    if os.environ.get("MEDIA_PORT"):
        media_port = _free_port("MEDIA_PORT", port + 1)
    direct = (os.environ.get("no_proxy"), os.environ.get("NO_PROXY"), "127.0.0.1")
    no_proxy = ",".join(filter(None, direct))
    environment = os.environ | {
        "DEBUG": "true",
        "PORT": str(port),
        "SIMULATORS_PORT": str(simulators_port),
        "SIMULATED_COLLEAGUES": ",".join(
            f"colleague{n + 1}" for n in range(colleagues)
        ),
        # The simulated colleagues log in like people; only this start knows the word.
        "SIMULATED_COLLEAGUE_PASSWORD": secrets.token_urlsafe(16),
        "PYTHONUNBUFFERED": "1",
        # A proxy for the world outside must not be asked for this machine.
        "no_proxy": no_proxy,
        "NO_PROXY": no_proxy,
    }
    environment.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    if media_port is not None:
        environment["MEDIA_BASE_URL"] = f"http://127.0.0.1:{media_port}"
    return Plan(port, simulators_port, media_port, callers, environment)


def _free_port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        sys.exit(f"{name} must be a port from 1 to 65535, not {value!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(value)))
        except PermissionError:
            sys.exit(f"Port {value} is not for everybody: make demo {name}={default}")
        except OSError:
            sys.exit(
                f"Port {value} is taken. Choose another: make demo {name}={int(value) + 1}"
            )
    return int(value)


def _servers(plan: Plan, processes: dict[str, Process]) -> dict[str, str]:
    """Ours, unless the environment names others."""
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    command = ["callcenter.embedded"]
    process = _spawn(plan, processes, "servers", command, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101  asked for above
    announced = process.stdout.readline()
    if not announced:
        sys.exit(f"The database did not start. {_last_words('servers')}")
    return {name.upper(): url for name, url in json.loads(announced).items()}


def _manage(plan: Plan, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=plan.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"manage.py {arguments[0]} failed:\n{done.stderr.strip()}")


def _start_ours(plan: Plan, processes: dict[str, Process]) -> None:
    commands = {
        "simulators": ["simulators", "--port", str(plan.simulators_port)],
        "web": ["callcenter.serve", "--port", str(plan.port), "--shared"],
        "worker": ["celery", "-A", "callcenter.celery", "worker", "--beat"],
        # Callers who wait must not stand behind transcripts.
        "telephone": ["celery", "-A", "callcenter.celery", "worker", "-Q", "telephone"],
    }
    if plan.media_port is not None:
        commands["media"] = ["callcenter.media", "--port", str(plan.media_port)]
    commands["simulators"] += ["--web", plan.web, "--data", str(VAR / "simulators")]
    commands["simulators"] += ["--colleagues", plan.environment["SIMULATED_COLLEAGUES"]]
    if plan.callers:
        commands["simulators"].append("--callers")
    commands["worker"] += ["--concurrency=2"]
    commands["telephone"] += ["--pool=threads", "--concurrency=4", "-n", "telephone@%h"]
    for name in ("worker", "telephone"):
        commands[name] += ["--without-gossip", "--without-mingle"]
    for name, command in commands.items():
        _spawn(plan, processes, name, ["callcenter.leashed", *command])


def _spawn(
    plan: Plan,
    processes: dict[str, Process],
    name: str,
    command: list[str],
    stdout: int | None = None,
) -> Process:
    """A child that ends when its input does: also when we are killed."""
    (VAR / "log").mkdir(exist_ok=True)
    with STOP_SIGNALS.hold_back(), _log(name).open("w") as log:
        processes[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=plan.environment,
            stdin=subprocess.PIPE,
            stdout=stdout or log,
            stderr=log,
            text=True,
            # Ctrl-C reaches us alone; we stop the others in order.
            start_new_session=True,
        )
    return processes[name]


def _log(name: str) -> Path:
    return VAR / "log" / f"{name}.log"


def _wait_until_ready(plan: Plan, processes: dict[str, Process]) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = {f"{plan.web}/readyz", f"{plan.simulators}/_sim/healthz"}
    if plan.media_port is not None:
        waiting.add(f"{plan.environment['MEDIA_BASE_URL']}/healthz")
    while waiting:
        _stop_if_one_ended(processes)
        if time.monotonic() > deadline:
            sys.exit(f"Not ready after {START_SECONDS:.0f} s; see {VAR / 'log'}")
        waiting = {url for url in waiting if not _answers(url)}
        time.sleep(0.1)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _watch(processes: dict[str, Process]) -> None:
    while True:
        _stop_if_one_ended(processes)
        time.sleep(0.5)


def _stop_if_one_ended(processes: dict[str, Process]) -> None:
    for name, process in processes.items():
        code = process.poll()
        if code is None:
            continue
        if code < 0:
            sys.exit(f"The {name} process was killed (signal {-code}); all is stopped.")
        sys.exit(f"The {name} process ended by itself. {_last_words(name)}")


def _last_words(name: str) -> str:
    lines = _log(name).read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"Its log is {_log(name)}: {last}"


def _end_all(processes: dict[str, Process]) -> None:
    """The servers last: the others still write to them."""
    # The clean-up must not be interrupted by a second, impatient Ctrl-C.
    STOP_SIGNALS.ignore()
    servers = processes.pop("servers", None)
    _end(list(processes.values()))
    if servers is not None and servers.stdin is not None:
        servers.stdin.close()
        _end([servers])


def _end(processes: list[Process]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        # Whoever is left of its group: a killed worker leaves its children.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _greet(plan: Plan) -> None:
    elsewhere = f"VAR_DIR={VAR} " if os.environ.get("VAR_DIR") else ""
    say(
        f"""
  Call CoPilot is ready:  {plan.web}

    agent        demo-agent         takes calls at the desk
    agent2       demo-agent2        a second agent
    supervisor   demo-supervisor    sees everything, also {plan.web}/admin/

  Programs:               {plan.web}/api/docs, with the key ccp_demo-integrator-0123456789

  Callers ring by themselves now and then. To ring at once, in another terminal:

    {elsewhere}.venv/bin/python manage.py ring --scenario happy_support

  Logs are in {VAR.relative_to(Path.cwd()) if VAR.is_relative_to(Path.cwd()) else VAR}/log. Ctrl-C stops everything.
"""
    )


if __name__ == "__main__":
    main()
