"""Worked by hand: every number below follows from the definitions with pen and paper."""

import numpy as np
import pytest

from audio.intervals import Interval
from simulators import scenarios, truth
from simulators.truth import DeadAir, Overlap, Utterance, Voicing

ONE_SECOND = Voicing((Interval(0.1, 1.1),))  # 0.1 s of silence before the voice


def said(speaker, *segments, announces=False) -> Utterance:
    return Utterance(speaker, "words", announces, tuple(Interval(*s) for s in segments))


def script(steps: str) -> scenarios.Scenario:
    return scenarios.parse(
        "test",
        f'{{title: T, description: D, caller: {{from: "+15550107777"}}, {steps}}}',
    )


def test_the_voice_in_a_sound_is_found_to_ten_milliseconds():
    samples = np.zeros(8000, np.int16)
    samples[800:2400] = 5000
    samples[4000:6400] = -5000
    assert truth.voicing(samples).segments == (
        pytest.approx((0.1, 0.3)),
        pytest.approx((0.5, 0.8)),
    )


def test_silence_has_no_voice():
    assert truth.voicing(np.zeros(8000, np.int16)) == Voicing(())
    assert truth.voicing(np.zeros(0, np.int16)) == Voicing(())


def test_a_pause_is_the_gap_between_the_voices():
    plan = truth.plan(
        script(
            "steps: [{agent: a, pause: 0.6}, {caller: b, pause: 0.5}, "
            "{hang_up: agent, pause: 1}]"
        ),
        [ONE_SECOND, ONE_SECOND],
    )
    assert [(u.start, u.end) for u in plan.truth.utterances] == [
        pytest.approx((0.6, 1.6)),
        pytest.approx((2.1, 3.1)),
    ]
    assert plan.seconds == pytest.approx(4.1)


def test_a_line_starts_with_the_next_tick_and_never_too_early():
    plan = truth.plan(
        script("steps: [{agent: a, pause: 0.613}, {hang_up: caller}]"), [ONE_SECOND]
    )
    assert plan.truth.utterances[0].start == pytest.approx(0.62)


def test_interrupting_starts_before_the_end_and_overlapping_after_the_start():
    plan = truth.plan(
        script(
            "steps: [{agent: a, pause: 1}, {caller: b, interrupt: 0.6}, "
            "{agent: c, overlap: 0.3}, {hang_up: caller}]"
        ),
        [ONE_SECOND, ONE_SECOND, ONE_SECOND],
    )
    assert [u.start for u in plan.truth.utterances] == pytest.approx([1.0, 1.4, 1.7])
    # The agent speaks 1.0-2.0 and 1.7-2.7, which is one; the caller 1.4-2.4.
    assert plan.truth.talk["agent"] == [pytest.approx((1.0, 2.7))]
    assert plan.truth.overlaps == (
        Overlap(pytest.approx(1.4), pytest.approx(2.4), "caller"),
    )
    assert plan.truth.interruptions() == {"caller": 1, "agent": 0}


def test_a_hold_is_no_dead_air_and_the_next_pause_begins_after_it():
    plan = truth.plan(
        script(
            "steps: [{agent: a, pause: 1}, {hold: 8, pause: 0.5}, "
            "{agent: b, pause: 0.5}, {hang_up: caller}]"
        ),
        [ONE_SECOND, ONE_SECOND],
    )
    assert plan.truth.holds == (pytest.approx((2.5, 10.5)),)
    assert plan.truth.utterances[1].start == pytest.approx(11.0)
    assert plan.truth.dead_air == ()


def test_dead_air_is_a_silence_of_three_seconds_with_its_cause():
    facts = truth.measure(
        [
            said("agent", (1.0, 2.0), announces=True),
            said("agent", (5.0, 6.0)),
            said("caller", (8.9, 10.0)),
            said("agent", (14.5, 15.0)),
        ],
        [],
    )
    assert facts.dead_air == (
        DeadAir(2.0, 5.0, cause="caller", announced=True),
        DeadAir(10.0, 14.5, cause="agent", announced=False),
    )


def test_silence_before_the_first_and_after_the_last_word_is_no_dead_air():
    assert truth.measure([said("caller", (10.0, 11.0))], []).dead_air == ()
    assert truth.measure([], []).dead_air == ()


def test_a_silence_that_a_hold_divides_counts_in_parts():
    facts = truth.measure(
        [said("agent", (0.0, 1.0)), said("caller", (12.0, 13.0))], [Interval(4.5, 10.0)]
    )
    assert facts.dead_air == (DeadAir(1.0, 4.5, cause="caller", announced=False),)


def test_parts_of_speech_are_joined_and_clicks_are_dropped():
    facts = truth.measure(
        [said("agent", (0.0, 1.0), (1.29, 2.0), (2.31, 2.4), (5.0, 6.0))], []
    )
    assert facts.talk["agent"] == [(0.0, 2.0), (5.0, 6.0)]


def test_short_overlaps_do_not_count():
    facts = truth.measure([said("agent", (0.0, 2.0)), said("caller", (1.6, 3.0))], [])
    assert facts.overlaps == ()


def test_who_starts_second_has_interrupted():
    facts = truth.measure(
        [
            said("agent", (0.0, 2.0)),
            said("caller", (1.0, 4.0)),
            said("agent", (3.0, 5.0)),
        ],
        [],
    )
    assert [(o.start, o.end, o.by) for o in facts.overlaps] == [
        (1.0, 2.0, "caller"),
        (3.0, 4.0, "agent"),
    ]


def test_an_utterance_cut_off_by_the_end_of_the_call_ends_there():
    cut = truth.until(said("agent", (1.0, 2.0), (3.0, 4.0)), 3.5)
    assert cut is not None
    assert cut.segments == ((1.0, 2.0), (3.0, 3.5))
    assert truth.until(said("agent", (5.0, 6.0)), 3.5) is None


def test_the_json_holds_totals_in_seconds():
    facts = truth.measure(
        [said("agent", (0.0, 1.5)), said("caller", (5.0, 6.25))], [Interval(6.5, 9.0)]
    )
    shown = truth.as_json(facts)
    assert shown["talk_time"] == {"caller": 1.25, "agent": 1.5}
    assert (shown["hold_time"], shown["hold_count"]) == (2.5, 1)
    assert (shown["dead_air_time"], shown["dead_air_count"]) == (3.5, 1)
