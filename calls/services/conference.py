"""Who is in a call's conference, as Twilio reports it, in whatever order the reports come.

A report that was overtaken changes no state that later ones have settled; it is told
late, and what followed it is told again, so that the events in the order of their
moments are the history as it was.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import models, transaction
from django.utils.translation import gettext as _

from calls import reported
from calls.events import publish
from calls.models import Call, Leg, User, WebhookDelivery
from calls.services import invitations, transfer_reports
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


_Span = tuple[datetime, datetime | None]


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
        if call.agent_id != agent.pk and not invitations.is_invited(call, agent):
            raise Refused("not_yours", _("This call belongs to somebody else."))
        if call.is_led:
            raise Refused("assistant_leads", _("The assistant has this call."))
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
    return Call.objects.select_for_update(no_key=True).get(pk=leg.call_id)


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
        _Report(one.key, names[one.payload["StatusCallbackEvent"]], at)
        for one, at in _in_order(stored)
    ]


def _in_order(
    stored: Iterable[WebhookDelivery],
) -> list[tuple[WebhookDelivery, datetime]]:
    """The reports in the order of what happened, and when: none before the one that it followed."""
    dated: list[tuple[WebhookDelivery, datetime]] = []
    limit: datetime | None = None
    for one in reversed(_sorted(stored)):
        at = reported.moment(one.payload, came=one.received_at)
        limit = at if limit is None else min(limit, at)
        dated.append((one, limit))
    return dated[::-1]


def _newest_conference(call: Call) -> str:
    """The call's conference: a new one begins when everybody has left the last."""
    stored = WebhookDelivery.objects.filter(call=call, kind=KIND)
    return _conference_of(_sorted(stored)[-1])


def _sorted(stored: Iterable[WebhookDelivery]) -> list[WebhookDelivery]:
    """In the order of what happened.

    Twilio numbers what happens in one conference; of two, the seconds must tell. Within
    one second a conference may end and the next begin, by a takeover right after a
    hand-back: then that was first of which the first report is older.
    """
    reports = list(stored)
    began: dict[str, tuple[float, datetime]] = {}
    for one in reports:
        room, first = _conference_of(one), (_unix(one), one.received_at)
        began[room] = min(first, began.get(room, first))
    return sorted(
        reports,
        key=lambda one: (_unix(one), began[_conference_of(one)], _number(one)),
    )


def _conference_of(report: WebhookDelivery) -> str:
    return str(report.payload.get("ConferenceSid", ""))


def _number(report: WebhookDelivery) -> int:
    text = report.payload.get("SequenceNumber", "")
    return int(text) if text.isdecimal() else 0


def _unix(report: WebhookDelivery) -> float:
    second = reported.second(report.payload)
    return second.timestamp() if second else 0.0


def _came_or_went(call: Call, leg: Leg, known: list[_Report], this: int) -> None:
    report, last = known[this], known[-1]
    leg.joined_at = max((one.at for one in known if one.on), default=None)
    leg.left_at = None if last.on else last.at
    leg.save(update_fields=["joined_at", "left_at"])
    if report is last and report.on:
        _joined(call, leg)
    elif report is last:
        _left(call, leg, report.at)
    _tell(call, "agent.joined", "agent.left", _meetings(call))
    if report is last and report.on:
        transfer_reports.leg_joined(call=call, leg=leg)
    elif report is last:
        transfer_reports.leg_left(call=call, leg=leg)


def _joined(call: Call, leg: Leg) -> None:
    if call.has_ended or call.is_led:
        return
    if _is_mine(call, leg):
        call.agent_gone_at = None
    # They talk when both are in: an agent may be there while the greeting still plays,
    # and before a customer who was with the assistant and comes in again.
    since = _together_since(call)
    is_customer = leg.kind == Leg.Kind.CUSTOMER
    if since is not None and (call.agent_joined_at is None or is_customer):
        call.agent_joined_at = since
    call.save(update_fields=["agent_gone_at", "agent_joined_at"])


