"""`make demo`'s supervisor: however it ends, no process of it stays."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.conftest import eventually

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="copilot-", ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o755)  # as root PostgreSQL runs as another user
        yield Path(name)


@pytest.fixture
def demo(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = [str(probe.getsockname()[1]) for probe in (one, two)]
    process = subprocess.Popen(
        [sys.executable, "-m", "callcenter.demo", "--no-callers", "--colleagues=1"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(folder),
            "PORT": ports[0],
            "SIMULATORS_PORT": ports[1],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.terminate()
    process.communicate(timeout=60)


def living() -> dict[int, int]:
    """Each process and its parent; those that only wait to be counted are dead."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if state[0] != "Z"}


def family(pid: int) -> set[int]:
    parents = living()
    found = {pid}
    while grown := {child for child, parent in parents.items() if parent in found}:
        if grown <= found:
            break
        found |= grown
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_behind(demo, folder, how):
    printed = []
    while not printed or "is ready" not in printed[-1]:
        printed.append(demo.stdout.readline())
        assert printed[-1], f"it ended before it was ready: {''.join(printed)}"
    postmaster = int((folder / "postgres/postmaster.pid").read_text().split()[0])
    started = family(demo.pid) | {postmaster}
    assert len(started) >= 6  # supervisor, servers, Valkey, PostgreSQL, web, worker …
    demo.send_signal(how)
    last = demo.stdout.read().split()
    assert "Traceback" not in last
    assert demo.wait(timeout=60) == (0 if how == signal.SIGINT else -how)
    eventually(
        lambda: not started & living().keys(), seconds=30, what="all processes ended"
    )
