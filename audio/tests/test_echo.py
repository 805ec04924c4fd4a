"""Our own voice found again in what a line brings, through paths of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw
from audio.echo import EchoGuard, Tape
from audio.tests.test_activity import noise, voice

RATE = mulaw.RATE
OURS = voice(3, seed=3)
CALLER = voice(3, seed=8)


def line(sound):
    return mulaw.encode(np.clip(sound, -32768, 32767).astype(np.int16))


def returned(sound, *, decibels, delay, seed=0):
    """What a telephone makes of it: band-limited, coloured by 5 ms of room, later."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(sound, 2 * sound.size)
    hertz = np.fft.rfftfreq(2 * sound.size, 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    limited = np.fft.irfft(spectrum)[: sound.size]
    room = rng.standard_normal(40) * np.exp(-np.arange(40) / 12)
    room[0] = 2.0
    echo = np.convolve(limited, room / np.linalg.norm(room))[: sound.size]
    late = round(delay * RATE)
    return np.pad(echo, (late, 0))[: sound.size] * 10 ** (decibels / 20)


def taken_apart(ours, heard, seconds=0.8, at=2.4):
    guard = EchoGuard()
    guard.played(line(ours), 0)
    guard.heard(line(heard)[: round(at * RATE)], 0)
    return guard.residue(round((at - seconds) * RATE), round(seconds * 100))


def share(residue):
    """How much of a stretch's power our voice explains."""
    echo = residue.echo.sum()
    return echo / (echo + residue.unexplained.sum())


@pytest.mark.parametrize("delay", [0.003, 0.08, 0.3, 0.6])
@pytest.mark.parametrize("decibels", [-6, -20])
def test_an_echo_is_explained_wherever_it_comes(delay, decibels):
    residue = taken_apart(OURS, returned(OURS, decibels=decibels, delay=delay))
    assert share(residue) > 0.95


@pytest.mark.parametrize("delay", [0.1, 0.5])
def test_a_caller_is_not_explained(delay):
    assert share(taken_apart(OURS, CALLER)) < 0.3
    both = CALLER + returned(OURS, decibels=-20, delay=delay)
    assert share(taken_apart(OURS, both)) < 0.35


def test_noise_beside_an_echo_is_not_explained_and_the_echo_still_is():
    echo = returned(OURS, decibels=-10, delay=0.2)
    hiss = noise("white", echo.size, np.sqrt(np.mean(echo**2)) / np.sqrt(10))
    residue = taken_apart(OURS, echo + hiss)
    whole = taken_apart(OURS, echo)
    assert residue.echo.sum() == pytest.approx(whole.echo.sum(), rel=0.15)


def test_where_we_said_nothing_nothing_is_echo():
    residue = taken_apart(np.zeros(OURS.size), CALLER)
    assert not residue.echo.any()
    assert residue.unexplained.shape == (80, 2)
    assert residue.unexplained.sum() > 0


def test_silence_has_no_echo():
    residue = taken_apart(OURS, np.zeros(OURS.size))
    assert residue.echo.sum() < 1
    assert residue.unexplained.sum() < 1


@pytest.mark.parametrize("at", range(2660, 2780, 10))
def test_a_sound_of_ours_so_long_ago_that_it_can_hardly_return_is_looked_for(at):
    ours = np.zeros(OURS.size)
    ours[at : at + 40] = OURS[4000:4040]
    guard = EchoGuard()
    guard.played(line(ours), 0)
    guard.heard(line(CALLER), 0)
    assert guard.residue(RATE, 60).unexplained.sum() > 0


def test_what_was_to_follow_a_clear_is_not_looked_for():
    guard = EchoGuard()
    guard.played(line(OURS), 0)
    guard.played(b"", RATE // 2)
    guard.heard(line(returned(OURS, decibels=-6, delay=0.1))[: 2 * RATE], 0)
    assert not guard.residue(round(1.4 * RATE), 60).echo.any()


def test_a_long_call_needs_no_more_memory_than_a_short_one():
    guard, second = EchoGuard(remembered=2.0), line(OURS[:RATE])
    for number in range(60):
        guard.played(second, number * RATE)
        guard.heard(second, number * RATE)
    assert len(guard._heard._codes) <= 2 * RATE
    assert len(guard._played._codes) <= 3 * RATE


PLACES = st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=300)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(PLACES, st.integers(-50, 1000), st.integers(0, 400))
def test_a_tape_is_what_was_put_last_and_silent_elsewhere(puts, start, size):
    tape, model = Tape(), {}
    for at, track in puts:
        tape.put(track, at)
        model = {place: code for place, code in model.items() if place < at}
        model |= dict(enumerate(track, at))
    codes = bytes(model.get(place, 0xFF) for place in range(start, start + size))
    assert np.array_equal(tape.cut(start, start + size), mulaw.decode(codes))


@settings(max_examples=30, deadline=None)
@given(PLACES, st.integers(0, 1500))
def test_a_tape_forgets_only_what_is_old(puts, before):
    tape = Tape()
    for at, track in puts:
        tape.put(track, at)
    known = tape.cut(before, 2000)
    tape.forget(before)
    assert np.array_equal(tape.cut(before, 2000), known)
    assert not tape.cut(0, before).any()
