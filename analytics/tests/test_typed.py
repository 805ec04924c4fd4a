"""Numbers that are typed on a telephone's keys: found in the sound of a call, and silent in what is heard of it."""

import io

import numpy as np
import pytest
import soundfile
from django.core.files.base import ContentFile

from analytics import privacy, reasons, services, typed
from analytics.models import Redaction
from analytics.tests.conftest import sound
from analytics.tests.test_redaction import samples
from analytics.tests.test_work import begun, do
from audio import mulaw

RATE = mulaw.RATE
ASKS = "Please type the number of your card now."
THANKS = "Thank you, that was all."
TONES = {
    "1": (697, 1209),
    "2": (697, 1336),
    "4": (770, 1209),
    "9": (852, 1477),
    "0": (941, 1336),
}


def pressed(digits, level=4000):
    """Each key for a tenth of a second, and a fifth until the next."""
    time = np.arange(RATE // 10) / RATE
    pause = np.zeros(RATE // 5)
    keys = [
        np.append(sum(np.sin(2 * np.pi * hertz * time) for hertz in TONES[key]), pause)
        for key in digits
    ]
    return (np.concatenate(keys) * level).astype(np.int16)


def put(track, second, sounds):
    first = round(second * RATE)
    track[first : first + sounds.size] += sounds


@pytest.fixture
def talk(spoken):
    """Ada asks at 1 s, Cleo types from 6 to 11 s, Ada thanks at 13 s; each track apart."""
    caller, agent = (np.zeros(16 * RATE, np.int16) for _ in range(2))
    put(agent, 1.0, mulaw.decode(spoken(ASKS)))
    put(agent, 13.0, mulaw.decode(spoken(THANKS)))
    put(caller, 6.0, pressed("4111411190124901"))
    return [mulaw.decode(mulaw.encode(track)) for track in (caller, agent)]


@pytest.fixture
def typed_in(recording, talk):
    """That call as it was fetched, with a transcript in which nothing is personal."""
    recording.file.save("call.wav", ContentFile(sound(*talk)))
    Redaction.objects.create(recording=recording)
    return recording


def found(*tracks):
    return typed.heard(io.BytesIO(sound(*tracks)))


def test_what_is_typed_is_one_stretch_and_what_is_said_is_none(talk):
    ((start, end),) = found(*talk)
    assert 5.8 < start <= 6.0
    assert 10.6 <= end < 11.0


def test_keys_that_the_agent_s_telephone_sends_are_found_as_well(talk):
    assert found(*reversed(talk)) == found(*talk)


def test_keys_with_a_long_pause_between_them_leave_what_is_said_there():
    line = np.zeros(8 * RATE, np.int16)
    put(line, 1.0, pressed("12"))
    put(line, 5.0, pressed("4"))
    assert len(found(line)) == 2


def test_a_key_that_is_too_faint_between_two_others_is_silenced_with_them():
    line = np.zeros(4 * RATE, np.int16)
    for second, level in ((1.0, 4000), (1.3, 20), (1.6, 4000)):
        put(line, second, pressed("9", level))
    assert len(found(line)) == 1


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_keys_are_found_where_they_are_at_other_rates(rate):
    time = np.arange(rate // 5) / rate
    key = sum(np.sin(2 * np.pi * hertz * time) for hertz in TONES["1"]) * 0.2
    quiet = np.zeros(2 * rate)
    file = io.BytesIO()
    soundfile.write(file, np.concatenate([quiet, key, quiet]), rate, format="WAV")
    file.seek(0)
    ((start, end),) = typed.heard(file)
    assert start <= 2.0
    assert 2.2 <= end < 2.5


@pytest.mark.django_db
def test_what_is_typed_is_silent_in_the_copy_that_others_hear(call, typed_in):
    assert do(call, "redact").state == "done"
    copy = samples(privacy.sound(typed_in, original=False))
    whole = samples(typed_in.file)
    assert whole[6 * RATE : 11 * RATE, 0].any()
    assert not copy[6 * RATE : round(10.6 * RATE)].any()
    for kept in (slice(0, 5 * RATE), slice(12 * RATE, None)):
        assert (copy[kept] == whole[kept]).all()


@pytest.mark.django_db
def test_the_original_of_what_is_typed_is_another_sound(call, typed_in):
    do(call, "redact")
    assert privacy.has_original(call)
    assert privacy.sound(typed_in, original=True) == typed_in.file


@pytest.mark.django_db
def test_what_was_typed_stays_silent_where_no_originals_are_kept(
    call, typed_in, settings, sam
):
    settings.KEEP_ORIGINALS = False
    for _ in range(2):
        services.run_again(step=begun(call, "redact"), by=sam)
        do(call, "redact")
    typed_in.refresh_from_db()
    assert not samples(typed_in.file)[6 * RATE : round(10.6 * RATE)].any()
    assert privacy.sound(typed_in, original=False) == typed_in.file


@pytest.mark.django_db
def test_without_redaction_what_is_typed_is_heard(call, typed_in, settings):
    settings.REDACT_PII = False
    assert do(call, "redact").reason == reasons.NOT_REDACTED
    assert privacy.sound(typed_in, original=False) == typed_in.file


@pytest.mark.django_db
def test_a_recording_that_is_gone_says_so(call, typed_in):
    typed_in.file.storage.delete(typed_in.file.name)
    step = do(call, "redact")
    assert (step.state, step.reason) == ("failed", reasons.FILE_LOST)
