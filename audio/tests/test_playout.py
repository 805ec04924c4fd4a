"""A clause on its way to the telephone line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw
from audio.playout import Playout

RATE = 24_000


def tone(seconds, *, hertz=440, level=8000.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return level * np.sin(2 * np.pi * hertz * time)


def quiet(seconds):
    return np.random.default_rng(1).normal(0, 8, round(seconds * RATE))


def clause(*parts):
    return np.concatenate(parts).astype("<i2").tobytes()


def played(sound, *sizes):
    playout, frames, at = Playout(), b"", 0
    for size in sizes:
        frames += playout.feed(sound[at : at + size])
        at += size
    frames += playout.feed(sound[at:]) + playout.finish()
    return frames, playout.seconds


def level(samples):
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.021, 0.5, 1.234])
def test_frames_are_whole_and_counted(seconds):
    frames, counted = played(clause(tone(seconds)))
    assert len(frames) % mulaw.FRAME == 0
    assert counted == pytest.approx(len(frames) / mulaw.RATE)
    assert seconds <= counted < seconds + 0.0201


def test_what_was_said_is_what_is_heard():
    frames, _ = played(clause(tone(1.0)))
    heard = mulaw.decode(frames)[800:-800]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size)))
    assert np.argmax(spectrum) * 8000 / heard.size == pytest.approx(440, abs=2)
    assert level(heard) == pytest.approx(8000 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("hertz", [4400, 5000, 7600, 11_000])
def test_what_a_telephone_cannot_carry_does_not_come_back_as_another_tone(hertz):
    frames, _ = played(clause(tone(0.3), tone(0.5, hertz=hertz), tone(0.1)))
    middle = mulaw.decode(frames)[round(0.4 * 8000) : round(0.7 * 8000)]
    assert level(middle) < 8000 / 1000


def test_a_peak_is_clipped_and_not_turned_over():
    frames, _ = played(clause(tone(0.2, level=32767)))
    heard = mulaw.decode(frames)[200:-200].astype(int)
    assert np.abs(np.diff(heard)).max() < 14_000


def test_quiet_before_and_after_is_cut():
    sound = clause(quiet(0.6), tone(0.5), quiet(0.9))
    frames, seconds = played(sound)
    assert 0.5 <= seconds <= 0.5 + 0.04 + 0.1 + 0.04
    heard = mulaw.decode(frames)
    assert level(heard[:160]) < 40 < level(heard[640:800])


def test_a_pause_between_words_stays():
    sound = clause(tone(0.3), quiet(0.5), tone(0.3))
    assert played(sound)[1] == pytest.approx(1.1, abs=0.03)


def test_a_soft_beginning_is_not_cut():
    soft = quiet(0.1) / 8 * 65  # -54 dBFS
    frames, seconds = played(clause(quiet(0.5), soft, tone(0.3), quiet(0.5)))
    assert seconds >= 0.4 + 0.04 + 0.08
    assert level(mulaw.decode(frames)[400:800]) > 20


def test_a_cut_makes_no_click():
    frames, _ = played(clause(quiet(0.5), tone(0.3), quiet(0.5)))
    heard = mulaw.decode(frames).astype(int)
    assert abs(heard[0]) < 64
    assert abs(heard[-1]) < 64


def test_nothing_but_quiet_is_nothing():
    assert played(clause(quiet(1.0))) == (b"", 0.0)
    assert played(b"") == (b"", 0.0)


def test_half_a_sample_is_refused():
    with pytest.raises(ValueError, match="multiple"):
        Playout().feed(b"\x00\x01\x02")


def test_the_first_frame_comes_within_a_tenth_of_a_second_of_sound():
    playout, sound = Playout(), clause(tone(0.5))
    fed = 0
    while not playout.feed(sound[fed : fed + 480]):
        fed += 480
    assert fed / 2 / RATE <= 0.1


def test_another_rate_is_as_good():
    playout = Playout(rate=8000)
    sound = (np.arange(800) % 100 * 50).astype("<i2")
    assert playout.feed(sound.tobytes()) + playout.finish() == mulaw.encode(sound)


SOUND = clause(quiet(0.2), tone(0.3), quiet(0.3), tone(0.2, hertz=900), quiet(0.4))
WHOLE = played(SOUND)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 6000).map(lambda n: 2 * n), max_size=40))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    frames, seconds = played(SOUND, *sizes)
    assert seconds == WHOLE[1]
    # soxr dithers, so that a sample may be one step of the curve away.
    one, other = (mulaw.decode(track).astype(int) for track in (frames, WHOLE[0]))
    assert (np.abs(one - other) <= 8 + np.abs(one) // 16).all()
