"""A call from its first mention to its end, as Twilio reports it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from calls import status as call_status
from calls.events import publish
from calls.models import Call, Leg, Line, Recording, WebhookDelivery
from calls.services import (
    callbacks,
    offers,
    presence,
    states,
    transfer_reports,
    treatments,
)
from calls.services.customers import customer_of
from calls.services.refusals import locked
from calls.services.streams import STREAM_PATIENCE
from calls.signals import call_ended, recording_settled

# The assistant's stream comes after the announcement, which must not be cut short.
_LONGEST_ANNOUNCEMENT: Final = timedelta(seconds=90)


def register_call(
    *, sid: str, from_number: str, to_number: str, direction: str = "inbound"
) -> Call:
    """The call of this SID, made at the first mention, with its line and its customer."""
    is_inbound = direction == Call.Direction.INBOUND
    ours, theirs = (to_number, from_number) if is_inbound else (from_number, to_number)
    with transaction.atomic():
        defaults: dict[str, Any] = {
            "direction": direction,
            "from_number": from_number,
            "to_number": to_number,
            "created_at": timezone.now(),
            "status": call_status.RINGING,
            # Looked for only when the call is new.
            "line": lambda: Line.objects.filter(number=ours).first(),
            "customer": lambda: customer_of(theirs),
        }
        call, made = Call.objects.get_or_create(sid=sid, defaults=defaults)
        if made:
            Leg.objects.create(call=call, sid=sid, kind=Leg.Kind.CUSTOMER)
            publish(call=call, name="call.created", **introduction(call))
    return call


def introduction(call: Call) -> dict[str, Any]:
    """What `call.created` says of a call."""
    customer = call.customer
    return {
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "line": "" if call.line is None else call.line.name,
        "customer": None
        if customer is None
        else {"id": customer.pk, "name": customer.name, "number": customer.number},
    }


def answer_call(*, call: Call) -> Call:
    """Twilio is about to carry out our document: the call is up, and its clock starts."""
    with transaction.atomic():
        call = locked(call.sid)
        if call.answered_at is None and not call.has_ended:
            call.answered_at = timezone.now()
            call.stream_due_at = call.answered_at + STREAM_PATIENCE
            call.save(update_fields=["answered_at", "stream_due_at"])
            _move(call, call_status.IN_PROGRESS, call.answered_at)
            if call.agent is None:
                treatments.begin(call=call)
            if call.is_led:
                call.stream_due_at += _LONGEST_ANNOUNCEMENT
                call.save(update_fields=["stream_due_at"])
    return call


def record_status(*, call: Call, status: str, at: datetime | None = None) -> Call:
    """Move the call to a reported status, never backwards; the end is told once.

    `at` is when it came to that, if that is not now.
    """
    with transaction.atomic():
        call = locked(call.sid)
        _move(call, status, at or timezone.now())
    return call


def record_recording(*, call: Call, payload: dict[str, str]) -> Recording:
    """Twilio's word on a recording; completed and absent are final."""
    with transaction.atomic():
        recording, _made = Recording.objects.select_for_update(
            no_key=True
        ).get_or_create(
            sid=payload["RecordingSid"],
            defaults={
                "call": call,
                "status": Recording.Status.IN_PROGRESS,
                "channel_map": call.channel_map,
            },
        )
        reported = payload.get("RecordingStatus", "")
        settled = {Recording.Status.COMPLETED, Recording.Status.ABSENT}
        if recording.status not in settled and reported in settled:
            recording.status = reported
            recording.url = payload.get("RecordingUrl", "")
            recording.channels = int(payload.get("RecordingChannels") or 0)
            recording.duration = float(payload.get("RecordingDuration") or 0)
            recording.save()
            recording_settled.send(sender=Recording, recording=recording)
    return recording


def store_webhook(
    *, kind: str, key: str, payload: dict[str, Any], call: Call | None
) -> bool:
    """Keep a vendor's message; False if this very message was here before."""
    _delivery, new = WebhookDelivery.objects.get_or_create(
        kind=kind, key=key, defaults={"payload": payload, "call": call}
    )
    return new


def _move(call: Call, reported: str, at: datetime) -> None:
    moved_to = call_status.later(call.status, reported)
    if moved_to == call.status:
        return
    call.status = moved_to
    if call.has_ended:
        _close(call, at)
        return
    call.save(update_fields=["status"])
    publish(call=call, name="call.status", status=call.status)


def _close(call: Call, at: datetime) -> None:
    at = max(at, call.answered_at or at)
    agent = call.agent
    states.end(call, states.ALL)
    transfer_reports.call_over(call=call)
    call.outcome = treatments.outcome_of(call)
    call.ended_at = at
    call.agent_joined_at = call.agent_gone_at = None
    call.waiting_since = call.reserved_for = None
    call.save()
    # Of the others the conference tells; who stays in is sent away.
    call.legs.filter(kind=Leg.Kind.CUSTOMER, left_at=None).update(left_at=at)
    offers.withdraw(call=call)
    callbacks.settle(call=call)
    if agent is not None:
        presence.end_call(agent=agent, call=call)
    publish(
        call=call,
        name="call.ended",
        moment=at,
        status=call.status,
        duration=call.duration,
        outcome=call.outcome,
    )
    call_ended.send(sender=Call, call=call)