def _left(call: Call, leg: Leg, at: datetime) -> None:
    if call.has_ended or call.is_led or not _is_mine(call, leg):
        return
    if not _mine_in(call).exists():
        call.agent_gone_at, call.agent_joined_at = at, None
        call.save(update_fields=["agent_joined_at", "agent_gone_at"])


def _is_mine(call: Call, leg: Leg) -> bool:
    """Whether this telephone is of the call's agent, and not of a time before a hand-back."""
    of_agent = leg.kind == Leg.Kind.AGENT and leg.user_id == call.agent_id
    return of_agent and leg.dismissed_at is None


def _mine_in(call: Call) -> models.QuerySet[Leg]:
    """The telephones of the call's agent that are in its conference now."""
    inside = call.legs.filter(joined_at__isnull=False, left_at=None, dismissed_at=None)
    return inside.filter(kind=Leg.Kind.AGENT, user=call.agent_id)


def _together_since(call: Call) -> datetime | None:
    """Since when the customer and the call's agent are both in; None if they are not."""
    inside = call.legs.filter(joined_at__isnull=False, left_at=None)
    agent = _mine_in(call).order_by("joined_at").first()
    customer = inside.filter(kind=Leg.Kind.CUSTOMER).first()
    came = [leg.joined_at for leg in (agent, customer) if leg and leg.joined_at]
    return max(came) if len(came) == 2 else None


def _meetings(call: Call) -> list[_Span]:
    """From both being in until no agent is in any more, by all reports there are."""
    kinds = dict(call.legs.values_list("sid", "kind"))
    stored = WebhookDelivery.objects.filter(
        call=call, kind=KIND, payload__StatusCallbackEvent__in=list(_STORIES["stay"])
    )
    inside: set[str] = set()
    meetings: list[_Span] = []
    for one, at in _in_order(stored):
        sid = one.payload["CallSid"]
        come = _STORIES["stay"][one.payload["StatusCallbackEvent"]]
        inside = inside | {sid} if come else inside - {sid}
        here = {kinds.get(each) for each in inside}
        meets = bool(meetings) and meetings[-1][1] is None
        if not meets and {Leg.Kind.AGENT, Leg.Kind.CUSTOMER} <= here:
            meetings.append((at, None))
        elif meets and Leg.Kind.AGENT not in here:
            meetings[-1] = (meetings[-1][0], at)
    return meetings


def _held(call: Call, leg: Leg, known: list[_Report], _this: int) -> None:
    if leg.kind == Leg.Kind.CUSTOMER:
        _set(call, "held_at", known)
        _tell(call, "hold.started", "hold.ended", _spans(known))


def _muted(call: Call, leg: Leg, known: list[_Report], _this: int) -> None:
    if _is_mine(call, leg):
        _set(call, "muted_at", known)
        _tell(call, "mute.started", "mute.ended", _spans(known))


def _set(call: Call, field: str, known: list[_Report]) -> None:
    """The state is that of the last report; a call that is over or the assistant's is in none."""
    if not (call.has_ended or call.is_led):
        last = known[-1]
        setattr(call, field, last.at if last.on else None)
        call.save(update_fields=[field])


def _spans(known: list[_Report]) -> list[_Span]:
    """From when to when it lasted; the last may go on."""
    spans: list[_Span] = []
    for report in known:
        lasts = bool(spans) and spans[-1][1] is None
        if report.on and not lasts:
            spans.append((report.at, None))
        elif lasts and not report.on:
            spans[-1] = (spans[-1][0], report.at)
    return spans


def _tell(call: Call, begin: str, end: str, spans: list[_Span]) -> None:
    """Publish what was not told so far; whoever follows the events ends in the state that is."""
    told = list(call.events.filter(name__in=(begin, end)).order_by("number"))
    known = {(event.name, event.at) for event in told}
    story = [
        (name, at)
        for span in spans
        for name, at in zip((begin, end), span, strict=True)
        if at is not None
    ]
    new = [moment for moment in story if moment not in known]
    if new and new[-1] != story[-1]:
        new.append(story[-1])
    for name, at in new:
        publish(call=call, name=name, moment=at)
