"""Who may read `/metrics`, what it says of the records, and the sum over processes."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from analytics.models import Step
from callcenter import metrics
from calls.models import Call
from copilot.pressure import NO_WORDS, NOTHING
from copilot.pulse import Pulse

ROOT = Path(__file__).resolve().parents[2]


def samples(text):
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client, **more):
    return client.get("/metrics", **more)


@pytest.mark.django_db
def test_on_a_machine_of_ones_own_it_needs_no_token(client):
    assert read(client).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("http://127.0.0.1:8000", {"REMOTE_ADDR": "192.0.2.7"}),
        ("http://127.0.0.1:8000", {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}),
        # A proxy on the same machine that says nothing of whom it asks for.
        ("https://calls.example.com", {}),
    ],
)
def test_the_public_is_told_that_there_is_nothing(client, settings, address, more):
    settings.PUBLIC_BASE_URL = address
    assert read(client, **more).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("Bearer correct-horse", 200),
        ("Bearer wrong-horse", 401),
        ("Bearer é", 401),
        ("correct-horse", 401),
        ("", 401),
    ],
)
def test_who_shows_the_token_may_read_it_from_anywhere(client, settings, shown, status):
    settings.METRICS_TOKEN = "correct-horse"
    settings.PUBLIC_BASE_URL = "https://calls.example.com"
    headers = {"authorization": shown} if shown else {}
    answer = read(client, headers=headers, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == status


@pytest.mark.django_db
def test_what_waits_is_counted(client):
    def call(number, **more):
        sid = f"CA{number:032}"
        number = "+15550101001"
        return Call.objects.create(
            sid=sid,
            from_number=number,
            to_number=number,
            created_at=timezone.now(),
            **more,
        )

    call(1, status=Call.Status.IN_PROGRESS, waiting_since=timezone.now())
    call(2, status=Call.Status.IN_PROGRESS, mode=Call.Mode.AUTO)
    ended = call(3, status=Call.Status.COMPLETED)
    for name, state in (
        ("fetch", "done"),
        ("transcribe", "failed"),
        ("judge", "waiting"),
    ):
        Step.objects.create(call=ended, name=name, state=state)
    found = samples(read(client).content.decode())
    assert found["callcopilot_database_up",] == 1
    assert found["callcopilot_calls_live", "human"] == 1
    assert found["callcopilot_calls_live", "auto"] == 1
    assert found["callcopilot_calls_live", "approve"] == 0
    assert found["callcopilot_calls_waiting",] == 1
    assert found["callcopilot_steps", "failed", "transcribe"] == 1
    assert found["callcopilot_steps", "waiting", "judge"] == 1
    assert found["callcopilot_steps", "failed", "judge"] == 0
    assert not any("done" in key for key in found)


@pytest.mark.django_db
def test_it_tells_what_this_process_has_counted(client):
    found = samples(read(client).content.decode())
    assert ("callcopilot_media_frames_total",) in found
    assert ("callcopilot_event_loop_lag_seconds_count",) in found


@pytest.mark.parametrize(
    ("here", "token", "shown", "status"),
    [
        ("127.0.0.1", "", "", 200),
        ("192.0.2.7", "", "", 404),
        ("192.0.2.7", "correct-horse", "Bearer correct-horse", 200),
        ("127.0.0.1", "correct-horse", "Bearer wrong-horse", 401),
        ("127.0.0.1", "correct-horse", "", 401),
    ],
)
def test_the_media_server_tells_the_same_people_and_asks_no_database(
    settings, here, token, shown, status
):
    settings.METRICS_TOKEN = token
    headers = {"Authorization": shown} if shown else {}
    answer = metrics.of_process(headers, here)
    assert answer.status == status
    if status != 200:
        assert answer.body == b""
        return
    found = samples(answer.body.decode())
    assert ("callcopilot_pressure_level",) in found
    assert ("callcopilot_media_sessions",) in found
    assert ("callcopilot_database_up",) not in found


# A process of the media kind: it counts frames and holds a session, and stays or is killed.
COUNTING = """
import sys
import time
from copilot import figures
figures.FRAMES.inc(100)
figures.SESSIONS.inc()
print("counted", flush=True)
sys.stdin.read()
"""
READING = """
import django; django.setup()
from callcenter.metrics import _registry
from prometheus_client import generate_latest
print(generate_latest(_registry(records=True)).decode())
"""


def test_processes_that_share_a_folder_are_summed_and_the_dead_hold_nothing(tmp_path):
    environment = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "DEBUG": "true",
        # Nobody is there: what was counted is told all the same.
        "DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    common = {"cwd": ROOT, "env": environment, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", COUNTING]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, **common) as alive,
        subprocess.Popen(command, stdin=subprocess.PIPE, **common) as dead,
    ):
        assert [one.stdout.readline() for one in (alive, dead)] == 2 * ["counted\n"]
        dead.kill()
        dead.wait()
        read = subprocess.run([sys.executable, "-c", READING], check=True, **common)
        alive.stdin.close()
    found = samples(read.stdout)
    assert found["callcopilot_media_frames_total",] == 200
    assert found["callcopilot_media_sessions",] == 1
    assert found["callcopilot_database_up",] == 0


async def stutter(seconds):
    """Other work on the same loop, each piece of which takes so long."""
    while True:
        time.sleep(seconds)  # noqa: ASYNC251
        await asyncio.sleep(0)


async def test_the_media_servers_pressure_is_told_and_that_it_is_over(settings):
    settings.METRICS_TOKEN = ""

    def level():
        told = metrics.of_process({}, "127.0.0.1").body.decode()
        return samples(told)["callcopilot_pressure_level",]

    pulse = Pulse(rest=0.2)
    async with asyncio.timeout(40), asyncio.TaskGroup() as tasks:
        with pulse.felt():
            load = tasks.create_task(stutter(0.3))
            while level() != NO_WORDS:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            load.cancel()
            while level() != NOTHING:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
