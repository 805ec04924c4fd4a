"""The work after a call in the background: a task does one step, and asks what is next."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from celery import shared_task
from django.utils import timezone

from analytics import (
    documents,
    foreign,
    lease,
    occupancy,
    pipeline,
    reasons,
    services,
)
from analytics.outcome import Failed, Outcome
from analytics.work import fetch, follow_up, judge, measure, redact, transcribe
from calls.models import Call
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

WORK: Final[Mapping[str, Callable[[Call], Outcome]]] = {
    pipeline.FETCH: fetch.run,
    pipeline.TRANSCRIBE: transcribe.run,
    pipeline.MEASURE: measure.run,
    pipeline.REDACT: redact.run,
    pipeline.JUDGE: judge.run,
    pipeline.FOLLOW_UP: follow_up.run,
}


@shared_task
def run_step(step_id: int) -> None:
    """Do one step, if it is still to do and nobody else does it."""
    claim = services.claim(step_id=step_id)
    if claim is None:
        return
    # A fault of ours is raised for the log, and shows on the call's page too.
    outcome: Outcome = Failed(reasons.UNEXPECTED, retryable=True)
    try:
        with lease.kept(partial(services.renew, claim)):
            outcome = _attempt(claim)
    finally:
        services.finish(claim=claim, outcome=outcome)


@shared_task
def sweep() -> None:
    """Bring back what got lost on the way: killed workers, a broker that was away."""
    for call_id in services.calls_to_advance():
        services.advance(call_id=call_id)
    for row_id in foreign.to_enqueue():
        foreign.enqueue(row_id=row_id)


@shared_task
def keep_documents() -> None:
    """Calls are found and counted by what is known of them now."""
    documents.refresh()


@shared_task
def keep_occupancy() -> None:
    """Agents' days are counted up to now."""
    occupancy.keep(now=timezone.now())


@shared_task
def transcribe_foreign(row_id: int) -> None:
    """Go on with somebody else's recording, if there is something to do and nobody does it."""
    claim = foreign.claim(row_id=row_id)
    if claim is None:
        return
    done = False
    try:
        with lease.kept(partial(foreign.renew, claim)):
            foreign.work(claim=claim)
        done = True
    finally:
        if not done:
            foreign.interrupt(claim=claim)


def _attempt(claim: services.Claim) -> Outcome:
    call = Call.objects.get(pk=claim.call_id)
    try:
        return WORK[claim.name](call)
    except VendorError as error:
        logger.warning(
            "step %s of call %s: %s %s", claim.name, call.sid, error.vendor, error.code
        )
        return Failed(error.code, error.message, error.retryable, error.retry_after)
