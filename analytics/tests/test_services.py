"""Steps are taken once, survive what dies around them, and end where everybody can see it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from analytics import pipeline, reasons, services
from analytics.models import Step
from analytics.outcome import Done, Failed, Later
from analytics.tests.conftest import beside_a_change
from calls.models import Call, CallEvent

pytestmark = pytest.mark.django_db


def step_of(call, name="fetch"):
    return Step.objects.get(call=call, name=name)


def states(call):
    return [step.state for step in call.steps.in_order()]


@pytest.fixture
def fetch(call, recording):
    """The first step, ready to be taken."""
    services.advance(call_id=call.pk)
    return step_of(call)


def expire(step):
    Step.objects.filter(pk=step.pk).update(not_before=timezone.now())


def fail(claim, *, retryable, reason="timeout"):
    outcome = Failed(reason, "No answer.", retryable=retryable)
    services.finish(claim=claim, outcome=outcome)


def test_an_ended_call_gets_its_steps_and_the_first_is_next(call, recording):
    assert services.advance(call_id=call.pk) == "fetch"
    assert states(call) == ["waiting"] * len(pipeline.STEPS)


def test_asking_again_and_again_changes_nothing(call, recording):
    for _ in range(3):
        services.advance(call_id=call.pk)
    assert Step.objects.count() == len(pipeline.STEPS)


def test_a_call_that_goes_on_gets_no_steps(call):
    Call.objects.update(ended_at=None)
    assert services.advance(call_id=call.pk) is None
    assert not Step.objects.exists()


def test_a_call_that_is_gone_is_left_in_peace():
    assert services.advance(call_id=1) is None


def test_a_step_is_taken_once(fetch):
    assert services.claim(step_id=fetch.pk)
    assert services.claim(step_id=fetch.pk) is None


def test_a_step_is_not_taken_before_its_turn(call, fetch):
    assert services.claim(step_id=step_of(call, "judge").pk) is None


def test_taking_and_finishing_are_told_to_every_screen(fetch):
    claim = services.claim(step_id=fetch.pk)
    services.finish(claim=claim, outcome=Done())
    told = CallEvent.objects.filter(name="step.changed").order_by("number")
    assert [event.data["state"] for event in told] == ["running", "done"]


def test_the_result_is_stored_with_the_step(call, fetch):
    claim = services.claim(step_id=fetch.pk)
    stored = []
    services.finish(claim=claim, outcome=Done(store=lambda: stored.append(1)))
    assert stored == [1]
    assert services.advance(call_id=call.pk) == "transcribe"


def test_a_worker_that_counts_as_dead_is_replaced_and_its_late_result_dropped(fetch):
    late = services.claim(step_id=fetch.pk)
    expire(fetch)
    assert services.claim(step_id=fetch.pk)
    stored = []
    services.finish(claim=late, outcome=Done(store=lambda: stored.append(1)))
    assert stored == []
    assert step_of(fetch.call).state == "running"


def test_a_worker_that_is_alive_keeps_its_step(fetch):
    claim = services.claim(step_id=fetch.pk)
    expire(fetch)
    assert services.renew(claim)
    assert services.claim(step_id=fetch.pk) is None


def test_a_step_that_kills_every_worker_fails_in_the_end(fetch):
    for _ in range(pipeline.MAX_ATTEMPTS):
        assert services.claim(step_id=fetch.pk)
        expire(fetch)
    assert services.claim(step_id=fetch.pk) is None
    fetch.refresh_from_db()
    assert (fetch.state, fetch.reason) == ("failed", reasons.WORKER_DIED)


def test_a_failure_that_may_pass_is_tried_again_later(call, fetch):
    fail(services.claim(step_id=fetch.pk), retryable=True)
    fetch.refresh_from_db()
    assert (fetch.state, fetch.reason) == ("waiting", "timeout")
    wait = fetch.not_before - timezone.now()
    assert timedelta(seconds=4) < wait <= timedelta(seconds=5)
    assert services.advance(call_id=call.pk) is None


def test_the_vendors_own_wish_for_a_pause_is_heard(fetch):
    claim = services.claim(step_id=fetch.pk)
    outcome = Failed("429", retryable=True, retry_after=40.0)
    services.finish(claim=claim, outcome=outcome)
    fetch.refresh_from_db()
    assert fetch.not_before > timezone.now() + timedelta(seconds=35)


def test_attempts_end_and_the_rest_of_the_work_goes_on(call, fetch):
    for _ in range(pipeline.MAX_ATTEMPTS):
        fail(services.claim(step_id=fetch.pk), retryable=True)
        expire(fetch)
    assert step_of(call).state == "failed"
    assert services.advance(call_id=call.pk) == "transcribe"


def test_a_failure_that_stays_is_final_at_once(call, fetch):
    fail(services.claim(step_id=fetch.pk), retryable=False, reason="404")
    fetch.refresh_from_db()
    assert (fetch.state, fetch.reason) == ("failed", "404")
    assert fetch.message == "No answer."


def later(*, ready=False):
    return Later(reasons.WITH_VENDOR, 20.0, is_ready=lambda: ready)


def test_waiting_for_a_vendor_costs_no_attempts(fetch):
    for _ in range(pipeline.MAX_ATTEMPTS + 1):
        services.finish(claim=services.claim(step_id=fetch.pk), outcome=later())
        expire(fetch)
    fetch.refresh_from_db()
    assert (fetch.state, fetch.attempts) == ("running", 1)


def test_a_webhook_ends_the_waiting(call, fetch):
    services.finish(claim=services.claim(step_id=fetch.pk), outcome=later())
    assert services.claim(step_id=fetch.pk) is None
    services.wake(call_id=call.pk, name="fetch")
    assert services.claim(step_id=fetch.pk)


def test_a_webhook_that_was_faster_than_we_is_not_lost(fetch):
    services.finish(claim=services.claim(step_id=fetch.pk), outcome=later(ready=True))
    assert services.claim(step_id=fetch.pk)


def test_a_webhook_does_not_take_a_step_from_its_worker(call, fetch):
    services.claim(step_id=fetch.pk)
    services.wake(call_id=call.pk, name="fetch")
    assert services.claim(step_id=fetch.pk) is None


def finish_all(call):
    for name in pipeline.STEPS:
        services.advance(call_id=call.pk)
        claim = services.claim(step_id=step_of(call, name).pk)
        services.finish(claim=claim, outcome=Done())


def test_running_a_step_again_repeats_it_and_all_after_it(call, recording, sam):
    finish_all(call)
    assert states(call) == ["done"] * len(pipeline.STEPS)
    services.run_again(step=step_of(call, "measure"), by=sam)
    assert states(call) == ["done", "done", *["waiting"] * 4]
    assert services.advance(call_id=call.pk) == "measure"


def test_running_again_drops_what_a_worker_is_at(fetch, sam):
    claim = services.claim(step_id=fetch.pk)
    services.run_again(step=fetch, by=sam)
    services.finish(claim=claim, outcome=Done())
    fetch.refresh_from_db()
    assert (fetch.state, fetch.attempts) == ("waiting", 0)


def test_a_step_is_handed_over_once(fetch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as published:
        services.advance(call_id=fetch.call_id)
    assert published == []


def test_the_sweep_finds_only_calls_that_nobody_is_at(call, fetch):
    assert services.calls_to_advance() == []
    Step.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    assert services.calls_to_advance() == [call.pk]
    services.claim(step_id=fetch.pk)
    assert services.calls_to_advance() == []
    expire(fetch)
    assert services.calls_to_advance() == [call.pk]


def test_the_sweep_finds_ended_calls_that_were_never_begun(call):
    Call.objects.update(ended_at=timezone.now())
    assert services.calls_to_advance() == [call.pk]


@pytest.mark.usefixtures("no_broker")
def test_without_a_broker_the_sweep_brings_the_step(
    call, recording, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        services.advance(call_id=call.pk)
    assert step_of(call).queued_at is None
    assert services.calls_to_advance() == [call.pk]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_gets_the_step(fetch):
    barrier = threading.Barrier(2)
    claims = []

    def work():
        barrier.wait()
        claims.append(services.claim(step_id=fetch.pk))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claim is None for claim in claims) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_a_result_and_a_change_of_the_call_do_not_wait_for_each_other(call, fetch):
    claim = services.claim(step_id=fetch.pk)
    beside_a_change(call, lambda: services.finish(claim=claim, outcome=Done()))
    assert step_of(call).state == Step.State.DONE
    assert Call.objects.get().notes == "Cleo rang again."
