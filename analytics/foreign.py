"""The words of other people's recordings: asked for once for each address, whoever asks and however often.

A row says how far it has come. A worker holds it by a lease, as it holds the steps after
a call; whoever finds the lease run out goes on where the last one stopped.
"""

import hashlib
import logging
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from analytics import clients, hiding, pipeline, reasons, spoken
from analytics.models import ForeignTranscript, Step
from analytics.services import LEASE, send_task
from calls import discretion
from vendors import foreign
from vendors.assemblyai import recordings
from vendors.assemblyai.transcript import Transcript as Answer
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# A failure stands for so long; whoever asks later has it tried again.
RETRY_AFTER: Final = timedelta(minutes=10)
_MAX_ATTEMPTS: Final = 3
_BACKOFF: Final = timedelta(seconds=5)
_QUEUED_FOR: Final = timedelta(seconds=60)
# Short recordings are waited for; a long one leaves the worker to others meanwhile.
_WAIT_FOR: Final = 20.0
_LOOK_EVERY: Final = 0.5
_ASK_AGAIN: Final = timedelta(seconds=10)
_PATIENCE: Final = timedelta(hours=3)
_TASK: Final = "analytics.tasks.transcribe_foreign"


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that belongs to one worker for as long as it keeps the lease."""

    row_id: int
    number: int


def policy() -> foreign.Policy:
    """What may be fetched, as the settings say."""
    return foreign.Policy(
        hosts=frozenset(settings.FOREIGN_ALLOWED_HOSTS),
        ports=frozenset(settings.FOREIGN_ALLOWED_PORTS),
    )


def ask(*, url: str) -> ForeignTranscript:
    """The row of this address, put to work if it is new or failed long ago.

    Raises VendorError for an address that is never asked (`vendors.foreign.check`).
    """
    target = foreign.check(url, policy())
    now = timezone.now()
    digest = hashlib.sha256(target.url.encode()).hexdigest()
    with transaction.atomic():
        row, _new = ForeignTranscript.objects.select_for_update(
            no_key=True
        ).get_or_create(digest=digest, defaults={"url": target.url, "asked_at": now})
        if row.state == Step.State.FAILED and _is_old(row):
            row.state, row.attempts = Step.State.WAITING, 0
            row.reason = row.message = row.vendor_id = ""
            row.asked_at, row.finished_at = now, None
            row.not_before = row.queued_at = row.ordered_at = None
            row.save()
        enqueue(row_id=row.pk)
    return row


def enqueue(*, row_id: int) -> None:
    """Hand it to a worker if it is due, unless that was done a moment ago. Safe to repeat."""
    now = timezone.now()
    due = ForeignTranscript.objects.due(by=now).filter(pk=row_id)
    fresh = due.filter(
        models.Q(queued_at=None) | models.Q(queued_at__lt=now - _QUEUED_FOR)
    )
    if fresh.update(queued_at=now):
        transaction.on_commit(lambda: _publish(row_id))


def to_enqueue(*, limit: int = 1000) -> list[int]:
    """What got lost on the way, and what is to be looked at again."""
    due = ForeignTranscript.objects.due(by=timezone.now()).order_by("pk")
    return list(due.values_list("pk", flat=True)[:limit])


def claim(*, row_id: int) -> Claim | None:
    """Take what is due; None if it is not, or somebody has it."""
    now = timezone.now()
    with transaction.atomic():
        due = ForeignTranscript.objects.due(by=now).select_for_update(no_key=True)
        row = due.filter(pk=row_id).first()
        if row is None:
            return None
        if not row.vendor_id:
            if row.attempts >= _MAX_ATTEMPTS:
                _settle(row, Step.State.FAILED, reasons.WORKER_DIED)
                return None
            row.attempts += 1
        row.claim += 1
        row.state = Step.State.RUNNING
        row.not_before, row.queued_at = now + LEASE, None
        row.save()
    return Claim(row.pk, row.claim)


def renew(claim: Claim) -> bool:
    """Keep it for another lease; False if it belongs to somebody else by now."""
    return bool(_mine(claim).update(not_before=timezone.now() + LEASE))


def work(*, claim: Claim) -> None:
    """Go on where it stands: fetch and order, or see what has become of the order."""
    row = ForeignTranscript.objects.get(pk=claim.row_id)
    try:
        if not row.vendor_id:
            row.vendor_id = _ordered(row.url)
            row.ordered_at = timezone.now()
            # At once: what is ordered twice is paid twice.
            _mine(claim).update(vendor_id=row.vendor_id, ordered_at=row.ordered_at)
        answer = _awaited(row.vendor_id)
    except VendorError as error:
        logger.warning("foreign %s: %s %s", row.pk, error.vendor, error.code)
        fail(claim=claim, error=error)
        return
    finish(claim=claim, answer=answer)


def finish(*, claim: Claim, answer: Answer) -> None:
    """Store what the vendor says, unless somebody else has the row by now."""
    with transaction.atomic():
        row = _mine(claim).select_for_update(no_key=True).first()
        if row is None:
            return
        if not answer.is_finished:
            _look_later(row)
        elif answer.status == "error" and not answer.is_silent:
            _settle(row, Step.State.FAILED, reasons.VENDOR_REFUSED, answer.error)
        else:
            # A silent recording has no words, which is an answer too.
            row.text, row.language = _text(answer), answer.language[:16]
            _settle(row, Step.State.DONE)


def fail(*, claim: Claim, error: VendorError) -> None:
    """Store why it did not work, and whether it is tried again by itself."""
    with transaction.atomic():
        row = _mine(claim).select_for_update(no_key=True).first()
        if row is None:
            return
        again = error.retryable and row.attempts < _MAX_ATTEMPTS
        if again or (error.retryable and row.vendor_id and not _is_overdue(row)):
            row.state = Step.State.WAITING
            row.reason, row.message = error.code[:40], error.message[:300]
            row.not_before = timezone.now() + _BACKOFF * max(1, row.attempts)
            row.save()
        else:
            _settle(row, Step.State.FAILED, error.code, error.message)


def interrupt(*, claim: Claim) -> None:
    """A fault of ours: the log has the details, and the row a reason."""
    error = VendorError(
        vendor="foreign", code=reasons.UNEXPECTED, message="", retryable=False
    )
    fail(claim=claim, error=error)


def _mine(claim: Claim) -> models.QuerySet[ForeignTranscript]:
    return ForeignTranscript.objects.filter(
        pk=claim.row_id, claim=claim.number, state=pipeline.RUNNING
    )


def _ordered(url: str) -> str:
    """Fetch the sound and hand it to the vendor, never its address; the order's id."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        with path.open("wb") as file:
            foreign.fetch(url, policy=policy(), into=file)
        return recordings.submit(
            clients.assemblyai_config(), path=path, multichannel=False
        )


