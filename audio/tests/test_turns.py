"""Turns on a live track of 20 ms frames."""

import numpy as np
import pytest

from audio import mulaw
from audio.activity import TurnEnded, Turns, TurnStarted
from audio.tests.test_activity import LINE, conversation, on_the_line, voice

FRAME = mulaw.FRAME


def frames(sound):
    track = mulaw.encode(sound)
    return [track[at : at + FRAME] for at in range(0, len(track), FRAME)]


def listen(turns, sound):
    return [event for frame in frames(sound) for event in turns.feed(frame)]


def pause(seconds):
    return np.zeros(round(seconds * 8000))


def test_a_turn_has_the_true_onset_and_end():
    sound = np.concatenate([pause(1), voice(1.5), pause(2)])
    started, ended = listen(Turns(), on_the_line(sound))
    assert isinstance(started, TurnStarted)
    assert isinstance(ended, TurnEnded)
    assert started.at == pytest.approx(1, abs=0.06)
    assert ended.at == pytest.approx(2.5, abs=0.06)


def test_a_pause_for_breath_does_not_end_a_turn():
    sound = np.concatenate([pause(1), voice(1), pause(0.5), voice(1), pause(1)])
    started, ended = listen(Turns(silence=0.8), on_the_line(sound))
    assert ended.at - started.at == pytest.approx(2.5, abs=0.1)


def test_an_end_is_told_when_the_silence_has_lasted():
    turns = Turns(silence=0.6)
    sound = on_the_line(np.concatenate([pause(1), voice(1), pause(2)]))
    told_at = [
        number * 0.02
        for number, frame in enumerate(frames(sound), 1)
        for event in turns.feed(frame)
        if isinstance(event, TurnEnded)
    ]
    assert told_at == [pytest.approx(2.6, abs=0.06)]


def test_a_start_is_told_within_a_tenth_of_a_second():
    turns = Turns()
    sound = on_the_line(np.concatenate([pause(1), voice(1)]))
    first = next(n for n, frame in enumerate(frames(sound), 1) if turns.feed(frame))
    assert first * 0.02 == pytest.approx(1.06, abs=0.05)


def test_speaking_says_whether_a_turn_is_open():
    turns = Turns()
    listen(turns, on_the_line(np.concatenate([pause(1), voice(1)])))
    assert turns.speaking
    listen(turns, on_the_line(pause(1)))
    assert not turns.speaking


def test_starts_and_ends_take_turns():
    sound, truth = conversation()
    kinds = [type(event) for event in listen(Turns(0.3), on_the_line(sound))]
    assert kinds == [TurnStarted, TurnEnded] * len(truth)


def test_odd_pieces_are_put_together():
    track = mulaw.encode(LINE)
    turns, found = Turns(), []
    for start in range(0, len(track), 37):
        found += turns.feed(track[start : start + 37])
    assert found == listen(Turns(), LINE)


def test_nothing_is_no_turn():
    assert Turns().feed(b"") == []
