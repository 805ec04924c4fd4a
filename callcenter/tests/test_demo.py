"""How the demo's processes know of each other, and that nothing outlives the supervisor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter import announcement

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from callcenter import announcement
with announcement.held(Path(sys.argv[1])) as ours:
    ours.tell({"PORT": "1234"})
    print("held", flush=True)
    time.sleep(60)
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_instance_is_one_clear_line(tmp_path):
    with announcement.held(tmp_path / "demo.json"):
        refused = run("-m", "callcenter.demo", VAR_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == "Call CoPilot is already running from this folder.\n"


def test_one_port_for_two_servers_is_one_clear_line(tmp_path):
    refused = run(
        "-m",
        "callcenter.demo",
        VAR_DIR=str(tmp_path),
        PORT="23999",
        SIMULATORS_PORT="23999",
    )
    assert (
        refused.stderr == "PORT and SIMULATORS_PORT must differ, not both be 23999.\n"
    )


def test_a_command_in_another_terminal_finds_the_running_demo(tmp_path):
    with announcement.held(tmp_path / "demo.json") as ours:
        ours.tell({"DEBUG": "true", "SIMULATORS_PORT": "9"})
        asked = run("manage.py", "ring", "--list", VAR_DIR=str(tmp_path))
    assert "do not answer at http://127.0.0.1:9." in asked.stderr
    assert "Traceback" not in asked.stderr


def test_without_a_demo_a_command_says_how_to_start_one(tmp_path):
    refused = run("manage.py", "ring", VAR_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert "make demo" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_announcement_lives_as_long_as_its_process(tmp_path):
    path = tmp_path / "demo.json"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert announcement.told(path) == {"PORT": "1234"}
    with pytest.raises(announcement.Held), announcement.held(path):
        pass
    holder.kill()
    holder.communicate()
    assert "1234" in path.read_text()
    assert announcement.told(path) == {}


def test_a_leashed_process_ends_when_its_supervisor_is_gone():
    leashed = subprocess.Popen(
        [sys.executable, "-m", "callcenter.leashed", "asyncio"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert leashed.poll() is None
    leashed.communicate(timeout=30)
    assert leashed.returncode != 0
