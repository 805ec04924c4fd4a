"""Of what a recording holds only what people said to each other is kept."""

import pytest

from analytics.spoken import Timing, by_overlap, said
from audio.intervals import Interval
from vendors.assemblyai.transcript import Utterance, Word

TIMING = Timing(
    offset=2.0,
    connected={"agent": [Interval(10.0, 100.0)]},
    holds=[Interval(40.0, 60.0)],
)
SPEAKERS = {"1": "caller", "2": "agent"}


def heard(channel, start, text, speaker="A"):
    """One word a second, on the recording's clock."""
    words = tuple(
        Word(word, start + n, start + n + 1, 0.9) for n, word in enumerate(text.split())
    )
    return Utterance(speaker, channel, start, words[-1].end, text, 0.9, words)


def texts(*utterances, timing=TIMING):
    return [(each.speaker, each.text) for each in said(utterances, SPEAKERS, timing)]


def test_times_move_to_the_calls_clock():
    (utterance,) = said([heard("1", 20.0, "Where is it?")], SPEAKERS, TIMING)
    assert (utterance.start, utterance.end) == (22.0, 25.0)
    assert utterance.words[0]["start"] == 22.0


def test_the_greeting_before_the_agent_came_is_not_the_agents():
    assert texts(heard("2", 1.0, "Welcome to Northwind")) == []


def test_what_the_caller_says_while_waiting_is_kept():
    assert texts(heard("1", 1.0, "Hello?")) == [("caller", "Hello?")]


def test_nothing_is_said_during_a_hold():
    assert texts(heard("2", 40.0, "la la la"), heard("1", 45.0, "hm")) == []


def test_an_utterance_that_runs_into_a_hold_is_cut_there():
    assert texts(heard("2", 35.0, "One moment please oh baby baby")) == [
        ("agent", "One moment please")
    ]


def test_utterances_are_in_the_order_of_time():
    found = texts(heard("2", 30.0, "Second."), heard("1", 20.0, "First."))
    assert [text for _, text in found] == ["First.", "Second."]


def test_a_channel_that_nobody_is_known_on_is_left_out():
    assert texts(heard("3", 20.0, "Who am I?")) == []


@pytest.fixture
def mono():
    return [heard("", 10.0, "Hello there", "A"), heard("", 20.0, "Good morning", "B")]


def test_speakers_of_a_mono_recording_are_those_who_spoke_live_then(mono):
    live = {"agent": [Interval(12.0, 14.0)], "caller": [Interval(22.5, 24.0)]}
    assert by_overlap(mono, live, offset=2.0) == {"A": "agent", "B": "caller"}


def test_a_speaker_whom_nobody_heard_live_is_not_guessed(mono):
    live = {"agent": [Interval(12.0, 14.0)]}
    assert by_overlap(mono, live, offset=2.0) == {"A": "agent"}
