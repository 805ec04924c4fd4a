"""Live tracks that are looked at together are heard as each would be by itself."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw
from audio.activity import Detector
from audio.speech import SpeechStarted
from audio.tests.test_activity import (
    LINE,
    MIXED,
    RATE,
    SOUND,
    key_tones,
    noise,
    on_the_line,
    voice,
)
from audio.together import Tracks


def lines():
    """Of every kind: voices, noise, keys, a change of background, silence."""
    keys = np.append(key_tones(7), np.zeros(RATE))
    hold = 3000 * np.sin(2 * np.pi * 425 * np.arange(4 * RATE) / RATE)
    hiss = noise("white", len(SOUND), 90)
    found = [
        LINE,
        MIXED,
        np.roll(LINE, 3 * RATE),
        on_the_line(SOUND),
        on_the_line(hiss),
        on_the_line(
            np.concatenate([voice(1), keys, hiss[: RATE // 2], voice(1), keys])
        ),
        on_the_line(np.concatenate([keys[400:], hold, voice(2), hold * 0.02, keys])),
        on_the_line(np.concatenate([hiss[: 2 * RATE], voice(7) * 0.3, hold, voice(1)])),
    ]
    found += [np.roll(MIXED, shift) for shift in (77, 5000, 40_001)]
    return [mulaw.encode(line) for line in [*found, np.zeros(20 * RATE, np.int16)]]


LINES = lines()
ALONE = [Detector().feed_mulaw(line) for line in LINES]
LONGEST = max(map(len, LINES))
NUMBERS = range(len(LINES))


class Hearing:
    """All lines, each of them heard up to some place."""

    def __init__(self):
        self.tracks = Tracks()
        self.each = [self.tracks.join() for _ in LINES]
        self.at = [0 for _ in LINES]
        self.events = [[] for _ in LINES]

    def hear(self, sizes, among=NUMBERS):
        """So much more of those."""
        sounds = [self._next(n, size) for n, size in zip(among, sizes, strict=True)]
        found = self.tracks.feed([self.each[n] for n in among], sounds)
        for place, events in found.items():
            self.events[among[place]] += events

    def hear_alone(self, number, size):
        sound = self._next(number, size)
        self.events[number] += self.each[number].feed_mulaw(sound)

    def begin_anew(self, number):
        self.each[number] = None
        self.each[number] = self.tracks.join()
        self.at[number], self.events[number] = 0, []

    def finish(self):
        self.hear([LONGEST] * len(LINES))
        return self.events

    def _next(self, number, size):
        start = self.at[number]
        self.at[number] = start + size
        return LINES[number][start : start + size]


SIZES = st.lists(st.integers(0, 20_000), min_size=len(LINES), max_size=len(LINES))


@settings(max_examples=12, deadline=None)
@given(st.lists(SIZES, max_size=10))
def test_portions_of_any_size_are_heard_as_by_itself(rounds):
    hearing = Hearing()
    for sizes in rounds:
        hearing.hear(sizes)
    assert hearing.finish() == ALONE


@pytest.mark.parametrize("size", [240, 800, 1234])
def test_portions_of_one_size_are_heard_as_by_itself(size):
    hearing = Hearing()
    for _ in range(0, LONGEST, size):
        hearing.hear([size] * len(LINES))
    assert hearing.finish() == ALONE


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_who_comes_and_goes_and_jitters_is_heard_as_by_itself(data):
    """As in live calls: some frames more or less, some tracks alone, some that begin anew."""
    hearing = Hearing()
    draws = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    for _ in range(data.draw(st.integers(0, 250))):
        among = draws.permutation(NUMBERS)[draws.integers(0, 4) :].tolist()
        hearing.hear(draws.choice([640, 800, 800, 960], len(among)).tolist(), among)
        if draws.random() < 0.2:
            hearing.hear_alone(
                int(draws.integers(len(LINES))), int(draws.integers(9999))
            )
        if draws.random() < 0.05:
            hearing.begin_anew(int(draws.integers(len(LINES))))
    assert hearing.finish() == ALONE


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_sound_that_changes_all_the_time_is_heard_as_by_itself(seed):
    """Random loudness, keys and pauses, which meet where in a call they hardly do."""
    draws = np.random.default_rng(seed)
    parts = [voice(1, 1), noise("white", RATE, 200), key_tones(3), np.zeros(RATE)]
    heard = []
    for _ in range(12):
        cut = [
            draws.choice([0.01, 0.1, 0.5, 1])
            * parts[draws.integers(4)][: draws.integers(80, 3000)]
            for _ in range(80)
        ]
        heard.append(mulaw.encode(on_the_line(np.concatenate(cut))))
    tracks, events = Tracks(), [[] for _ in heard]
    each = [tracks.join() for _ in heard]
    for start in range(0, max(map(len, heard)), 800):
        told = tracks.feed(each, [sound[start : start + 800] for sound in heard])
        for number, some in told.items():
            events[number] += some
    assert events == [Detector().feed_mulaw(sound) for sound in heard]


def test_nothing_to_hear_is_nothing_heard():
    tracks = Tracks()
    assert tracks.feed([tracks.join() for _ in range(5)], 5 * [b"1234567890"]) == {}
    assert tracks.feed([], []) == {}


def test_whoever_comes_takes_the_place_of_one_who_is_gone_and_knows_nothing_of_them():
    tracks = Tracks()
    gone = tracks.join()
    tracks.feed([gone], [LINES[0][: 9 * RATE + 50]])
    place = gone.place
    del gone
    gc.collect()
    new = tracks.join()
    assert new.place == place
    assert new.feed_mulaw(LINES[0]) == ALONE[0]


def test_the_table_grows_and_keeps_what_is_known():
    tracks = Tracks()
    first = tracks.join()
    found = first.feed_mulaw(LINES[0][:RATE])
    others = [tracks.join() for _ in range(100)]
    found += first.feed_mulaw(LINES[0][RATE:])
    assert len({track.place for track in [first, *others]}) == 101
    assert found == ALONE[0]
    assert isinstance(found[0], SpeechStarted)
