"""`make demo`: every process of the call centre on this machine, started, watched and stopped together."""

import argparse
import contextlib
import fcntl
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
from typing import TextIO

from callcenter.embedded import VAR

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Stop(Exception):  # noqa: N818  Ctrl-C or SIGTERM is not an error
    """Somebody asked us to stop."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The ports and the environment that all processes share."""

    port: int
    simulators_port: int
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
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    VAR.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(Stop), contextlib.ExitStack() as stack:
        stack.enter_context(_only_instance())
        plan = _plan(callers=not options.no_callers, colleagues=options.colleagues)
        say("Starting PostgreSQL and Valkey …")
        servers = stack.enter_context(_embedded_servers(plan))
        plan.environment.update(
            DATABASE_URL=servers["database_url"], REDIS_URL=servers["redis_url"]
        )
        say("Preparing the database …")
        _manage(plan, "migrate", "--verbosity=0", "--no-input")
        _manage(plan, "load_demo")
        say("Starting web, worker and simulators …")
        processes = stack.enter_context(_all_processes(plan))
        _wait_until_ready(plan, processes)
        _greet(plan)
        _watch(processes)
    say("Stopped.")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # The clean-up must not be interrupted by a second, impatient Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("\nStopping …")
    raise Stop


@contextlib.contextmanager
def _only_instance() -> Iterator[None]:
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("Call CoPilot is already running from this folder.")
        yield


def _plan(*, callers: bool, colleagues: int) -> Plan:
    port = _free_port("PORT", 8000)
    simulators_port = _free_port("SIMULATORS_PORT", 8090)
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
    }
    environment.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    return Plan(port, simulators_port, callers, environment)


def _free_port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        sys.exit(f"{name} must be a port from 1 to 65535, not {value!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(value)))
        except OSError:
            sys.exit(
                f"Port {value} is taken. Choose another: make demo {name}={int(value) + 1}"
            )
    return int(value)


@contextlib.contextmanager
def _embedded_servers(plan: Plan) -> Iterator[dict[str, str]]:
    """Ours, unless the environment names others. They stop when our end of the pipe closes."""
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        yield {
            "database_url": os.environ["DATABASE_URL"],
            "redis_url": os.environ["REDIS_URL"],
        }
        return
    with _log("servers") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "callcenter.embedded"],
            cwd=ROOT,
            env=plan.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  pipes
    try:
        announced = process.stdout.readline()
        if not announced:
            sys.exit(f"The database did not start; see {VAR / 'log' / 'servers.log'}")
        yield json.loads(announced)
    finally:
        process.stdin.close()
        _end([process])


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


@contextlib.contextmanager
def _all_processes(plan: Plan) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    commands = {
        "simulators": ["simulators", "--port", str(plan.simulators_port)],
        "web": ["callcenter.serve", "--port", str(plan.port)],
        "worker": ["celery", "-A", "callcenter.celery", "worker", "--beat"],
    }
    commands["simulators"] += ["--web", plan.web, "--data", str(VAR / "simulators")]
    commands["simulators"] += ["--colleagues", plan.environment["SIMULATED_COLLEAGUES"]]
    if plan.callers:
        commands["simulators"].append("--callers")
    commands["worker"] += ["--concurrency=2", "--without-gossip", "--without-mingle"]
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with _log(name) as log:
                processes[name] = subprocess.Popen(
                    [sys.executable, "-m", *command],
                    cwd=ROOT,
                    env=plan.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C reaches us alone; we stop the others in order.
                    start_new_session=True,
                )
        yield processes
    finally:
        _end(list(processes.values()))


def _log(name: str) -> TextIO:
    (VAR / "log").mkdir(exist_ok=True)
    return (VAR / "log" / f"{name}.log").open("w")


def _wait_until_ready(
    plan: Plan, processes: dict[str, subprocess.Popen[bytes]]
) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = {f"{plan.web}/readyz", f"{plan.simulators}/_sim/healthz"}
    while waiting:
        _stop_if_one_ended(processes)
        if time.monotonic() > deadline:
            sys.exit(f"Not ready after {START_SECONDS:.0f} s; see {VAR / 'log'}")
        waiting = {url for url in waiting if not _answers(url)}
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _watch(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        _stop_if_one_ended(processes)
        time.sleep(0.5)


def _stop_if_one_ended(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            log = VAR / "log" / f"{name}.log"
            last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            sys.exit(f"The {name} process ended by itself ({log}):\n{last}")


def _end(
    processes: list[subprocess.Popen[bytes]] | list[subprocess.Popen[str]],
) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _greet(plan: Plan) -> None:
    say(
        f"""
  Call CoPilot is ready:  {plan.web}

    agent        demo-agent         takes calls at the desk
    agent2       demo-agent2        a second agent
    supervisor   demo-supervisor    sees everything, also {plan.web}/admin/

  Callers ring by themselves now and then. To ring at once, in another terminal:

    .venv/bin/python manage.py ring --scenario happy_support

  Logs are in {VAR.relative_to(Path.cwd()) if VAR.is_relative_to(Path.cwd()) else VAR}/log. Ctrl-C stops everything.
"""
    )


if __name__ == "__main__":
    main()
