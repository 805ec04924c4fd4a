"""Resampling, whole and in pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.resample import Resampler, to_rate

SOUND = (6000 * np.sin(2 * np.pi * 500 * np.arange(24000) / 24000)).astype(np.int16)


def test_the_same_rate_changes_nothing():
    assert to_rate(SOUND, 8000, 8000) is SOUND
    assert Resampler(8000, 8000).feed(SOUND) is SOUND


def test_a_second_stays_a_second():
    assert len(to_rate(SOUND, 24000, 8000)) == 8000


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=12))
def test_pieces_give_what_the_whole_gives(sizes):
    stream, parts, at = Resampler(24000, 8000), [], 0
    for size in sizes:
        parts.append(stream.feed(SOUND[at : at + size]))
        at += size
    parts.append(stream.finish(SOUND[at:]))
    joined = np.concatenate(parts)
    assert len(joined) == 8000
    difference = joined.astype(int) - to_rate(SOUND, 24000, 8000)
    assert np.abs(difference).max() <= 2