def _awaited(vendor_id: str) -> Answer:
    until = time.monotonic() + _WAIT_FOR
    while True:
        answer = recordings.fetch(clients.assemblyai_config(), vendor_id)
        if answer.is_finished or time.monotonic() > until:
            return answer
        time.sleep(_LOOK_EVERY)


def _text(answer: Answer) -> str:
    """The words as they may be shown; the recording is its owner's, and not kept here."""
    policies = discretion.policies()
    if not policies or not answer.utterances:
        return discretion.shown(answer.text)
    said = [
        spoken.Said(each.speaker, each.start, each.end, each.text, spoken.moved(each))
        for each in answer.utterances
    ]
    named = [
        hiding.Named(each.kind, each.text, each.start, each.end)
        for each in answer.entities
    ]
    covered = hiding.cover(said, named, policies, mixed=True)
    text = answer.text
    if any(each.original is not None for each in covered):
        text = " ".join(each.said.text for each in covered)
    # A number that the vendor divided between two voices is none of either.
    return discretion.shown(text)


def _look_later(row: ForeignTranscript) -> None:
    if _is_overdue(row):
        _settle(row, Step.State.FAILED, reasons.TOO_LONG)
        return
    row.reason = reasons.WITH_VENDOR
    row.not_before = timezone.now() + _ASK_AGAIN
    row.save()


def _is_overdue(row: ForeignTranscript) -> bool:
    return row.ordered_at is not None and timezone.now() - row.ordered_at > _PATIENCE


def _is_old(row: ForeignTranscript) -> bool:
    return row.finished_at is None or timezone.now() - row.finished_at > RETRY_AFTER


def _settle(
    row: ForeignTranscript, state: str, reason: str = "", message: str = ""
) -> None:
    row.state = state
    row.reason, row.message = reason[:40], message[:300]
    row.finished_at = timezone.now()
    row.not_before = row.queued_at = None
    row.save()


def _publish(row_id: int) -> None:
    """By name, since tasks are above services. What is lost here the sweep brings again."""
    if not send_task(name=_TASK, row_id=row_id):
        ForeignTranscript.objects.filter(pk=row_id).update(queued_at=None)
