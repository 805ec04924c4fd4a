"""A silenced copy is silent where it must be, and the original everywhere else."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from audio import wav
from audio.intervals import Interval
from audio.silencing import silence

RATE = 8000


def sound(seconds, subtype="PCM_16"):
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(500, 9000, (round(seconds * RATE), 2))
    soundfile.write(file, noise.astype(np.int16), RATE, format="WAV", subtype=subtype)
    file.seek(0)
    return file


def silenced(source, stretches):
    target = io.BytesIO()
    silence(source, target, stretches)
    source.seek(0)
    target.seek(0)
    before, _ = soundfile.read(source, dtype="int16")
    after, rate = soundfile.read(target, dtype="int16")
    assert rate == RATE
    return before, after


@given(
    st.lists(
        st.tuples(st.floats(0, 14), st.floats(0, 14)).map(
            lambda pair: Interval(min(pair), max(pair))
        ),
        max_size=4,
    )
)
def test_it_is_silent_there_on_every_channel_and_nowhere_else(stretches):
    before, after = silenced(sound(12), stretches)
    quiet = np.zeros(len(before), bool)
    for start, end in stretches:
        if start < end:
            quiet[int(start * RATE) : -int(-end * RATE // 1)] = True
    assert not after[quiet].any()
    assert (after[~quiet] == before[~quiet]).all()


def test_the_coding_of_the_telephone_stays():
    source, target = sound(1, "ULAW"), io.BytesIO()
    silence(source, target, [Interval(0.2, 0.4)])
    target.seek(0)
    assert soundfile.info(target).subtype == "ULAW"


def test_what_is_no_sound_is_said_so():
    with pytest.raises(wav.UnreadableError):
        silence(io.BytesIO(b"<html>"), io.BytesIO(), [])
