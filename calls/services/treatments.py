"""What is done with a caller: whether somebody is rung, and what happens when nobody comes."""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from calls import outcomes
from calls.addresses import public
from calls.events import publish
from calls.models import (
    Assistant,
    AssistantVersion,
    Call,
    CallbackRequest,
    CallEvent,
    Dial,
    Queue,
    Transfer,
    Voicemail,
)
from calls.models.routing import Fallback
from calls.services import callbacks, offers, routing
from calls.services.assistants import lead, ready_version
from calls.services.refusals import locked
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# How long Twilio may take to fetch a document that it was told to fetch.
DOCUMENT_PATIENCE: Final = timedelta(seconds=10)
_CALL_ME_BACK: Final = "1"


def begin(*, call: Call) -> None:
    """The call is up and nobody has it; in a transaction with the call locked."""
    line = call.line
    if call.trial and call.assistant is not None:
        lead(call=call, version=call.assistant, reason="answered")
    elif call.direction == Call.Direction.OUTBOUND:
        _begin_outbound(call)
    elif line is None:
        routing.start_waiting(call=call, queue=call.queue)
    elif line.opening_hours is None or line.opening_hours.is_open():
        _be_answered(call, line.answering_assistant, line.queue)
    else:
        # Nobody is rung, but the message is for somebody.
        call.queue = line.queue
        _treat(call, line.when_closed, reason="closed")


def overflow(*, call: Call) -> bool:
    """Nobody took it in time; whether Twilio is to fetch the document of a new state."""
    with transaction.atomic():
        call = locked(call.sid)
        now = timezone.now()
        if not Call.objects.overdue(now=now).filter(pk=call.pk).exists():
            return False
        if _waits_elsewhere(call):
            return False
        call.document_due_at = now + DOCUMENT_PATIENCE
        version = _fallback_version(call)
        if version is None:
            _treat(call, _last_resort(call), reason="overflow")
        else:
            call.save(update_fields=["document_due_at"])
            lead(call=call, version=version, reason="fallback")
    return True


def choose(*, sid: str, key: str) -> Call:
    """The caller was offered a callback and pressed this key, or none."""
    with transaction.atomic():
        call = locked(sid)
        if call.has_ended or call.treatment != Call.Treatment.CALLBACK:
            return call
        if key == _CALL_ME_BACK:
            callbacks.request(call=call)
            _treat(call, Call.Treatment.GOODBYE, reason="chosen")
        elif not key:
            _treat(call, Call.Treatment.VOICEMAIL, reason="chosen")
    return call


def finish_message(*, sid: str) -> Call:
    """The caller is done with speaking; where nothing came of it there is no second try."""
    with transaction.atomic():
        call = locked(sid)
        speaks = call.treatment == Call.Treatment.VOICEMAIL and not call.has_ended
        if speaks and not Voicemail.objects.filter(call=call).exists():
            _treat(call, Call.Treatment.GOODBYE, reason="chosen")
    return call


def owe_document(*, call: Call) -> None:
    """Twilio is being told to come for the document; it is told again if it does not."""
    call.document_due_at = timezone.now() + DOCUMENT_PATIENCE
    call.save(update_fields=["document_due_at"])


def settle_document(*, call: Call) -> None:
    """Twilio has come for the customer's document, or need not come any more."""
    if call.document_due_at is not None:
        call.document_due_at = None
        call.save(update_fields=["document_due_at"])


def redirect(*, call: Call) -> None:
    """Let Twilio fetch the call's document, since its state has changed; no row is locked here."""
    owe_document(call=call)
    try:
        telephone().redirect(call_sid=call.sid, url=public("voice"))
    except VendorError as error:
        logger.warning("call %s not redirected: %s", call.sid, error.code)


def outcome_of(call: Call) -> str:
    """How a call went that ends in this state; before its waiting is cleared."""
    passed_on = call.transfers.filter(state=Transfer.State.COMPLETED)
    return outcomes.outcome_of(
        call,
        outcomes.Facts(
            left_message=Voicemail.objects.filter(call=call).exists(),
            wants_callback=CallbackRequest.objects.filter(call=call).exists(),
            passed_on=passed_on.exists(),
        ),
    )


def _begin_outbound(call: Call) -> None:
    """Whom we called has answered, or their machine."""
    dial = Dial.objects.filter(call=call).first()
    wanted = None if dial is None else dial.assistant
    if dial is not None and wanted is not None and dial.refuses(call.answered_by):
        # It is hung up on within a second; nobody speaks to it until then.
        return
    _be_answered(call, wanted, call.queue)


def _be_answered(call: Call, assistant: Assistant | None, queue: Queue | None) -> None:
    """By the assistant, if it is one's turn and it is in use; else agents are rung."""
    version = ready_version(assistant)
    if version is None:
        routing.start_waiting(call=call, queue=queue)
        return
    call.queue = queue
    call.save(update_fields=["queue"])
    lead(call=call, version=version, reason="answered")


def _treat(call: Call, treatment: str, *, reason: str) -> None:
    """Nobody is rung any more; the call is locked."""
    if treatment == Fallback.CALLBACK and not callbacks.is_possible(call):
        treatment = Fallback.VOICEMAIL
    routing.stop_waiting(call=call)
    call.treatment = treatment
    call.save(update_fields=["treatment", "queue", "document_due_at"])
    publish(call=call, name="treatment.started", treatment=treatment, reason=reason)


def _waits_elsewhere(call: Call) -> bool:
    """On to the other queue, if it has one where the caller has not been; the call is locked."""
    queue = call.queue
    if queue is None or queue.fallback != Fallback.QUEUE:
        return False
    other = queue.fallback_queue
    if other is None or other.pk in _visited(call):
        return False
    offers.withdraw(call=call)
    routing.start_waiting(call=call, queue=other)
    return True


def _fallback_version(call: Call) -> AssistantVersion | None:
    """The queue's assistant, unless one has led the call before and gave it away."""
    queue = call.queue
    if queue is None or queue.fallback != Fallback.ASSISTANT or call.assistant_id:
        return None
    return ready_version(queue.fallback_assistant)


def _last_resort(call: Call) -> str:
    """What is done when nobody is left to be rung."""
    if call.direction == Call.Direction.OUTBOUND:
        # Whom we have called is not asked to leave a message.
        return Fallback.GOODBYE
    queue = call.queue
    if queue is None or queue.fallback in (Fallback.QUEUE, Fallback.ASSISTANT):
        return Fallback.VOICEMAIL
    return queue.fallback


def _visited(call: Call) -> set[int]:
    """The queues in which the caller has waited since anybody last talked to them."""
    visited: set[int] = set()
    told = CallEvent.objects.filter(
        call=call, name__in=("call.queued", "call.accepted")
    ).order_by("number")
    for event in told:
        if event.name == "call.accepted":
            visited.clear()
        elif event.data["queue"] is not None:
            visited.add(event.data["queue"]["id"])
    return visited
