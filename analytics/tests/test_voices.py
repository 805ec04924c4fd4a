"""Each sound of the channel that the caller hears belongs to one of us: to whoever was making it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.metrics import AGENT, ASSISTANT
from analytics.voices import (
    Told,
    Turn,
    are_apart,
    by_speaker,
    parted,
    settled,
    turn_at,
    turns,
)
from audio.intervals import Interval, intersect, total, union

# Cleo talks with the assistant from 1 s on; Ada takes over at 20 s and is heard from 21 s,
# hands back at 40 s, and takes over again at 60 s.
BACK_AND_FORTH = Told(
    agent=[Interval(21.4, 41.2), Interval(61.4, 90.0)],
    led=[Interval(0.2, 20.0), Interval(40.0, 60.0)],
    streams=[1.3, 41.0],
    heard=[Interval(1.5, 4.0), Interval(18.0, 20.1), Interval(41.8, 59.0)],
)


def spans(*pairs):
    return [Interval(float(start), float(end)) for start, end in pairs]


def test_the_assistant_alone_is_there_from_its_stream_to_the_end():
    told = Told(agent=[], led=spans((0, 60)), streams=[1.3], heard=spans((1.5, 4)))
    assert turns(told) == [Turn(ASSISTANT, 1.3, 60.0)]


def test_a_stream_that_was_told_late_began_by_the_first_sound():
    told = Told(agent=[], led=spans((0, 60)), streams=[1.9], heard=spans((1.5, 4)))
    assert turns(told)[0].start == 1.5


@pytest.mark.parametrize("heard", [[], spans((9, 12))])
def test_of_a_stream_that_is_not_known_the_call_is_the_assistants_while_it_leads(heard):
    told = Told(agent=[], led=spans((2, 60)), heard=heard)
    assert turns(told) == [Turn(ASSISTANT, 2.0, 60.0)]


def test_back_and_forth_gives_one_turn_after_the_other():
    assert turns(BACK_AND_FORTH) == [
        Turn(ASSISTANT, 1.3, 20.1),
        Turn(AGENT, 21.4, 41.0),
        Turn(ASSISTANT, 41.0, 60.0),
        Turn(AGENT, 61.4, 90.0),
    ]


def test_an_agent_whose_leaving_was_never_told_is_gone_when_the_assistant_speaks():
    told = Told(agent=spans((5, 60)), led=spans((30, 60)), heard=spans((31.5, 33)))
    assert turns(told) == [Turn(AGENT, 5.0, 31.5), Turn(ASSISTANT, 31.5, 60.0)]


def test_an_assistant_that_has_not_spoken_begins_when_the_agent_has_left():
    told = Told(agent=spans((5, 31)), led=spans((30, 60)))
    assert turns(told) == [Turn(AGENT, 5.0, 31.0), Turn(ASSISTANT, 31.0, 60.0)]


TAKEOVER = [Turn(ASSISTANT, 0.0, 20.0), Turn(AGENT, 20.6, 60.0)]


def test_a_change_lies_in_the_pause_beside_our_own_word_of_it():
    # The assistant was heard to 20.15 s, Ada from 20.3 s: telephony tells of her at 20.6 s.
    found = settled(TAKEOVER, spans((15, 20.15), (20.3, 22), (22.6, 30)))
    assert found == [Turn(ASSISTANT, 0.0, 20.15), Turn(AGENT, 20.15, 60.0)]


def test_of_several_pauses_beside_a_change_the_longest_is_it():
    found = settled(TAKEOVER, spans((15, 19.7), (19.8, 20.05), (20.35, 22)))
    assert found[0].end == 20.05


def test_where_the_sound_goes_on_right_through_our_own_word_stands():
    found = settled(TAKEOVER, spans((15, 30)))
    assert found == [Turn(ASSISTANT, 0.0, 20.0), Turn(AGENT, 20.0, 60.0)]
    assert parted(found, spans((15, 30))) == {
        ASSISTANT: spans((15, 20)),
        AGENT: spans((20, 30)),
    }


def test_an_agent_who_comes_long_after_the_assistant_leaves_a_gap():
    told = [Turn(ASSISTANT, 0.0, 20.0), Turn(AGENT, 50.0, 60.0)]
    assert settled(told, spans((15, 55))) == told
    assert turn_at(told, 35.0) is None


def test_at_a_hand_back_the_assistants_begin_decides():
    told = [Turn(AGENT, 0.0, 41.0), Turn(ASSISTANT, 41.0, 60.0)]
    found = settled(told, spans((38, 40.2), (41.2, 44)))
    assert parted(found, spans((38, 40.2), (41.2, 44))) == {
        AGENT: spans((38, 40.2)),
        ASSISTANT: spans((41.2, 44)),
    }


@pytest.mark.parametrize(
    ("second", "speaker"),
    [
        (0.6, ASSISTANT),  # told late
        (19.9, ASSISTANT),
        (20.1, AGENT),
        (90.4, AGENT),
        (0.4, None),
        (91.0, None),
    ],
)
def test_a_word_belongs_to_whoever_began_it(second, speaker):
    found = [Turn(ASSISTANT, 1.0, 20.1), Turn(AGENT, 20.1, 90.0)]
    turn = turn_at(found, second)
    assert (turn and turn.speaker) == speaker


def test_only_a_change_of_voice_parts_two_words():
    found = [Turn(ASSISTANT, 1.0, 20.1), Turn(AGENT, 20.1, 90.0)]
    assert are_apart(found, 19.9, 20.1)
    assert not are_apart(found, 20.1, 20.4)
    assert not are_apart(found, 0.5, 1.2)


# In hundredths of a second.
moments = st.integers(0, 6_000).map(lambda n: n / 100)
intervals = st.lists(
    st.tuples(moments, moments).map(lambda pair: Interval(*sorted(pair))), max_size=5
)


anything_told = st.builds(
    Told,
    agent=intervals,
    led=intervals,
    streams=st.lists(moments, max_size=3),
    heard=intervals,
)


@given(anything_told, intervals)
def test_turns_follow_each_other_and_never_overlap(told, sounds):
    for found in (turns(told), settled(turns(told), sounds)):
        assert all(turn.start <= turn.end for turn in found)
        assert all(a.end <= b.start for a, b in pairwise(found))


@given(anything_told, intervals)
def test_segments_of_one_channel_never_overlap_and_none_is_invented(told, sounds):
    found = parted(settled(turns(told), sounds), sounds)
    parts = list(found.values())
    everything = union(*parts)
    assert total(everything) == pytest.approx(sum(total(part) for part in parts))
    assert intersect(everything, union(sounds)) == everything


@given(anything_told, intervals)
def test_no_sound_within_the_turns_is_lost(told, sounds):
    found = settled(turns(told), sounds)
    there = union(*by_speaker(found).values())
    kept = union(*parted(found, sounds).values())
    assert total(kept) == pytest.approx(total(intersect(sounds, there)))


@given(anything_told, intervals, moments)
def test_what_is_within_a_turn_is_its_speakers(told, sounds, second):
    found = settled(turns(told), sounds)
    inside = [turn for turn in found if turn.start <= second < turn.end]
    if inside:
        assert turn_at(found, second) == inside[0]
