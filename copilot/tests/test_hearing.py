"""Frames put in their place, voices noticed, items cut out of the sound."""

import numpy as np
import pytest

from audio import mulaw
from audio.together import Tracks
from copilot.hearing import Ear, hear_together
from copilot.vocabulary import Happening, Heard, SpeechStarted, SpeechStopped

FRAME = mulaw.SILENCE * 160


def voice(seconds: float) -> bytes:
    """Something that sounds like a voice to a detector: noise in syllables."""
    time = np.arange(int(seconds * mulaw.RATE)) / mulaw.RATE
    noise = np.random.default_rng(7).normal(0, 6000, len(time))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 5 * time)
    return mulaw.encode((noise * syllables).clip(-32000, 32000).astype(np.int16))


def silence(seconds: float) -> bytes:
    return mulaw.SILENCE * int(seconds * mulaw.RATE)


class Vendor:
    """Remembers the sound of each item."""

    def __init__(self) -> None:
        self.items: dict[str, bytes] = {}
        self.ended: list[tuple[str, str]] = []

    def append(self, item: str, mulaw: bytes) -> None:
        self.items[item] = self.items.get(item, b"") + mulaw

    def commit(self, item: str) -> None:
        self.ended.append(("commit", item))

    def discard(self, item: str) -> None:
        self.ended.append(("discard", item))


def an_ear(offset: float = 0.0) -> tuple[Ear, Vendor]:
    vendor = Vendor()
    return Ear("caller", vendor, offset=offset), vendor


def among(tracks: Tracks, offset: float = 0.0) -> Ear:
    return Ear("caller", Vendor(), offset=offset, tracks=tracks)


