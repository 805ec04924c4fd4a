"""Who is in a call's conference, as Twilio reports it."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, Leg, User, WebhookDelivery
from calls.services.refusals import Refused, locked, refuse_if_ended


def join_agent_leg(*, sid: str, leg_sid: str, agent: User) -> Call:
    """An agent's telephone asks for its document: it may enter only a call that is this agent's."""
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        if call.agent_id != agent.pk:
            raise Refused("not_yours", _("This call belongs to somebody else."))
        Leg.objects.get_or_create(
            sid=leg_sid, defaults={"call": call, "kind": Leg.Kind.AGENT, "user": agent}
        )
    return call


def record_conference_event(*, payload: dict[str, str]) -> None:
    """Joining, leaving and holding, as the conference reports them."""
    handler = {
        "participant-join": _participant_joined,
        "participant-leave": _participant_left,
        "participant-hold": _held,
        "participant-unhold": _resumed,
    }.get(payload.get("StatusCallbackEvent", ""))
    leg = (
        Leg.objects.select_related("call")
        .filter(sid=payload.get("CallSid", ""))
        .first()
    )
    if handler is None or leg is None:
        return
    with transaction.atomic():
        call = locked(leg.call.sid)
        if not call.has_ended and not _is_superseded(call, payload):
            call.conference_sid = payload.get("ConferenceSid", "")
            call.save(update_fields=["conference_sid"])
            handler(call, leg, _moment(payload))


_OPPOSITES: Final = {
    "participant-join": "participant-leave",
    "participant-leave": "participant-join",
    "participant-hold": "participant-unhold",
    "participant-unhold": "participant-hold",
}


def _is_superseded(call: Call, payload: dict[str, str]) -> bool:
    """Whether this participant has done the opposite since: a report may be overtaken."""
    opposite = _OPPOSITES[payload["StatusCallbackEvent"]]
    known = WebhookDelivery.objects.filter(
        call=call,
        kind="conference-status",
        payload__ConferenceSid=payload.get("ConferenceSid"),
        payload__CallSid=payload.get("CallSid"),
        payload__StatusCallbackEvent=opposite,
    )
    number = _sequence(payload)
    return any(
        _sequence(other) > number for other in known.values_list("payload", flat=True)
    )


def _sequence(payload: dict[str, str]) -> int:
    text = payload.get("SequenceNumber", "")
    return int(text) if text.isdecimal() else 0


def _moment(payload: dict[str, str]) -> datetime:
    """When it happened: now, but no later than the end of the second that Twilio names."""
    now = timezone.now()
    try:
        second = parsedate_to_datetime(payload["Timestamp"])
    except (KeyError, ValueError):
        return now
    return min(now, second + timedelta(seconds=1)) if second <= now else now


def _participant_joined(call: Call, leg: Leg, now: datetime) -> None:
    leg.joined_at, leg.left_at = now, None
    leg.save(update_fields=["joined_at", "left_at"])
    if leg.kind == Leg.Kind.AGENT and call.agent_id == leg.user_id:
        call.agent_gone_at = None
        call.save(update_fields=["agent_gone_at"])
    # They talk when both are in: an agent may be there while the greeting still plays.
    both = _is_in(call, Leg.Kind.CUSTOMER) and _is_in(call, Leg.Kind.AGENT)
    if both and call.agent_joined_at is None:
        call.agent_joined_at = now
        call.save(update_fields=["agent_joined_at"])
        publish(call=call, name="agent.joined", moment=now)


def _is_in(call: Call, kind: Leg.Kind) -> bool:
    """Whether somebody of this kind is in the call's conference now."""
    legs = call.legs.filter(kind=kind, joined_at__isnull=False, left_at=None)
    if kind == Leg.Kind.AGENT:
        legs = legs.filter(user=call.agent)
    return legs.exists()


def _participant_left(call: Call, leg: Leg, now: datetime) -> None:
    leg.left_at = now
    leg.save(update_fields=["left_at"])
    if call.agent is None or _is_in(call, Leg.Kind.AGENT):
        return
    if leg.kind != Leg.Kind.AGENT or leg.user_id != call.agent_id:
        return
    call.agent_gone_at = now
    was_connected, call.agent_joined_at = call.agent_joined_at, None
    call.save(update_fields=["agent_joined_at", "agent_gone_at"])
    if was_connected is not None:
        publish(call=call, name="agent.left", moment=now)


def _held(call: Call, leg: Leg, now: datetime) -> None:
    if leg.kind == Leg.Kind.CUSTOMER and call.held_at is None:
        call.held_at = now
        call.save(update_fields=["held_at"])
        publish(call=call, name="hold.started", moment=now)


def _resumed(call: Call, leg: Leg, now: datetime) -> None:
    if leg.kind == Leg.Kind.CUSTOMER and call.held_at is not None:
        call.held_at = None
        call.save(update_fields=["held_at"])
        publish(call=call, name="hold.ended", moment=now)
