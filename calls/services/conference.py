"""Who is in a call's conference, as Twilio reports it, in whatever order the reports come.

A report that was overtaken changes no state that later ones have settled; it is told
late, and what followed it is told again, so that the events in the order of their
moments are the history as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, Leg, User, WebhookDelivery
from calls.services import transfers
from calls.services.refusals import Refused, locked, refuse_if_ended

KIND: Final = "conference-status"

# What begins (True) or ends something about a participant; leaving ends everything.
_STORIES: Final = {
    "stay": {"participant-join": True, "participant-leave": False},
    "hold": {
        "participant-hold": True,
        "participant-unhold": False,
        "participant-leave": False,
    },
    "mute": {
        "participant-mute": True,
        "participant-unmute": False,
        "participant-leave": False,
    },
}


@dataclass(frozen=True, slots=True)
class _Report:
    """Something began (`on`) or ended for one participant."""

    key: str
    on: bool
    at: datetime


def join_agent_leg(*, sid: str, leg_sid: str, agent: User) -> Call:
    """An agent's telephone asks for its document: it may enter its own call, or one it is invited to."""
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        if call.agent_id != agent.pk and not transfers.is_invited(call, agent):
            raise Refused("not_yours", _("This call belongs to somebody else."))
        Leg.objects.get_or_create(
            sid=leg_sid, defaults={"call": call, "kind": Leg.Kind.AGENT, "user": agent}
        )
    return call


def lock_call_of(payload: dict[str, str]) -> Call | None:
    """The call that a report is about, locked; in a transaction.

    To be locked before the report is stored: its row refers to the call's, and two
    reports at once would wait for each other.
    """
    leg = Leg.objects.filter(sid=payload.get("CallSid", "")).first()
    if leg is None:
        return None
    return Call.objects.select_for_update().get(pk=leg.call_id)


def record_conference_event(*, call: Call, key: str, payload: dict[str, str]) -> None:
    """Joining, leaving, holding and muting; the report is stored under `key`, the call locked."""
    event = payload.get("StatusCallbackEvent", "")
    leg = call.legs.filter(sid=payload.get("CallSid", "")).first()
    if leg is None:
        return
    if event == "participant-join" or not call.conference_sid:
        call.conference_sid = _newest_conference(call)
        call.save(update_fields=["conference_sid"])
    tellers: dict[str, Callable[[Call, Leg, list[_Report], int], None]] = {
        "hold": _held,
        "mute": _muted,
        "stay": _came_or_went,
    }
    for what, tell in tellers.items():
        if event in _STORIES[what]:
            known = _reports(call, leg, _STORIES[what])
            this = next(n for n, one in enumerate(known) if one.key == key)
            tell(call, leg, known, this)


def _reports(call: Call, leg: Leg, names: dict[str, bool]) -> list[_Report]:
    """All reports of these names on this participant, in the order of what happened."""
    stored = WebhookDelivery.objects.filter(
        call=call,
        kind=KIND,
        payload__CallSid=leg.sid,
        payload__StatusCallbackEvent__in=list(names),
    )
    return [
        _Report(one.key, names[one.payload["StatusCallbackEvent"]], _moment(one))
        for one in sorted(stored, key=_order)
    ]


def _newest_conference(call: Call) -> str:
    """The call's conference: a new one begins when everybody has left the last."""
    stored = WebhookDelivery.objects.filter(call=call, kind=KIND)
    newest = max(stored, key=_order)
    return str(newest.payload.get("ConferenceSid", ""))


def _order(report: WebhookDelivery) -> tuple[float, int]:
    """Twilio numbers what happens in one conference; of two, the seconds must tell."""
    second = _second(report.payload)
    text = report.payload.get("SequenceNumber", "")
    number = int(text) if text.isdecimal() else 0
    return (second.timestamp() if second else 0.0, number)


def _second(payload: dict[str, Any]) -> datetime | None:
    try:
        return parsedate_to_datetime(payload["Timestamp"])
    except (KeyError, ValueError):
        return None


def _moment(report: WebhookDelivery) -> datetime:
    """When it happened: as it came in, but no later than the end of the second that Twilio names."""
    second = _second(report.payload)
    came: datetime = report.received_at
    if second is None or second > came:
        return came
    return min(came, second + timedelta(seconds=1))


def _came_or_went(call: Call, leg: Leg, known: list[_Report], this: int) -> None:
    report, last = known[this], known[-1]
    leg.joined_at = max((one.at for one in known if one.on), default=None)
    leg.left_at = None if last.on else last.at
    leg.save(update_fields=["joined_at", "left_at"])
    if report is not last:
        if report.on and not last.on:
            _tell_of_stay(call, leg, report.at, last.at)
    elif report.on:
        _joined(call, leg)
    else:
        _left(call, leg, report.at)


