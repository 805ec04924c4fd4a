"""Calls that have ended, with a recording where a test wants one; vendors are the simulators."""

import io
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from celery import current_app
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from analytics import clients
from analytics.models import Scorecard, ScorecardVersion
from audio import mulaw, wav
from calls import telephone
from calls.models import Call, CallEvent, Recording, Utterance
from vendors.tests.conftest import Outside, _simulators, outside, spoken  # noqa: F401

# The first draw of a process reads all its modules, which takes a while on a busy machine.
hypothesis_settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("busy")

ANSWERED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECONDS = 60.0


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "media")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def vendors(settings: Any, outside: Outside) -> Any:  # noqa: F811
    """The settings point at the simulators."""
    settings.OPENAI_BASE_URL = f"{outside.url}/v1"
    settings.ASSEMBLYAI_BASE_URL = settings.TWILIO_API_URL = outside.url
    configs = (
        clients.openai_config,
        clients.assemblyai_config,
        telephone.twilio_config,
    )
    for config in configs:
        config.cache_clear()
    yield outside
    for config in configs:
        config.cache_clear()


@pytest.fixture
def no_broker() -> Any:
    """The broker is away: its port is closed."""
    before = current_app.conf.broker_write_url
    current_app.conf.broker_write_url = "redis://127.0.0.1:9/0"
    yield
    current_app.conf.broker_write_url = before


@pytest.fixture
def call(db: None, ada: Any) -> Call:
    """Cleo called, Ada joined after two seconds, and after a minute it was over."""
    made = Call.objects.create(
        sid="CA" + "1" * 32,
        direction="inbound",
        status="completed",
        from_number="+15550107788",
        to_number="+15550100000",
        agent=ada,
        created_at=ANSWERED,
        answered_at=ANSWERED,
        ended_at=ANSWERED + timedelta(seconds=SECONDS),
    )
    happened(made, (2.0, "agent.joined"))
    return made


def happened(call: Call, *events: tuple[float, str], **data: Any) -> None:
    """Append events at seconds of the call's clock, all of them saying `data`."""
    for seconds, name in events:
        call.last_number += 1
        call.save(update_fields=["last_number"])
        CallEvent.objects.create(
            call=call,
            number=call.last_number,
            name=name,
            at=ANSWERED + timedelta(seconds=seconds),
            data=data,
        )


def led(call: Call, *modes: tuple[float, str], **data: Any) -> None:
    """From each of these seconds on the call is in that mode."""
    for seconds, mode in modes:
        happened(call, (seconds, "call.mode"), mode=mode, **data)


def heard(call: Call, start: float, end: float, text: str, speaker: str) -> Utterance:
    """What was understood while the call went on."""
    return Utterance.objects.create(
        call=call,
        source=Utterance.Source.LIVE,
        item=f"{speaker}-{start}",
        speaker=speaker,
        start=start,
        end=end,
        text=text,
    )


@pytest.fixture
def recording(call: Call) -> Recording:
    """Twilio has it; we do not, yet."""
    return Recording.objects.create(
        call=call,
        sid="RE" + "a" * 32,
        status="completed",
        url="",
        channels=2,
        duration=SECONDS,
        channel_map={"1": "caller", "2": "agent"},
    )


Track = list[tuple[float, str]]


@pytest.fixture
def conversation(recording: Recording, spoken: Callable[[str], bytes]) -> Any:  # noqa: F811
    """Puts a recording of these lines (second, words) into the storage."""

    def keep(caller: Track, agent: Track) -> Recording:
        tracks = [np.zeros(int(SECONDS * mulaw.RATE), np.int16) for _ in range(2)]
        for track, lines in zip(tracks, (caller, agent), strict=True):
            for second, text in lines:
                samples = mulaw.decode(spoken(text))
                first = int(second * mulaw.RATE)
                track[first : first + samples.size] = samples
        recording.file.save("call.wav", ContentFile(sound(*tracks)))
        return recording

    return keep


def sound(*tracks: Any) -> bytes:
    """The tracks as the bytes of a WAV file."""
    file = io.BytesIO()
    wav.write(file, tracks)
    return file.getvalue()


def default_card() -> ScorecardVersion:
    """The scorecard that ships; a test that empties the database takes it along."""
    card = Scorecard.objects.for_queue(None)
    if card is None:
        import_module("analytics.migrations.0005_scorecards").ship(apps)
        card = Scorecard.objects.get(default=True)
    version = card.current
    assert version is not None
    return version


def beside_a_change(call: Call, work: Callable[[], object]) -> None:
    """Do this in another thread, and while it waits for the call that we hold, change the call."""

    def worked() -> None:
        work()
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        held = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        other = threading.Thread(target=worked)
        other.start()
        waiting, deadline = 0, time.monotonic() + 10
        while not waiting and time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND pid IN (SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database())"
            )
            (waiting,) = cursor.fetchone()
        held.notes = "Cleo rang again."
        held.save()
    other.join()
    assert waiting
