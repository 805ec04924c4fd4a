"""What a desk shows: the snapshot of each call, and the events that follow it; reads only."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from calls.events import as_message, missing_parts
from calls.models import Call, CallEvent, User, Utterance
from copilot.models import Suggestion

_SHOWN_SUGGESTIONS = 3


def snapshot(*, user: User) -> dict[str, Any]:
    """Everything a desk needs to begin, or to begin again."""
    calls = (
        Call.objects.on_desk_of(user)
        .select_related("agent")
        .prefetch_related("offers__agent")
    )
    return {
        "type": "snapshot",
        "now": timezone.now().timestamp(),
        "me": person(user)
        | {"presence": user.presence, "supervisor": user.is_supervisor},
        "calls": [call_snapshot(call) for call in calls],
    }


def person(user: User) -> dict[str, Any]:
    return {"id": user.pk, "name": str(user)}


def call_snapshot(call: Call) -> dict[str, Any]:
    """One call as it stands after event number `number`."""
    return {
        "sid": call.sid,
        "number": call.last_number,
        "status": call.status,
        "mode": call.mode,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "agent": None if call.agent is None else person(call.agent),
        "ringing": call.agent is None and call.answered_at is not None,
        "offered_to": [
            offer.agent_id for offer in call.offers.all() if offer.outcome == "ringing"
        ],
        "created_at": call.created_at.timestamp(),
        "answered_at": _unix(call.answered_at),
        "accepted_at": _unix(call.accepted_at),
        "ended_at": _unix(call.ended_at),
        "on_hold": call.held_at is not None,
        "hold_since": _unix(call.held_at),
        "agent_connected": call.agent_joined_at is not None,
        "utterances": list(
            Utterance.objects.filter(call=call, source=Utterance.Source.LIVE).values(
                "id", "item", "speaker", "start", "end", "text"
            )
        ),
        "suggestions": _suggestions(call),
        "trouble": missing_parts(call),
    }


def events_after(*, user: User, sid: str, number: int) -> list[dict[str, Any]]:
    """The events that a desk missed; nothing for a call that is not to be seen."""
    call = Call.objects.filter(sid=sid).first()
    if call is None or not may_see(user, call.agent_id):
        return []
    later = CallEvent.objects.filter(call=call, number__gt=number)
    return [as_message(event, call=call) for event in later]


def numbers(*, user: User) -> dict[str, int]:
    """The newest event number of each call on this desk."""
    return dict(Call.objects.on_desk_of(user).values_list("sid", "last_number"))


def may_see(user: User, agent_id: int | None) -> bool:
    """Unclaimed calls ring for everybody; a claimed one is its agent's and the supervisors'."""
    return agent_id is None or agent_id == user.pk or user.is_supervisor


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
        {"id": one.pk, "text": one.text, "state": one.state, "after": one.after_id}
        for one in reversed(shown)
    ]


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
