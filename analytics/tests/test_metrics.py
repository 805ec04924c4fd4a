"""Every measure against figures worked out by hand, and what must hold for any call."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.metrics import (
    AGENT,
    ASSISTANT,
    CALLER,
    EVERYBODY,
    Facts,
    Thresholds,
    Word,
    measure,
)
from audio import activity
from audio.intervals import Interval, intersect, total, union


def spans(*pairs):
    return [Interval(float(start), float(end)) for start, end in pairs]


def call(caller=(), agent=(), **more):
    """A call of 100 s, Ada connected from 5 s on."""
    facts = Facts(
        duration=100.0,
        connected={AGENT: spans((5, 100))},
        holds=[],
        speech={CALLER: spans(*caller), AGENT: spans(*agent)},
    )
    return replace(facts, **more)


def figures(facts, **thresholds):
    return measure(facts, Thresholds(**thresholds)).figures


def test_waiting_lasts_from_the_answer_to_the_agent():
    assert figures(call())["wait_time"] == 5.0


def test_a_call_that_nobody_took_has_no_wait_time_but_a_reason():
    result = measure(call(connected={AGENT: []}))
    assert result.figures["wait_time"] is None
    assert result.reasons["wait_time"] == "not_connected"


def test_the_assistant_ends_the_waiting_too():
    connected = {AGENT: spans((30, 100)), ASSISTANT: spans((2, 30))}
    assert figures(call(connected=connected))["wait_time"] == 2.0


def test_holds_that_overlap_count_once():
    found = figures(call(holds=spans((10, 20), (15, 30), (50, 55))))
    assert (found["hold_time"], found["hold_count"]) == (25.0, 2)
    assert found["longest_hold"] == 20.0


def test_a_hold_ends_with_the_call():
    assert figures(call(holds=spans((90, 130))))["hold_time"] == 10.0


def test_talk_time_joins_close_parts_and_drops_short_ones():
    found = figures(call(caller=[(10, 12), (12.2, 14), (20, 20.05)]))
    assert found["talk_time"] == {CALLER: 4.0, AGENT: 0.0}


def test_talk_shares_add_up_to_one():
    found = figures(call(caller=[(10, 40)], agent=[(40, 50)]))
    assert found["talk_share"] == {CALLER: 0.75, AGENT: 0.25}


def test_a_silent_call_has_no_talk_share_but_a_reason():
    result = measure(call())
    assert result.figures["talk_share"] is None
    assert result.reasons["talk_share"] == "no_speech"


def test_music_on_hold_is_not_speech():
    facts = call(agent=[(10, 12), (20, 50)], holds=spans((20, 50)))
    assert figures(facts)["talk_time"][AGENT] == 2.0


def test_music_that_began_before_telephony_told_of_the_hold_is_not_speech():
    facts = call(agent=[(10, 12), (19.7, 50)], holds=spans((20, 50)))
    assert figures(facts)["talk_time"][AGENT] == 2.0


def test_a_sentence_that_runs_into_a_hold_is_speech():
    facts = call(agent=[(17, 50)], holds=spans((20, 50)))
    assert figures(facts)["talk_time"][AGENT] == 3.0


def test_what_the_agents_channel_carries_before_the_agent_is_not_speech():
    assert figures(call(agent=[(0, 4), (6, 8)]))["talk_time"][AGENT] == 2.0


def test_what_the_caller_says_while_waiting_is_speech():
    assert figures(call(caller=[(1, 3)]))["talk_time"][CALLER] == 2.0


def test_a_silence_of_three_seconds_is_dead_air_in_its_whole_length():
    found = figures(call(caller=[(10, 12), (15, 16)], agent=[(18.9, 20)]))
    assert found["dead_air_time"] == 3.0
    assert (found["dead_air_count"], found["longest_dead_air"]) == (1, 3.0)


def test_the_threshold_of_dead_air_can_be_changed():
    facts = call(caller=[(10, 12), (15, 16)])
    assert figures(facts, dead_air=3.5)["dead_air_count"] == 0


def test_nothing_before_the_first_and_after_the_last_word_is_dead_air():
    assert figures(call(caller=[(50, 51)]))["dead_air_time"] == 0.0


def test_a_hold_is_not_dead_air_but_the_silence_beside_it_is():
    facts = call(caller=[(10, 12)], agent=[(60, 62)], holds=spans((20, 50)), words=[])
    result = measure(facts)
    assert [(d.start, d.end) for d in result.dead_air] == [(12, 20), (50, 60)]


def test_waiting_to_be_connected_is_not_dead_air():
    facts = call(caller=[(1, 2)], agent=[(31, 33)], connected={AGENT: spans((30, 100))})
    assert figures(facts)["dead_air_time"] == 0.0


@pytest.mark.parametrize(
    ("caller", "agent", "cause"),
    [
        ([(10, 12)], [(20, 22)], AGENT),
        ([(20, 22)], [(10, 12)], CALLER),
        ([(10, 12), (20, 22)], [(5, 6)], AGENT),
    ],
)
def test_dead_air_is_owed_by_the_one_who_did_not_speak_last(caller, agent, cause):
    (silence,) = [d for d in measure(call(caller, agent)).dead_air if d.start == 12]
    assert silence.cause == cause


def test_the_assistant_owes_the_word_when_it_alone_is_connected():
    facts = call(
        connected={ASSISTANT: spans((0, 100))},
        speech={CALLER: spans((10, 12)), ASSISTANT: spans((20, 22))},
    )
    assert measure(facts).dead_air[0].cause == ASSISTANT


def test_in_a_silence_with_both_the_word_is_owed_by_who_was_there_for_most_of_it():
    speech = {CALLER: spans((10, 12), (30, 31)), AGENT: [], ASSISTANT: []}
    for takeover, cause in ((16, AGENT), (26, ASSISTANT)):
        connected = {ASSISTANT: spans((0, takeover)), AGENT: spans((takeover, 100))}
        (silence,) = measure(call(connected=connected, speech=speech)).dead_air
        assert silence.cause == cause


def led_by_the_assistant(**speech):
    """The assistant has the call to 50 s, and Ada from there."""
    return call(
        connected={ASSISTANT: spans((1, 50)), AGENT: spans((50, 100))},
        speech={who: spans(*parts) for who, parts in speech.items()},
    )


def test_a_caller_who_speaks_into_the_assistants_sentence_interrupts_it():
    found = figures(
        led_by_the_assistant(caller=[(12, 15)], assistant=[(10, 13)], agent=[])
    )
    assert found["interruptions"] == {CALLER: 1, ASSISTANT: 0, AGENT: 0}


def test_the_assistants_answers_are_responses_too():
    found = figures(
        led_by_the_assistant(
            caller=[(10, 12), (60, 62)], assistant=[(13, 15)], agent=[(65, 66)]
        )
    )
    assert found["response_time_median"] == 2.0
    assert found["talk_time"] == {CALLER: 4.0, ASSISTANT: 2.0, AGENT: 1.0}


def words(speaker, text, end):
    """A text whose last word ends at `end`, half a second a word."""
    parts = text.split()
    first = end - 0.5 * len(parts)
    return [
        Word(speaker, part, first + 0.5 * n, first + 0.5 * (n + 1))
        for n, part in enumerate(parts)
    ]


def test_dead_air_after_one_moment_please_is_announced():
    facts = call(
        agent=[(10, 12), (20, 22)], words=words(AGENT, "One moment, please.", 12.1)
    )
    assert measure(facts).dead_air[0].announced is True


def test_dead_air_after_something_else_is_not_announced():
    said = words(AGENT, "One moment, please.", 8) + words(CALLER, "All right then", 12)
    facts = call(caller=[(10, 12)], agent=[(6, 8), (20, 22)], words=said)
    assert measure(facts).dead_air[0].announced is False


def test_only_one_who_serves_can_announce():
    facts = call(caller=[(10, 12), (20, 22)], words=words(CALLER, "One moment", 12))
    assert measure(facts).dead_air[0].announced is False


def test_without_words_nobody_knows_whether_it_was_announced():
    facts = call(caller=[(10, 12), (20, 22)])
    assert measure(facts).dead_air[0].announced is None


def test_overlaps_of_half_a_second_are_charged_to_who_began_second():
    found = figures(call(caller=[(10, 20), (30, 35)], agent=[(18, 25), (34.6, 40)]))
    assert found["overlap_time"] == 2.0
    assert found["interruptions"] == {CALLER: 0, AGENT: 1}


def test_the_caller_who_began_second_interrupts():
    found = figures(call(caller=[(12, 20)], agent=[(10, 14)]))
    assert found["interruptions"] == {CALLER: 1, AGENT: 0}


def test_response_times_run_from_the_caller_to_the_answer():
    found = figures(
        call(
            caller=[(10, 12), (20, 22), (30, 32)], agent=[(13, 14), (24, 25), (31, 36)]
        )
    )
    assert found["response_time_median"] == 1.5
    assert found["response_time_p95"] == pytest.approx(1.95)


def test_a_pause_of_the_caller_is_not_waiting_for_an_answer():
    found = figures(call(caller=[(10, 12), (14, 16)], agent=[(17, 18)]))
    assert found["response_time_median"] == 1.0


def test_an_answer_after_a_hold_is_not_a_response_time():
    facts = call(caller=[(10, 12)], agent=[(41, 42)], holds=spans((13, 40)))
    assert measure(facts).reasons["response_time_median"] == "no_reply"


def test_a_monologue_goes_on_over_a_short_yes():
    found = figures(call(caller=[(15, 15.5)], agent=[(10, 14), (16, 30)]))
    assert found["longest_monologue"][AGENT] == 20.0


def test_a_monologue_ends_when_the_other_speaks_for_a_second():
    found = figures(call(caller=[(14.5, 15.5)], agent=[(10, 14), (16, 30)]))
    assert found["longest_monologue"][AGENT] == 14.0


def test_the_result_says_where_the_longest_monologue_is():
    facts = call(caller=[(14.5, 15.5)], agent=[(10, 14), (16, 20), (20.6, 30)])
    assert measure(facts).monologues == {CALLER: (14.5, 15.5), AGENT: (16, 30)}


def test_of_equally_long_monologues_it_is_the_first_and_of_a_silent_speaker_none():
    facts = call(caller=[], agent=[(10, 14), (60, 64)], holds=spans((15, 50)))
    assert measure(facts).monologues == {AGENT: (10, 14)}
    assert figures(facts)["longest_monologue"][CALLER] == 0


def test_a_monologue_ends_with_a_hold():
    facts = call(agent=[(10, 14), (60, 62)], holds=spans((15, 50)))
    assert figures(facts)["longest_monologue"][AGENT] == 4.0


def test_pace_is_words_over_talk_minutes():
    said = words(CALLER, "a b c d e f", 40)
    found = figures(call(caller=[(10, 40)], words=said))
    assert found["words_per_minute"] == {CALLER: 12.0, AGENT: None}


def test_without_words_there_is_no_pace_but_a_reason():
    result = measure(call(caller=[(10, 40)]))
    assert result.figures["words_per_minute"] is None
    assert result.reasons["words_per_minute"] == "no_transcript"


def test_handle_time_is_the_call_without_waiting_and_with_wrap_up():
    assert figures(call(wrap_up=20.0))["handle_time"] == 115.0


def test_an_unknown_wrap_up_leaves_the_handle_time_unknown():
    result = measure(call())
    assert result.figures["handle_time"] is None
    assert result.reasons["handle_time"] == "wrap_up_unknown"


def test_without_a_recording_the_events_are_measured_and_the_sound_is_not():
    result = measure(call(speech=None, holds=spans((10, 20))))
    assert result.figures["hold_time"] == 10.0
    assert result.figures["dead_air_time"] is None
    assert result.reasons["talk_time"] == "no_recording"


def test_one_channel_tells_silence_but_not_speakers():
    result = measure(call(speech={EVERYBODY: spans((10, 12), (20, 22))}))
    assert result.figures["dead_air_time"] == 8.0
    assert result.dead_air[0].cause is None
    assert result.reasons["talk_share"] == "mono_recording"


def test_a_call_that_was_not_answered_has_no_measures():
    result = measure(call(duration=None))
    assert set(result.figures.values()) == {None}
    assert set(result.reasons.values()) == {"not_answered"}


def test_a_result_as_json_has_milliseconds_and_its_thresholds_apart():
    result = measure(call(caller=[(10.00049, 12)]))
    assert result.as_json()["speech"][CALLER] == [[10.0, 12.0]]
    assert result.thresholds_as_json()["dead_air"] == 3.0


# In hundredths of a second, so that shifted sums are exact enough to compare.
moments = st.integers(0, 10_000).map(lambda n: n / 100)
intervals = st.lists(
    st.tuples(moments, moments).map(lambda pair: Interval(*sorted(pair))), max_size=8
)


@st.composite
def any_call(draw):
    return Facts(
        duration=draw(st.integers(1, 10_000)) / 100,
        connected={AGENT: draw(intervals)},
        holds=draw(intervals),
        speech={CALLER: draw(intervals), AGENT: draw(intervals)},
        words=[],
    )


@given(any_call())
def test_hold_dead_air_and_speech_never_overlap(facts):
    result = measure(facts)
    speech = union(*result.speech.values())
    dead_air = [Interval(silence.start, silence.end) for silence in result.dead_air]
    assert intersect(speech, result.holds) == []
    assert intersect(speech, dead_air) == []
    assert intersect(dead_air, result.holds) == []


@given(any_call())
def test_what_was_found_fits_into_the_call_and_adds_up(facts):
    result = measure(facts)
    found = result.figures
    speech = total(union(*result.speech.values()))
    apart = speech + found["dead_air_time"] + found["hold_time"]
    assert apart <= facts.duration + 1e-6
    talk = found["talk_time"]
    assert all(seconds <= facts.duration + 1e-6 for seconds in talk.values())
    if found["talk_share"] is not None:
        assert sum(found["talk_share"].values()) == pytest.approx(1.0)
    for who, longest in found["longest_monologue"].items():
        assert longest <= facts.duration - found["hold_time"] + 1e-6
        assert (longest > 0) == (talk[who] > 0)
    for who, run in result.monologues.items():
        assert found["longest_monologue"][who] == run.length
        assert run.start in {part.start for part in result.speech[who]}
        assert run.end in {part.end for part in result.speech[who]}


@given(any_call(), st.integers(1, 600))
def test_what_happens_later_is_measured_alike(facts, later):
    def moved(parts):
        return [Interval(start + later, end + later) for start, end in parts]

    # What lies beyond the end would come into a longer call.
    end = [Interval(0.0, facts.duration)]
    within = replace(
        facts,
        connected={AGENT: intersect(facts.connected[AGENT], end)},
        holds=intersect(facts.holds, end),
        speech={who: intersect(parts, end) for who, parts in facts.speech.items()},
    )
    shifted = replace(
        within,
        duration=facts.duration + later,
        connected={AGENT: moved(within.connected[AGENT])},
        holds=moved(within.holds),
        speech={who: moved(parts) for who, parts in within.speech.items()},
    )
    before, after = measure(within).figures, measure(shifted).figures
    for name in ("hold_count", "interruptions"):
        assert after[name] == before[name]
    for name in ("hold_time", "overlap_time", "longest_hold"):
        assert after[name] == pytest.approx(before[name])
    assert after["talk_time"] == pytest.approx(before["talk_time"])


def test_a_secure_moment_is_nobodys_silence() -> None:
    facts = call(
        caller=[(10, 12), (50, 52)], agent=[(13, 15), (53, 55)], secure=spans((16, 49))
    )
    measured = measure(facts)
    assert measured.figures["dead_air_time"] == 0
    assert measured.secure == [(16, 49)]
    assert measured.figures["hold_time"] == 0


def test_no_answer_and_no_monologue_goes_across_a_secure_moment() -> None:
    facts = call(caller=[(10, 12)], agent=[(40, 42)], secure=spans((13, 39)))
    assert figures(facts)["response_time_median"] is None
    facts = call(caller=[(10, 12), (40, 42)], agent=[], secure=spans((13, 39)))
    assert figures(facts)["longest_monologue"][CALLER] == 2


def test_sound_at_the_edges_of_a_secure_moment_is_no_speech() -> None:
    facts = call(caller=[(10, 20)], agent=[(30, 32)], secure=spans((18, 29)))
    assert measure(facts).speech[CALLER] == [(10, 18)]


def unknown_call(**more):
    """A recording from elsewhere."""
    return call(caller=[(10, 12)], agent=[(1, 3)], connected=None, holds=None, **more)


def test_without_events_nobody_is_taken_for_absent_and_no_figure_of_theirs_is_zero():
    result = measure(unknown_call())
    assert result.figures["talk_time"] == {CALLER: 2.0, AGENT: 2.0}
    assert result.figures["dead_air_time"] == 7.0
    for name in ("wait_time", "hold_time", "hold_count", "handle_time"):
        assert result.figures[name] is None
        assert result.reasons[name] == "no_events"


def test_without_events_the_agent_owes_the_word_to_a_caller():
    facts = unknown_call(speech={CALLER: spans((1, 3), (10, 12)), AGENT: []})
    assert measure(facts).dead_air[0].cause == AGENT


def test_sound_that_could_not_be_heard_tells_why():
    result = measure(call(speech=None, unheard_because="recording_cut_short"))
    assert result.reasons["talk_time"] == "recording_cut_short"


def test_what_told_voice_from_noise_is_among_the_thresholds():
    stored = measure(call()).thresholds_as_json()
    assert stored.items() >= activity.LIMITS.items()


@given(any_call(), st.lists(moments, max_size=4))
def test_speech_told_in_pieces_is_measured_alike(facts, cuts):
    edges = [0.0, *sorted(cuts), facts.duration + 1000]
    windows = [Interval(*pair) for pair in pairwise(edges)]
    pieces = {
        who: [part for window in windows for part in intersect(parts, [window])]
        for who, parts in facts.speech.items()
    }
    assert measure(replace(facts, speech=pieces)) == measure(facts)


@given(any_call())
def test_the_stretches_of_a_kind_never_overlap_and_lie_in_the_call(facts):
    result = measure(facts)
    kinds = [*result.speech.values(), result.holds, result.overlaps, result.dead_air]
    for parts in kinds:
        assert all(a.end <= b.start for a, b in pairwise(parts))
        assert all(0 <= each.start < each.end <= facts.duration for each in parts)
    lengths = [each.end - each.start for each in result.dead_air]
    assert result.figures["dead_air_time"] == pytest.approx(sum(lengths))
    assert all(length >= 3.0 - 1e-6 for length in lengths)