def _joined(call: Call, leg: Leg) -> None:
    if leg.kind == Leg.Kind.AGENT and leg.user_id == call.agent_id:
        call.agent_gone_at = None
    # They talk when both are in: an agent may be there while the greeting still plays.
    since = _together_since(call, call.agent_id)
    if since is not None and call.agent_joined_at is None and not call.has_ended:
        call.agent_joined_at = since
    call.save(update_fields=["agent_gone_at", "agent_joined_at"])
    anybody = _together_since(call)
    if anybody is not None and not _is_told_connected(call):
        publish(call=call, name="agent.joined", moment=anybody)
    transfers.leg_joined(call=call, leg=leg)


def _left(call: Call, leg: Leg, at: datetime) -> None:
    if leg.kind == Leg.Kind.AGENT and not call.has_ended:
        _agent_left(call, leg, at)
    nobody = not _in_now(call, Leg.Kind.AGENT).exists()
    if leg.kind == Leg.Kind.AGENT and nobody and _is_told_connected(call):
        publish(call=call, name="agent.left", moment=at)
    transfers.leg_left(call=call, leg=leg)


def _agent_left(call: Call, leg: Leg, at: datetime) -> None:
    still = _in_now(call, Leg.Kind.AGENT).filter(user=call.agent_id)
    if leg.user_id != call.agent_id or still.exists():
        return
    call.agent_gone_at, call.agent_joined_at = at, None
    call.save(update_fields=["agent_joined_at", "agent_gone_at"])


def _in_now(call: Call, kind: Leg.Kind) -> Any:  # noqa: ANN401  a QuerySet of legs
    """The legs of this kind that are in the call's conference now."""
    return call.legs.filter(kind=kind, joined_at__isnull=False, left_at=None)


def _together_since(call: Call, user_id: int | None = None) -> datetime | None:
    """Since when the customer and an agent (this one, or any) are both in; None if they are not."""
    agents = _in_now(call, Leg.Kind.AGENT)
    if user_id is not None:
        agents = agents.filter(user=user_id)
    stays = agents.order_by("joined_at").values_list("joined_at", flat=True)
    agent = stays.first()
    customer = _in_now(call, Leg.Kind.CUSTOMER).values_list("joined_at", flat=True)
    came = customer.first()
    return None if agent is None or came is None else max(agent, came)


def _is_told_connected(call: Call) -> bool:
    return _is_told(call, "agent.joined", "agent.left")


def _is_told(call: Call, begin: str, end: str) -> bool:
    """Whether it has begun by what was told so far."""
    last = call.events.filter(name__in=(begin, end)).order_by("number").last()
    return last is not None and last.name == begin


def _tell_of_stay(call: Call, leg: Leg, came: datetime, went: datetime) -> None:
    """Somebody was in and has left before we heard of it: tell whether they met."""
    meets = {
        Leg.Kind.AGENT: Leg.Kind.CUSTOMER,
        Leg.Kind.CUSTOMER: Leg.Kind.AGENT,
    }.get(Leg.Kind(leg.kind))
    met = call.legs.filter(kind=meets, joined_at__isnull=False)
    for other in met:
        begin = max(came, other.joined_at or came)
        end = min(went, other.left_at or went)
        if begin < end:
            publish(call=call, name="agent.joined", moment=begin)
            publish(call=call, name="agent.left", moment=end)


def _held(call: Call, leg: Leg, known: list[_Report], this: int) -> None:
    if leg.kind == Leg.Kind.CUSTOMER:
        _tell(call, "held_at", "hold", known[this:])


def _muted(call: Call, leg: Leg, known: list[_Report], this: int) -> None:
    if leg.kind == Leg.Kind.AGENT and leg.user_id == call.agent_id:
        _tell(call, "muted_at", "mute", known[this:])


def _tell(call: Call, field: str, what: str, story: list[_Report]) -> None:
    """The state is that of the last report; `story` is this report and what has followed it."""
    names = {True: f"{what}.started", False: f"{what}.ended"}
    last = story[-1]
    is_new = _is_told(call, names[True], names[False]) != last.on
    if not call.has_ended:
        setattr(call, field, last.at if last.on else None)
        call.save(update_fields=[field])
    was_overtaken = len(story) > 1 and any(one.on for one in story)
    if was_overtaken or is_new:
        for one in story:
            publish(call=call, name=names[one.on], moment=one.at)
