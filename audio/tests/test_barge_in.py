"""Callers who want the word while we speak, and all that only sounds like it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw
from audio.barge_in import BargeIn, Interrupted
from audio.tests.test_activity import noise, voice
from audio.tests.test_echo import line, returned

RATE = mulaw.RATE
SECONDS = 6
FROM = 1.0  # we speak from here to the end
OURS = np.concatenate([np.zeros(round(FROM * RATE)), voice(SECONDS - FROM, seed=3)])


def brought(*parts, hiss=30.0):
    """A line's track: sounds, each with the second at which it begins, on a hiss."""
    sound = noise("pink", SECONDS * RATE, hiss)
    for at, part in parts:
        begin = round(at * RATE)
        sound[begin : begin + part.size] += part[: sound.size - begin]
    return line(sound)


def listened(track, *, ours=OURS, sizes=(), **options):
    """The interruptions of a whole track, and the second at which each was told."""
    barge_in, told, at = BargeIn(**options), [], 0
    barge_in.played(line(ours)[round(FROM * RATE) :], FROM)
    for size in [*sizes, *[mulaw.FRAME] * (len(track) // mulaw.FRAME)]:
        events = barge_in.feed(track[at : at + size])
        at += size
        told += [(event, at / RATE) for event in events]
    return told


@pytest.mark.parametrize("onset", [1.6, 2.5, 4.0])
def test_a_caller_who_goes_on_interrupts_once(onset):
    ((event, told),) = listened(brought((onset, voice(2, seed=8))))
    assert event.at == pytest.approx(onset, abs=0.1)
    assert told - onset < 0.75


@pytest.mark.parametrize("decibels", [-6, -12, -20, -30, -40])
@pytest.mark.parametrize("delay", [0.04, 0.3, 0.6])
def test_our_own_voice_is_no_caller(decibels, delay):
    echo = returned(OURS, decibels=decibels, delay=delay)
    assert listened(brought((0, echo))) == []


@pytest.mark.parametrize("decibels", [-6, -12, -20, -40])
@pytest.mark.parametrize("delay", [0.04, 0.3, 0.6])
def test_a_caller_over_our_own_voice_is_a_caller(decibels, delay):
    echo = returned(OURS, decibels=decibels, delay=delay)
    track = brought((0, echo), (3.0, voice(2, seed=8)))
    ((event, told),) = listened(track)
    assert event.at == pytest.approx(3.0, abs=0.75)
    assert 3.2 < told < 4.2


@pytest.mark.parametrize(
    "sound",
    [voice(0.3, seed=5), voice(0.4, seed=6), noise("pink", round(0.3 * RATE), 4000)],
    ids=["a short yes", "mhm", "a cough"],
)
def test_what_is_short_does_not_interrupt(sound):
    assert listened(brought((2.0, sound), (4.5, sound))) == []


def test_a_hum_that_begins_does_not_interrupt():
    time = np.arange(3 * RATE) / RATE
    assert listened(brought((2.0, 3000 * np.sin(2 * np.pi * 400 * time)))) == []
    assert listened(brought((2.0, noise("white", 3 * RATE, 1000)))) == []


def test_while_we_are_silent_nobody_interrupts_us():
    talk = brought((0, voice(0.9, seed=8)))
    assert listened(talk) == []
    barge_in = BargeIn()
    assert barge_in.feed(brought((1.0, voice(3, seed=8)))) == []


def test_who_speaks_on_as_we_begin_interrupts():
    ((event, told),) = listened(brought((0.2, voice(3, seed=8))))
    assert FROM <= event.at < FROM + 0.3
    assert told < FROM + 1.0


def test_how_long_it_takes_can_be_said():
    track = brought((2.0, voice(2, seed=8)))
    ((_, sooner),) = listened(track, voiced=0.3)
    ((_, later),) = listened(track, voiced=0.8)
    assert sooner < later - 0.1


def test_after_a_clear_we_can_be_interrupted_anew():
    barge_in, track = BargeIn(), brought((1.5, voice(4, seed=8)))
    barge_in.played(line(OURS)[RATE:], FROM)
    (first,) = barge_in.feed(track[: 3 * RATE])
    barge_in.cleared(3.0)
    assert barge_in.feed(track[3 * RATE : 4 * RATE]) == []
    barge_in.played(line(OURS)[4 * RATE :], 4.0)
    (second,) = barge_in.feed(track[4 * RATE :])
    assert first.at < 2
    assert second.at >= 4


def test_our_voice_may_be_told_in_pieces():
    track = brought((0, returned(OURS, decibels=-10, delay=0.2)), (3, voice(2, seed=8)))
    barge_in, told = BargeIn(), []
    ours = line(OURS)
    for at in range(0, len(track), mulaw.FRAME):
        if at >= FROM * RATE:
            barge_in.played(ours[at : at + mulaw.FRAME], at / RATE)
        told += barge_in.feed(track[at : at + mulaw.FRAME])
    assert told == [event for event, _ in listened(track)]


TRACK = brought(
    (0, returned(OURS, decibels=-10, delay=0.2)), (3.0, voice(2, seed=8)), hiss=200.0
)
WHOLE = [event for event, _ in listened(TRACK)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9000), max_size=40))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    assert [event for event, _ in listened(TRACK, sizes=sizes)] == WHOLE
    assert [type(event) for event in WHOLE] == [Interrupted]


def heard(track):
    barge_in = BargeIn()
    barge_in.played(line(OURS)[round(FROM * RATE) :], FROM)
    barge_in.feed(track)
    return barge_in


@pytest.mark.parametrize("decibels", [-6, -20, -30])
@pytest.mark.parametrize("delay", [0.04, 0.3, 0.6])
def test_our_own_voice_explains_its_echo(decibels, delay):
    echo = returned(OURS, decibels=decibels, delay=delay)
    assert heard(brought((0, echo))).explains(4.5, 5.9)


@pytest.mark.parametrize("decibels", [-12, -20, -40])
def test_it_does_not_explain_a_caller(decibels):
    echo = returned(OURS, decibels=decibels, delay=0.2)
    track = brought((0, echo), (4.4, voice(1.5, seed=8)))
    assert not heard(track).explains(4.5, 5.9)


def test_where_nothing_is_said_there_is_nothing_to_explain():
    assert not heard(brought()).explains(4.5, 5.9)
    assert not heard(brought()).explains(9.0, 9.5)
