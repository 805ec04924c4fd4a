"""The verbs of the work after a call: what is next, who does it, what became of it."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from django.db import models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from analytics import documents, facts, metrics, pipeline, reasons
from analytics.models import Measures, Step
from analytics.outcome import Done, Failed, Later, Outcome
from calls.events import publish
from calls.models import Call, Recording, User

logger = logging.getLogger(__name__)

# A worker renews this while it works; when it has run out the worker counts as dead.
LEASE: Final = timedelta(seconds=60)
# A task that was put in the queue is not put there again for so long.
_QUEUED_FOR: Final = timedelta(seconds=60)
_NEVER_BEGUN: Final = timedelta(days=2)
_TASK: Final = "analytics.tasks.run_step"
# Publishing happens in requests too: a hung broker must not hang them.
_BROKER_PATIENCE: Final = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "max_retries": 0,
}
_SETTLED: Final = (Recording.Status.COMPLETED, Recording.Status.ABSENT)


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that belongs to one worker for as long as it keeps the lease."""

    step_id: int
    call_id: int
    name: str
    number: int


def advance(*, call_id: int) -> str | None:
    """Put the call's next step in the queue, if there is one; its name. Safe to repeat."""
    with transaction.atomic():
        call = Call.objects.filter(pk=call_id).first()
        if call is None or call.ended_at is None:
            return None
        Step.objects.bulk_create(
            [Step(call=call, name=name) for name in pipeline.STEPS],
            ignore_conflicts=True,
        )
        name = pipeline.next_step(call_state(call))
        if name is not None:
            _enqueue(Step.objects.get(call=call, name=name))
    return name


def call_state(call: Call) -> pipeline.CallState:
    """The facts that decide what is next."""
    return pipeline.CallState(
        now=timezone.now().timestamp(),
        ended_at=_seconds(call.ended_at),
        answered=call.answered_at is not None,
        recording_settled=_recording_is_settled(call),
        steps={
            step.name: pipeline.StepState(step.state, _seconds(step.not_before))
            for step in call.steps.all()
        },
    )


def claim(*, step_id: int) -> Claim | None:
    """Take a step that is due and next in its call; None if it is not, or somebody has it."""
    with transaction.atomic():
        step = _lock(step_id)
        if step is None or pipeline.next_step(call_state(step.call)) != step.name:
            return None
        now = timezone.now()
        began_anew = step.reason != reasons.WITH_VENDOR
        if began_anew and step.attempts >= pipeline.MAX_ATTEMPTS:
            _settle(step, Step.State.FAILED, reasons.WORKER_DIED)
            transaction.on_commit(lambda: advance(call_id=step.call_id))
            return None
        step.attempts += began_anew
        step.claim += 1
        step.queued_at = None
        step.not_before = now + LEASE
        if began_anew:
            step.started_at = now
            step.finished_at = None
            step.reason = step.message = ""
            _move(step, Step.State.RUNNING)
        step.save()
    return Claim(step.pk, step.call_id, step.name, step.claim)


def renew(claim: Claim) -> bool:
    """Keep the step for another lease; False if it belongs to somebody else by now."""
    mine = Step.objects.filter(
        pk=claim.step_id, claim=claim.number, state=Step.State.RUNNING
    )
    return bool(mine.update(not_before=timezone.now() + LEASE))


def finish(*, claim: Claim, outcome: Outcome) -> None:
    """Store what became of the step, unless somebody else has it by now; go on with the call."""
    with transaction.atomic():
        step = _lock(claim.step_id)
        if step is None or step.claim != claim.number:
            logger.warning("step %s came too late and is dropped", claim.step_id)
            return
        match outcome:
            case Done():
                outcome.store()
                documents.touch(step.call)
                _settle(step, Step.State.DONE, outcome.reason)
            case Later():
                step.reason, step.message = outcome.reason, outcome.message[:300]
                pause = 0.0 if outcome.is_ready() else outcome.seconds
                step.not_before = timezone.now() + timedelta(seconds=pause)
            case Failed():
                outcome.store()
                _fail(step, outcome)
        step.save()
        transaction.on_commit(lambda: advance(call_id=step.call_id))


def wake(*, call_id: int, name: str) -> None:
    """A vendor has finished its part: look at once instead of at the next round."""
    waiting = Step.objects.filter(
        call_id=call_id, name=name, reason=reasons.WITH_VENDOR, state=Step.State.RUNNING
    )
    if waiting.update(not_before=timezone.now(), queued_at=None):
        advance(call_id=call_id)


