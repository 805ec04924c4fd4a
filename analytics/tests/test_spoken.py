"""Of what a recording holds only what people said to each other is kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.spoken import Timing, by_overlap, said
from analytics.voices import Turn
from audio.intervals import Interval
from vendors.assemblyai.transcript import Utterance, Word

TIMING = Timing(
    offset=2.0,
    turns=[Turn("agent", 10.0, 100.0)],
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


# With the assistant


def each(channel, text, *starts, lasts=0.4):
    """An utterance with the second of each of its words, on the call's clock."""
    words = tuple(
        Word(word, start - TIMING.offset, start - TIMING.offset + lasts, 0.9)
        for word, start in zip(text.split(), starts, strict=True)
    )
    return Utterance("A", channel, words[0].start, words[-1].end, text, 0.9, words)


def with_turns(*turns):
    return replace(TIMING, turns=[Turn(*turn) for turn in turns], holds=[])


def test_what_an_assistant_alone_says_is_the_assistants():
    timing = with_turns(("assistant", 5.0, 100.0))
    found = texts(heard("2", 4.0, "Good morning"), timing=timing)
    assert found == [("assistant", "Good morning")]


def test_a_consent_before_the_stream_is_nobodys():
    timing = with_turns(("assistant", 9.0, 100.0))
    assert texts(heard("2", 1.0, "We record this"), timing=timing) == []


def test_back_and_forth_each_says_the_own_words():
    timing = with_turns(
        ("assistant", 1.0, 20.0),
        ("agent", 20.8, 40.0),
        ("assistant", 40.0, 60.0),
        ("agent", 60.8, 90.0),
    )
    found = texts(
        heard("2", 10.0, "One"),
        heard("2", 28.0, "Two"),
        heard("2", 48.0, "Three"),
        heard("2", 68.0, "Four"),
        timing=timing,
    )
    assert found == [
        ("assistant", "One"),
        ("agent", "Two"),
        ("assistant", "Three"),
        ("agent", "Four"),
    ]


TAKEOVER = (("assistant", 1.0, 20.0), ("agent", 20.8, 90.0))


def test_a_takeover_in_mid_sentence_parts_what_the_vendor_took_for_one_utterance():
    one = each("2", "it will arrive hello Ada here", 18.7, 19.2, 19.7, 20.4, 20.9, 21.4)
    assert texts(one, timing=with_turns(*TAKEOVER)) == [
        ("assistant", "it will arrive"),
        ("agent", "hello Ada here"),
    ]


def test_a_word_across_the_takeover_is_of_whoever_began_it():
    # "arrive" goes on for a moment after the takeover; Ada is told of late.
    one = each("2", "will arrive hello Ada", 19.4, 19.9, 20.5, 20.95)
    assert texts(one, timing=with_turns(*TAKEOVER)) == [
        ("assistant", "will arrive"),
        ("agent", "hello Ada"),
    ]


def test_words_without_any_pause_are_parted_where_our_own_word_says():
    one = each("2", "will arrive hello Ada", 19.2, 19.6, 20.0, 20.4)
    assert texts(one, timing=with_turns(*TAKEOVER)) == [
        ("assistant", "will arrive"),
        ("agent", "hello Ada"),
    ]


def test_an_agent_who_still_speaks_while_handing_back_is_the_agent():
    timing = with_turns(("agent", 1.0, 41.0), ("assistant", 41.0, 90.0))
    one = each(
        "2", "our assistant goes on Your order", 39.0, 39.4, 39.8, 40.2, 41.1, 42
    )
    assert texts(one, timing=timing) == [
        ("agent", "our assistant goes on"),
        ("assistant", "Your order"),
    ]


def test_what_the_caller_says_into_the_assistants_sentence_stays_the_callers():
    timing = with_turns(("assistant", 1.0, 100.0))
    assert texts(
        heard("2", 10.0, "Your order will"), heard("1", 12.0, "No wait"), timing=timing
    ) == [("assistant", "Your order will"), ("caller", "No wait")]


def test_on_one_channel_the_time_tells_which_of_us_a_voice_was():
    # A machine that hears voices apart may take the two of us for one.
    timing = with_turns(*TAKEOVER)
    both = [heard("", 8.0, "Welcome here", "B"), heard("", 28.0, "Ada here", "B")]
    found = said(both, {"B": "assistant"}, timing)
    assert [(one.speaker, one.text) for one in found] == [
        ("assistant", "Welcome here"),
        ("agent", "Ada here"),
    ]


@st.composite
def two_voices(draw):
    """A channel of words, each beginning where the last one ended or later, and a takeover."""
    start, utterances = 2.0, []
    for number in range(draw(st.integers(1, 5))):
        starts = []
        for _ in range(draw(st.integers(1, 5))):
            start += draw(st.integers(20, 300)) / 100
            starts.append(start)
        text = " ".join(f"{number}-{n}" for n in range(len(starts)))
        utterances.append(each("2", text, *starts, lasts=0.2))
    taken = draw(st.integers(200, 3_000)) / 100
    came = taken + draw(st.integers(0, 100)) / 100
    turns = [("assistant", 0.0, taken), ("agent", came, start + 60)]
    return utterances, with_turns(*turns)


@given(two_voices())
def test_no_word_is_lost_and_none_is_said_twice(channel):
    utterances, timing = channel
    found = said(utterances, SPEAKERS, timing)
    spoken = [word.text for one in utterances for word in one.words]
    assert [word["text"] for one in found for word in one.words] == spoken
    # The assistant first, then the agent, and no way back.
    voices = [one.speaker for one in found]
    assert voices == sorted(voices, reverse=True)
