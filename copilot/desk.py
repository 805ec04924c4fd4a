"""What a desk shows: the snapshot of each call, and the events that follow it; reads only."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from calls.events import as_message, assistant, missing_parts, named, person
from calls.models import Call, CallEvent, Disposition, Offer, Queue, User, Utterance
from calls.services import transfer_targets
from copilot.lines import described
from copilot.models import AssistantLine, Suggestion, ToolUse
from copilot.voice import toolbox

_SHOWN_SUGGESTIONS = 3
_SHOWN_LINES = 20
# Events that are marks of the transcript and nothing else, so they are told again.
_MOMENTS = ("call.mode", "holding.failed", "holding.spoken", "keys.pressed")


def snapshot(*, user: User) -> dict[str, Any]:
    """Everything a desk needs to begin, or to begin again."""
    calls = Call.objects.on_desk_of(user).select_related(
        "agent", "assistant__assistant", "customer", "line", "queue"
    )
    return {
        "type": "snapshot",
        "now": timezone.now().timestamp(),
        "me": _me(user),
        "calls": [call_snapshot(call, user) for call in calls],
    }


def call_snapshot(call: Call, user: User) -> dict[str, Any]:
    """One call as it stands after event number `number`, seen by this user."""
    ringing = list(call.offers.ringing())
    mine = next((offer for offer in ringing if offer.agent_id == user.pk), None)
    return {
        "sid": call.sid,
        "number": call.last_number,
        "status": call.status,
        "mode": call.mode,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "line": "" if call.line is None else call.line.name,
        "customer": _customer(call),
        "queue": named(call.queue),
        "agent": named(call.agent),
        "also": call.also_seen_by,
        "waiting_since": _unix(call.waiting_since),
        "reserved_for": call.reserved_for_id,
        "offered_to": [offer.agent_id for offer in ringing],
        "offer": None
        if mine is None
        else {"until": mine.until.timestamp(), "transfer": mine.transfer_id},
        "treatment": call.treatment,
        "created_at": call.created_at.timestamp(),
        "answered_at": _unix(call.answered_at),
        "answered_by": call.answered_by,
        "accepted_at": _unix(call.accepted_at),
        "ended_at": _unix(call.ended_at),
        "on_hold": call.held_at is not None,
        "hold_since": _unix(call.held_at),
        "muted": call.muted_at is not None,
        "recording_paused": _unix(call.recording_paused_at),
        "agent_connected": call.agent_joined_at is not None,
        "transfer": _transfer(call),
        "notes": call.notes,
        "utterances": list(
            Utterance.objects.filter(call=call, source=Utterance.Source.LIVE).values(
                "id", "item", "speaker", "start", "end", "text"
            )
        ),
        "suggestions": _suggestions(call),
        "trouble": missing_parts(call),
        **_voice(call),
    }


def _me(user: User) -> dict[str, Any]:
    return person(user) | {
        "presence": user.presence,
        "since": user.presence_since.timestamp(),
        "until": _unix(user.wrap_up_until),
        "next": user.presence_next,
        "supervisor": user.is_supervisor,
        "queues": list(user.memberships.values_list("queue", flat=True)),
    }


def _customer(call: Call) -> dict[str, Any] | None:
    """Who it is; what is known of them a desk asks for by itself."""
    customer = call.customer
    if customer is None:
        return None
    return {"id": customer.pk, "name": customer.name, "number": customer.number}


def wrap_up_choices(call: Call) -> dict[str, Any]:
    """What is to be said of a call when it is over, and what was said so far."""
    return {
        "disposition": named(call.disposition),
        "disposition_required": call.disposition_is_required,
        "dispositions": _dispositions(call.wrap_up_queue),
    }


def _dispositions(queue: Queue | None) -> list[dict[str, Any]]:
    """What may be chosen after a call of this queue; one that names none allows all."""
    allowed = Disposition.objects.filter(active=True)
    if queue is not None and queue.dispositions.exists():
        allowed = allowed.filter(queues=queue)
    return [{"id": one.pk, "name": one.name} for one in allowed]


def _transfer(call: Call) -> dict[str, Any] | None:
    """The transfer that goes on; `agent` is who has accepted it."""
    transfer = (
        call.transfers.open().select_related("by", "to_agent", "to_queue").first()
    )
    if transfer is None:
        return None
    accepted = transfer.offers.filter(outcome=Offer.Outcome.ACCEPTED).exists()
    return {
        "id": transfer.pk,
        "kind": transfer.kind,
        "state": transfer.state,
        "by": person(transfer.by),
        "to": transfer_targets.target(transfer),
        "agent": named(transfer.to_agent) if accepted else None,
    }


def events_after(*, user: User, sid: str, number: int) -> list[dict[str, Any]]:
    """The events that a desk missed; nothing for a call that is not to be seen."""
    call = Call.objects.filter(sid=sid).first()
    if call is None or not user.may_see(call.belongs_to, call.also_seen_by):
        return []
    later = CallEvent.objects.filter(call=call, number__gt=number)
    return [as_message(event, call=call) for event in later]


def _suggestions(call: Call) -> list[dict[str, Any]]:
    shown = Suggestion.objects.filter(
        call=call,
        state__in=(
            Suggestion.State.WRITING,
            Suggestion.State.OFFERED,
            Suggestion.State.USED,
        ),
    ).order_by("-id")[:_SHOWN_SUGGESTIONS]
    return [
        {
            "id": one.pk,
            "kind": one.kind,
            "text": one.text,
            "state": one.state,
            "after": one.after_id,
        }
        for one in reversed(shown)
    ]


def _voice(call: Call) -> dict[str, Any]:
    """Who leads the call or led it last, what the voice says and does, and what it was told."""
    lines = call.assistant_lines.select_related("decided_by").order_by("-id")
    told = call.events.filter(name__in=("guidance.given", *_MOMENTS))
    events = list(told.order_by("number"))
    return {
        "assistant": assistant(call.assistant),
        "lines": [_line(row) for row in reversed(lines[:_SHOWN_LINES])],
        "tools": [_tool(row) for row in call.tool_uses.all()],
        "guidance": [
            event.data | {"at": event.at.timestamp()}
            for event in events
            if event.name == "guidance.given"
        ],
        "moments": [
            {
                "name": event.name,
                "number": event.number,
                "at": event.at.timestamp(),
                "data": event.data,
            }
            for event in events
            if event.name in _MOMENTS
        ],
    }


def _line(row: AssistantLine) -> dict[str, Any]:
    """As its last event told it, with what a human decided and the voice has not yet followed."""
    decided = None
    if row.state in AssistantLine.OPEN:
        if row.dropped_at is not None:
            decided = "dropped"
        elif row.released_at is not None and row.state != AssistantLine.State.SPEAKING:
            decided = "released"
    return described(row) | {"at": row.created_at.timestamp(), "decided": decided}


def _tool(row: ToolUse) -> dict[str, Any]:
    return toolbox.as_json(row) | {"at": row.at.timestamp()}


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
