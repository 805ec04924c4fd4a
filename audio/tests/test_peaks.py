"""The outline of a sound is its loudest samples, however it is read, and small however long it is."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from audio import mulaw, peaks, wav

RATE = mulaw.RATE


def file_of(*channels, rate=RATE):
    file = io.BytesIO()
    wav.write(file, channels, rate)
    file.seek(0)
    return file


def blocks(frames, cuts):
    return np.split(frames, sorted(cut % (len(frames) + 1) for cut in cuts))


frames = arrays.arrays(
    np.int16, st.tuples(st.integers(1, 400), st.integers(1, 2)), unique=False
)


@given(frames=frames, cuts=st.lists(st.integers(0, 400)), stretch=st.integers(1, 90))
def test_however_the_sound_is_cut_its_outline_is_the_same(frames, cuts, stretch):
    whole = peaks.of_blocks([frames], stretch)
    cut = peaks.of_blocks(blocks(frames, cuts), stretch)
    assert np.array_equal(whole.peaks, cut.peaks)
    assert whole.seconds == cut.seconds == len(frames) / RATE


@given(frames=frames, stretch=st.integers(1, 90))
def test_each_stretch_is_as_high_as_its_loudest_sample(frames, stretch):
    found = peaks.of_blocks([frames], stretch).peaks
    for number in range(found.shape[1]):
        part = frames[number * stretch : (number + 1) * stretch].astype(int)
        assert list(found[:, number]) == list(abs(part).max(axis=0) * 255 // 32768)


def test_each_channel_has_its_own():
    loud, quiet = np.full(RATE, -32768, np.int16), np.full(RATE, 327, np.int16)
    found = peaks.outline(file_of(loud, quiet))
    assert found.peaks.shape == (2, 50)
    assert set(found.peaks[0]) == {255}
    assert set(found.peaks[1]) == {2}
    assert found.seconds == 1.0


def test_a_long_sound_has_no_more_points_than_a_screen_can_show():
    found = peaks.outline(file_of(np.ones(600 * RATE, np.int16)))
    assert peaks.MOST * 0.9 < found.peaks.shape[1] <= peaks.MOST
    assert found.seconds == 600.0


def test_a_sound_of_another_rate_is_as_long_as_it_is():
    found = peaks.outline(file_of(np.ones(16_000, np.int16), rate=16_000))
    assert found.seconds == pytest.approx(1.0, abs=0.01)


def test_no_sound_has_no_outline():
    found = peaks.outline(file_of(np.zeros(0, np.int16)))
    assert (found.seconds, found.peaks.size) == (0.0, 0)


def test_what_is_no_sound_is_refused():
    with pytest.raises(wav.UnreadableError):
        peaks.outline(io.BytesIO(b"no sound" * 20))
