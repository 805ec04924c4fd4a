"""The next step follows from the state alone, whatever has happened before."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.pipeline import (
    FETCH,
    FOLLOW_UP,
    JUDGE,
    MAX_ATTEMPTS,
    MEASURE,
    RECORDING_PATIENCE,
    REDACT,
    STEPS,
    TRANSCRIBE,
    CallState,
    StepState,
    backoff,
    next_step,
    steps_from,
)

ENDED = CallState(
    now=1000.0, ended_at=990.0, answered=True, recording_settled=True, steps={}
)


def state(**steps):
    return replace(
        ENDED, steps={name: StepState(found) for name, found in steps.items()}
    )


def test_a_call_that_goes_on_has_no_next_step():
    assert next_step(replace(ENDED, ended_at=None)) is None


def test_the_recording_comes_first():
    assert next_step(ENDED) == FETCH


@pytest.mark.parametrize(
    ("done", "following"),
    [
        ((FETCH,), TRANSCRIBE),
        ((FETCH, TRANSCRIBE), MEASURE),
        ((FETCH, TRANSCRIBE, MEASURE), REDACT),
        ((FETCH, TRANSCRIBE, MEASURE, REDACT), JUDGE),
        ((FETCH, TRANSCRIBE, MEASURE, REDACT, JUDGE), FOLLOW_UP),
        (STEPS, None),
    ],
)
def test_each_step_follows_the_one_before(done, following):
    assert next_step(state(**dict.fromkeys(done, "done"))) == following


def test_a_transcript_that_failed_for_good_does_not_keep_the_measures_back():
    assert next_step(state(fetch="done", transcribe="failed")) == MEASURE


def test_the_recording_is_waited_for():
    assert next_step(replace(ENDED, recording_settled=False)) is None


def test_the_recording_is_not_waited_for_without_end():
    late = ENDED.ended_at + RECORDING_PATIENCE
    assert next_step(replace(ENDED, recording_settled=False, now=late)) == FETCH


def test_a_call_that_was_not_answered_waits_for_no_recording():
    unanswered = replace(ENDED, answered=False, recording_settled=False)
    assert next_step(unanswered) == FETCH


def test_a_running_step_is_left_alone():
    running = {FETCH: StepState("running", not_before=1060.0)}
    assert next_step(replace(ENDED, steps=running)) is None


def test_a_step_whose_worker_is_dead_is_taken_again():
    running = {FETCH: StepState("running", not_before=999.0)}
    assert next_step(replace(ENDED, steps=running)) == FETCH


def test_a_failed_attempt_waits_for_its_time():
    waiting = {FETCH: StepState("waiting", not_before=1005.0)}
    assert next_step(replace(ENDED, steps=waiting)) is None
    assert next_step(replace(ENDED, steps=waiting, now=1005.0)) == FETCH


def test_attempts_come_further_and_further_apart_and_end():
    assert [backoff(n) for n in range(1, MAX_ATTEMPTS + 1)] == [5, 20, 60, 180, None]


def test_what_is_repeated_is_the_step_and_all_that_build_on_it():
    assert steps_from(MEASURE) == (MEASURE, REDACT, JUDGE, FOLLOW_UP)


states = st.sampled_from(["waiting", "running", "done", "failed"])


@given(st.fixed_dictionaries(dict.fromkeys(STEPS, states)))
def test_the_next_step_is_the_first_unfinished_one(found):
    unfinished = [name for name in STEPS if found[name] in {"waiting", "running"}]
    assert next_step(state(**found)) == (unfinished[0] if unfinished else None)