def note_wrap_up(*, call: Call) -> None:
    """The agent has gone on: what was measured before gets the two figures it could not have."""
    with transaction.atomic():
        measures = (
            Measures.objects.select_for_update(no_key=True)
            .filter(call=call, current=True)
            .first()
        )
        seconds = facts.wrap_up(call)
        if measures is None or seconds is None:
            return
        measures.result = metrics.with_wrap_up(measures.result, seconds)
        measures.save(update_fields=["result"])


def run_again(*, step: Step, by: User) -> Step:
    """Do this step and all that build on it once more, with all attempts."""
    logger.info("step %s of call %s again by user %s", step.name, step.call_id, by.pk)
    with transaction.atomic():
        Call.objects.select_for_update(no_key=True).get(pk=step.call_id)
        later = Step.objects.filter(
            call_id=step.call_id, name__in=pipeline.steps_from(step.name)
        )
        for each in (
            later.in_order().select_for_update(no_key=True).select_related("call")
        ):
            each.attempts = 0
            each.claim += 1
            each.started_at = each.finished_at = None
            each.not_before = each.queued_at = None
            each.reason = each.message = ""
            _move(each, Step.State.WAITING)
            each.save()
        transaction.on_commit(lambda: advance(call_id=step.call_id))
    step.refresh_from_db()
    return step


def calls_to_advance(*, limit: int = 1000) -> list[int]:
    """Calls with work that nobody is at or has in the queue, and ended calls never begun."""
    now = timezone.now()
    busy = Step.objects.unfinished().filter(
        models.Q(not_before__gt=now) | models.Q(queued_at__gt=now - _QUEUED_FOR),
        call=models.OuterRef("call"),
    )
    due = Step.objects.unfinished().exclude(models.Exists(busy)).order_by("call")
    begun = Step.objects.filter(call=models.OuterRef("pk"))
    never = Call.objects.filter(
        ~models.Exists(begun), ended_at__gt=now - _NEVER_BEGUN
    ).order_by("pk")
    return [
        *due.values_list("call", flat=True).distinct()[:limit],
        *never.values_list("pk", flat=True)[:limit],
    ]


def _lock(step_id: int) -> Step | None:
    """The step, and before it its call: its rows are changed in this order everywhere.

    Storing a result touches the call's document, and so does whoever changes the call
    meanwhile, with the call in hand: one would wait for the other for ever.
    """
    calls = Call.objects.select_for_update(no_key=True, of=("self",))
    call = calls.filter(steps=step_id).first()
    steps = Step.objects.select_for_update(no_key=True)
    step = steps.filter(pk=step_id).first()
    if call is not None and step is not None:
        step.call = call
    return step


def _enqueue(step: Step) -> None:
    """Hand the step to a worker, unless it was handed over a moment ago."""
    now = timezone.now()
    fresh = Step.objects.filter(pk=step.pk).filter(
        models.Q(queued_at=None) | models.Q(queued_at__lt=now - _QUEUED_FOR)
    )
    if fresh.update(queued_at=now):
        transaction.on_commit(lambda: _publish(step.pk))


def _publish(step_id: int) -> None:
    """By name, since tasks are above services. What is lost here the sweep brings again."""
    if not send_task(name=_TASK, row_id=step_id):
        Step.objects.filter(pk=step_id).update(queued_at=None)


def send_task(*, name: str, row_id: int) -> bool:
    """Put a task on a row in the queue; False if the broker is away."""
    try:
        with current_app.connection_for_write(
            transport_options=_BROKER_PATIENCE
        ) as connection:
            current_app.send_task(
                name, args=[row_id], connection=connection, retry=False
            )
    except (OperationalError, OSError):
        logger.warning("%s of %s not queued: the broker is away", name, row_id)
        return False
    return True


def _fail(step: Step, outcome: Failed) -> None:
    pause = pipeline.backoff(step.attempts) if outcome.retryable else None
    if pause is None:
        _settle(step, Step.State.FAILED, outcome.reason, outcome.message)
        return
    pause = max(pause, outcome.retry_after or 0.0)
    step.not_before = timezone.now() + timedelta(seconds=pause)
    step.reason, step.message = outcome.reason, outcome.message[:300]
    _move(step, Step.State.WAITING)


def _settle(step: Step, state: str, reason: str, message: str = "") -> None:
    step.finished_at = timezone.now()
    step.not_before = step.queued_at = None
    step.reason, step.message = reason, message[:300]
    _move(step, state)
    step.save()


def _move(step: Step, state: str) -> None:
    """Change the state and tell every screen; the caller saves."""
    step.state = state
    publish(
        call=step.call,
        name="step.changed",
        step=step.name,
        state=state,
        reason=step.reason,
    )


def _recording_is_settled(call: Call) -> bool:
    statuses = set(call.recordings.values_list("status", flat=True))
    return bool(statuses) and statuses <= set(_SETTLED)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
