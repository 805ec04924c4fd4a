"""The parts of the played Twilio that need no socket: signature, clock, player, mixing, frames."""

import asyncio
import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from audio import mulaw
from simulators.twilio import frames
from simulators.twilio.clock import Clock
from simulators.twilio.mixing import is_quiet, mix
from simulators.twilio.player import SILENT, Player, silence
from simulators.twilio.signing import signature

TONE = bytes([0x10, 0x90]) * 80
OTHER = bytes([0x22, 0xA2]) * 80


def test_the_signature_is_the_one_that_twilio_documents():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, params) == RequestValidator(
        "12345"
    ).compute_signature(url, params)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_sdk_accepts_our_signature_for_any_parameters(params: dict[str, str]):
    url = "https://example.com/voice?x=1"
    signed = signature("token", url, params)
    assert RequestValidator("token").validate(url, params, signed)


def test_what_is_meant_for_twilio_itself_is_not_signed():
    bare = signature("token", "https://example.com/voice", {})
    assert signature("token", "https://example.com/voice#rc=2&rp=all", {}) == bare


class Time:
    """A time that passes only when somebody sleeps, and now and then jumps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.late: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.late:
            self.now += self.late.pop(0)
        await asyncio.sleep(0)


async def test_late_ticks_are_made_up_one_by_one():
    time = Time()
    time.late = [0.0, 0.5]
    at: list[float] = []

    enough = asyncio.Event()

    def tick() -> bool:
        at.append(round(time.now - 100.0, 3))
        if len(at) == 60:
            enough.set()
        return len(at) < 60

    clock = Clock(tick, monotonic=lambda: time.now, sleep=time.sleep)
    running = asyncio.ensure_future(clock.run())
    clock.wake()
    await enough.wait()
    running.cancel()
    assert at[0] == 0.02
    assert at[1] == at[26] == 0.54
    assert at[59] == 1.2


def test_a_player_plays_sounds_one_after_another_in_whole_frames():
    player = Player()
    player.play(TONE + TONE[:80])
    player.play(OTHER)
    played = [player.frame() for _ in range(4)]
    assert played == [TONE, TONE[:80] + mulaw.SILENCE * 80, OTHER, SILENT]


async def test_a_cancelled_listener_stops_its_sound():
    player = Player()
    playing = asyncio.ensure_future(player.play_through(silence(10)))
    await asyncio.sleep(0)
    assert player.busy
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    assert not player.busy


def test_a_sound_that_never_ends_begins_again():
    player = Player()
    player.play(TONE + OTHER, forever=True)
    assert [player.frame() for _ in range(4)] == [TONE, OTHER, TONE, OTHER]


def test_one_voice_alone_passes_byte_by_byte():
    assert mix([SILENT, TONE, SILENT]) == TONE
    assert mix([SILENT]) == mix([]) == SILENT


def test_two_voices_are_added_and_clipped():
    both = mulaw.decode(mix([TONE, OTHER])).astype(int)
    wanted = mulaw.decode(TONE).astype(int) + mulaw.decode(OTHER)
    assert np.abs(both - np.clip(wanted, -32124, 32124)).max() <= 1024


def test_a_line_that_only_hisses_is_quiet():
    hiss = mulaw.encode(np.tile(np.array([40, -40], np.int16), 80))
    assert is_quiet(hiss)
    assert not is_quiet(TONE)


def test_media_messages_are_json_with_every_number_as_a_string():
    writer = frames.Writer("MZ1")
    writer.start("AC1", "CA1", ["inbound"], {})
    message = json.loads(writer.media("inbound", 40, TONE))
    assert message == {
        "event": "media",
        "sequenceNumber": "2",
        "streamSid": "MZ1",
        "media": {
            "track": "inbound",
            "chunk": "1",
            "timestamp": "40",
            "payload": base64.b64encode(TONE).decode(),
        },
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"event":"media"}',
        '{"event":"media","streamSid":"MZ2","media":{"payload":""}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"*"}}',
        '{"event":"media","streamSid":"MZ1","media":7}',
        '{"event":"mark","streamSid":"MZ1","mark":{}}',
        '{"event":"stop","streamSid":"MZ1"}',
    ],
)
def test_what_twilio_cannot_read_is_refused(text: str):
    with pytest.raises(frames.BadMessageError):
        frames.read(text, "MZ1")


def test_marks_come_back_when_what_was_before_them_is_played():
    playout = frames.Playout()
    assert playout.mark("at once") == ["at once"]
    playout.add(TONE + TONE[:40])
    assert playout.mark("later") == []
    assert playout.next(160) == (TONE, [])
    assert playout.next(160) == (TONE[:40], ["later"])


def test_clear_drops_the_sound_and_returns_all_marks():
    playout = frames.Playout()
    playout.add(TONE * 5)
    playout.mark("one")
    playout.add(TONE)
    playout.mark("two")
    assert playout.clear() == ["one", "two"]
    assert playout.next(160) == (b"", [])