def hear(ear: Ear, sound: bytes, at: int = 0) -> list[Happening]:
    """Frames of 20 ms from `at` milliseconds on, a tenth of a second at a time."""
    found: list[Happening] = []
    for start in range(0, len(sound), 800):
        for begin in range(start, min(start + 800, len(sound)), 160):
            ear.place(at + begin // 8, sound[begin : begin + 160])
        found += ear.hear()
    return found


# Place.


def test_frames_in_order_follow_each_other() -> None:
    ear, _ = an_ear()
    assert ear.place(0, FRAME) == FRAME
    assert ear.place(20, FRAME) == FRAME
    assert ear.now == 0.04


def test_a_missing_frame_is_silence() -> None:
    ear, _ = an_ear()
    ear.place(0, FRAME)
    assert ear.place(60, b"\x01" * 160) == FRAME + FRAME + b"\x01" * 160
    assert ear.now == 0.08


@pytest.mark.parametrize("timestamp", [0, 20, -500])
def test_a_frame_that_comes_twice_or_late_is_dropped_and_counted(
    timestamp: int,
) -> None:
    ear, _ = an_ear()
    ear.place(0, FRAME)
    ear.place(20, FRAME)
    assert ear.place(timestamp, FRAME) == b""
    assert ear.counts.late == 1
    assert ear.now == 0.04


def test_a_frame_from_a_time_that_cannot_be_is_dropped_and_the_next_is_not() -> None:
    ear, _ = an_ear()
    ear.place(0, FRAME)
    assert ear.place(10**12, FRAME) == b""
    assert ear.counts.misplaced == 1
    assert ear.place(20, FRAME) == FRAME


def test_a_frame_that_overlaps_gives_only_what_is_new() -> None:
    ear, _ = an_ear()
    ear.place(0, b"\x01" * 320)
    assert ear.place(20, b"\x02" * 320) == b"\x02" * 160


@pytest.mark.parametrize("jitter", [-5, 5])
def test_a_timestamp_that_is_a_little_off_loses_and_adds_nothing(jitter: int) -> None:
    ear, _ = an_ear()
    ear.place(0, FRAME)
    assert ear.place(20 + jitter, FRAME) == FRAME


def test_an_empty_frame_is_nothing() -> None:
    ear, _ = an_ear()
    assert ear.place(0, b"") == b""


# Voices.


def test_what_comes_before_listening_begins_is_not_heard() -> None:
    ear, vendor = an_ear()
    hear(ear, silence(1))
    ear.listen(1.2)
    secret, open_ = voice(0.2), voice(1)
    found = hear(ear, secret + open_ + silence(1), at=1000)
    started = next(one for one in found if isinstance(one, SpeechStarted))
    assert started.at >= 1.2
    ear.open("item", started.at - 0.3)
    assert len(vendor.items["item"]) == round((ear.now - 1.2) * mulaw.RATE)


def test_a_voice_is_noticed_at_its_true_times_on_the_calls_clock() -> None:
    ear, _ = an_ear(offset=100.0)
    ear.listen(100.0)
    found = hear(ear, silence(1) + voice(2) + silence(1))
    started = next(event for event in found if isinstance(event, SpeechStarted))
    stopped = next(event for event in found if isinstance(event, SpeechStopped))
    assert started.at == pytest.approx(101.0, abs=0.05)
    assert stopped.at == pytest.approx(103.0, abs=0.05)
    assert found[-1] == Heard("caller", 104.0)


def test_nothing_is_noticed_before_one_listens() -> None:
    ear, _ = an_ear()
    found = hear(ear, silence(1) + voice(1))
    assert all(isinstance(event, Heard) for event in found)


def test_one_may_listen_to_what_was_just_heard() -> None:
    ear, _ = an_ear()
    hear(ear, silence(1) + voice(1))
    found = ear.listen(0.5)
    assert isinstance(found[0], SpeechStarted)
    assert found[0].at == pytest.approx(1.0, abs=0.05)


def test_who_stops_listening_notices_nothing_more() -> None:
    ear, _ = an_ear()
    ear.listen(0.0)
    hear(ear, silence(1))
    ear.stop_listening()
    found = hear(ear, voice(1), at=1000)
    assert all(isinstance(event, Heard) for event in found)


# Items.


def test_an_item_has_the_sound_from_where_it_begins() -> None:
    ear, vendor = an_ear()
    sound = silence(1) + voice(1)
    hear(ear, sound)
    ear.open("a", 0.7)
    hear(ear, silence(0.5), at=2000)
    ear.commit("a")
    hear(ear, silence(0.5), at=2500)
    assert vendor.items["a"] == sound[5600:] + silence(0.5)
    assert vendor.ended == [("commit", "a")]


def test_no_sound_belongs_to_two_items() -> None:
    ear, vendor = an_ear()
    sound = voice(2)
    hear(ear, sound[:8000])
    ear.open("a", 0.0)
    ear.commit("a")
    ear.open("b", 0.5)
    hear(ear, sound[8000:], at=1000)
    ear.discard("b")
    assert vendor.items["a"] + vendor.items["b"] == sound
    assert vendor.ended == [("commit", "a"), ("discard", "b")]


def test_only_what_is_remembered_can_be_sent() -> None:
    ear, vendor = an_ear()
    hear(ear, voice(5))
    ear.open("a", 0.0)
    assert len(vendor.items["a"]) == 2 * mulaw.RATE


def test_an_item_goes_on_in_messages_of_a_tenth_of_a_second() -> None:
    ear, vendor = an_ear()
    ear.open("a", 0.0)
    for number in range(4):
        ear.place(20 * number, FRAME)
    assert vendor.items["a"] == b""
    ear.place(80, FRAME)
    assert vendor.items["a"] == 5 * FRAME


def test_what_has_come_of_an_item_until_its_end_belongs_to_it() -> None:
    ear, vendor = an_ear()
    ear.open("a", 0.0)
    sound = voice(0.06)
    ear.place(0, sound)
    ear.commit("a")
    ear.open("b", 0.0)
    ear.place(60, FRAME)
    ear.commit("b")
    assert vendor.items == {"a": sound, "b": FRAME}


# Together.


def test_ears_that_hear_together_hear_what_each_would_alone() -> None:
    sounds = [silence(0.5 + n / 7) + voice(1 + n / 3) + silence(1) for n in range(6)]
    alone, tracks = [], Tracks()
    together = [among(tracks, offset=n) for n in range(6)]
    for number, sound in enumerate(sounds):
        ear, _ = an_ear(offset=number)
        ear.listen(number + 0.1 * number)
        alone.append([one for one in hear(ear, sound) if not isinstance(one, Heard)])
    for number, ear in enumerate(together):
        ear.listen(number + 0.1 * number)
    found: list[list[Happening]] = [[] for _ in together]
    for start in range(0, max(map(len, sounds)), 160):
        for ear, sound in zip(together, sounds, strict=True):
            ear.place(start // 8, sound[start : start + 160])
        if start % 960 == 0 or start + 160 >= max(map(len, sounds)):
            hear_together(tracks, together)
            for told, ear in zip(found, together, strict=True):
                told += [one for one in ear.heard() if not isinstance(one, Heard)]
    assert found == alone
    assert all(len(events) == 2 for events in found)


def test_an_ear_that_is_told_to_listen_anew_forgets_what_was_found_before() -> None:
    tracks = Tracks()
    ear = among(tracks)
    ear.listen(0.0)
    ear.place(0, silence(1) + voice(1))
    hear_together(tracks, [ear])
    assert ear.listen(3.0) == []
    assert ear.heard() == [Heard("caller", 2.0)]


def test_the_time_that_was_heard_is_told_and_not_what_has_come_since() -> None:
    tracks = Tracks()
    ear = among(tracks)
    ear.place(0, FRAME)
    hear_together(tracks, [ear])
    ear.place(20, FRAME)
    assert ear.heard() == [Heard("caller", 0.02)]
    assert ear.now == 0.04
