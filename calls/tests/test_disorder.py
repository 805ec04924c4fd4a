"""Callbacks in any order and any number: the end is always that of the ordered history.

HISTORIES says how many are tried (each is its own shuffle of its own call).
"""

import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from inspect import unwrap
from typing import Any, cast

import pytest
from django.db import transaction
from django.http import HttpResponse

from calls.models import Call, Leg, User
from calls.services import conference, lifecycle, routing
from calls.webhooks import status
from calls.webhooks.door import Form

PARTS = 5  # for as many workers
HISTORIES = int(os.environ.get("HISTORIES", "150"))
BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CUSTOMER, AGENT = "CA" + "1" * 32, "CA" + "2" * 32
ROOM = "CF" + "3" * 32
SPANS = (
    ("hold.started", "hold.ended"),
    ("mute.started", "mute.ended"),
    ("agent.joined", "agent.left"),
)


@dataclass(frozen=True)
class Shape:
    """What happens in a call."""

    holds: int
    mutes: int
    ends_on_hold: bool
    agent_leaves: bool
    ends: bool


SHAPES = [
    Shape(holds, mutes, on_hold, leaves, ends)
    for holds in (0, 1, 2)
    for mutes in (0, 1)
    for on_hold in (False, True)
    for leaves in (False, True)
    for ends in (False, True)
]


# The doors behind the check of the signature.
DOORS = {
    "call": unwrap(status.call_status),
    "conference": unwrap(status.conference_status),
    "recording": unwrap(status.recording_status),
    "stream": unwrap(status.stream_status),
}


class History:
    """The callbacks of a call, in order; two seconds between any two of a conference."""

    def __init__(self, shape: Shape) -> None:
        self.callbacks: list[tuple[str, Form]] = []
        self._number = 0
        self._tell("call", CallStatus="ringing", SequenceNumber="0")
        self._tell("call", CallStatus="in-progress", SequenceNumber="1")
        self._tell("stream", StreamSid="MZ1", StreamEvent="stream-started")
        self._recorded("in-progress")
        self._report("participant-join", CUSTOMER)
        self._report("participant-join", AGENT)
        for _ in range(shape.holds):
            self._report("participant-hold", CUSTOMER)
            self._report("participant-unhold", CUSTOMER)
        for _ in range(shape.mutes):
            self._report("participant-mute", AGENT)
            self._report("participant-unmute", AGENT)
        if shape.ends_on_hold:
            self._report("participant-hold", CUSTOMER)
        if shape.agent_leaves or shape.ends:
            self._report("participant-leave", AGENT)
        if shape.ends:
            self._report("participant-leave", CUSTOMER)
            self._tell("stream", StreamSid="MZ1", StreamEvent="stream-stopped")
            self._tell("call", CallStatus="completed", SequenceNumber="2")
            self._recorded("completed")

    def _tell(self, door: str, **form: str) -> None:
        self.callbacks.append((door, {"CallSid": CUSTOMER, **form}))

    def _report(self, event: str, leg: str) -> None:
        self._number += 1
        at = BEGAN + timedelta(seconds=2 * self._number)
        self.callbacks.append(
            (
                "conference",
                {
                    "ConferenceSid": ROOM,
                    "CallSid": leg,
                    "StatusCallbackEvent": event,
                    "SequenceNumber": str(self._number),
                    "Timestamp": format_datetime(at),
                },
            )
        )

    def _recorded(self, state: str) -> None:
        self._tell(
            "recording",
            RecordingSid="RE" + "4" * 32,
            RecordingStatus=state,
            RecordingUrl="https://api.twilio.com/r",
            RecordingDuration="12" if state == "completed" else "",
            RecordingChannels="2",
        )


def end_of(callbacks: list[tuple[str, Form]], agent: User) -> dict[str, Any]:
    """The state after these callbacks, of a call that was answered and accepted; no row is kept."""
    with transaction.atomic():
        call = lifecycle.register_call(sid=CUSTOMER, from_number="+1", to_number="+2")
        lifecycle.answer_call(call=call)
        routing.accept_call(sid=CUSTOMER, agent=agent)
        conference.join_agent_leg(sid=CUSTOMER, leg_sid=AGENT, agent=agent)
        Call.objects.update(stream_sid="MZ1")
        for door, form in callbacks:
            answer = cast("HttpResponse", cast("Any", DOORS[door])(form))
            assert answer.status_code == 204
        final = state()
        transaction.set_rollback(True)
    return final


def state() -> dict[str, Any]:
    call = Call.objects.get()
    return {
        "status": call.status,
        "ended": call.ended_at is not None,
        "agent": call.agent_id,
        "held_at": call.held_at,
        "muted_at": call.muted_at,
        "joined": call.agent_joined_at,
        "gone": call.agent_gone_at,
        "room": call.conference_sid,
        "stream": call.stream_sid,
        "outcome": call.outcome,
        "presence": User.objects.get().presence,
        "legs": list(
            Leg.objects.order_by("sid").values_list("sid", "joined_at", "left_at")
        ),
        "recordings": list(
            call.recordings.values_list("sid", "status", "url", "duration", "channels")
        ),
        "spans": {begin: spans(call, begin, end) for begin, end in SPANS},
        "ends": call.events.filter(name="call.ended").count(),
    }


def spans(call: Call, begin: str, end: str) -> list[tuple[Any, Any]]:
    """From when to when it lasted, by the moments of the events; open where it has not ended."""
    found: list[tuple[Any, Any]] = []
    told = call.events.filter(name__in=(begin, end)).order_by("at", "number")
    for event in told:
        is_open = bool(found) and found[-1][1] is None
        if event.name == begin and not is_open:
            found.append((event.at, None))
        elif event.name == end and is_open:
            found[-1] = (found[-1][0], event.at)
    return found


def disordered(history: History, chance: random.Random) -> list[tuple[str, Form]]:
    """Every callback at least once, some twice or three times, in any order."""
    many = [
        one for one in history.callbacks for _ in range(chance.choice((1, 1, 2, 3)))
    ]
    chance.shuffle(many)
    return many


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_the_end_is_that_of_the_ordered_history(part: int, ada: User) -> None:
    @cache
    def ordered(shape: Shape) -> dict[str, Any]:
        return end_of(History(shape).callbacks, ada)

    for seed in range(part, HISTORIES, PARTS):
        chance = random.Random(seed)  # noqa: S311  reproducible, not secret
        shape = chance.choice(SHAPES)
        callbacks = disordered(History(shape), chance)
        assert end_of(callbacks, ada) == ordered(shape), (seed, shape, callbacks)
