"""Callbacks in any order, with takeovers and hand-backs between them: the end is that of the ordered history.

A callback comes no earlier than what it tells of, and as much later as it likes: those of
one conference may come in the middle of the next.
"""

import os
import random
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, cast

import pytest
from django.db import transaction
from django.http import HttpResponse

from calls.models import Call, User
from calls.services import conference, leash, lifecycle
from calls.tests.leads import CLEO, LINE, assistant, led_line
from calls.tests.test_disorder import BEGAN, CUSTOMER, DOORS, spans, state
from calls.webhooks.door import Form

PARTS = 5  # for as many workers
HISTORIES = int(os.environ.get("HISTORIES", "150")) // 3

Callback = tuple[str, Form]


@dataclass(frozen=True)
class Shape:
    """How often an agent takes the call over, what happens then, and how it ends."""

    rounds: int
    holds: bool
    mutes: bool
    ends: str  # with the "assistant", with the "agent", with neither: "open"


SHAPES = [
    Shape(rounds, holds, mutes, ends)
    for rounds in (1, 2, 3)
    for holds in (False, True)
    for mutes in (False, True)
    for ends in ("assistant", "agent", "open")
]


@dataclass(frozen=True)
class Round:
    """What is told after a takeover, and after the hand-back that follows it."""

    joins: list[Callback]  # without them nothing can be handed back
    talk: list[Callback]
    parting: list[Callback]


class History:
    """A call that changes hands, in order; two seconds between any two reports."""

    def __init__(self, shape: Shape) -> None:
        self._number = 0
        self.begin = [
            self._tell("call", CallStatus="in-progress", SequenceNumber="1"),
            self._recorded("in-progress"),
        ]
        self.rounds = [self._round(number, shape) for number in range(shape.rounds)]
        self.end: list[Callback] = []
        if shape.ends != "open":
            self.end = [
                self._tell("call", CallStatus="completed", SequenceNumber="2"),
                self._recorded("completed"),
            ]

    def _round(self, number: int, shape: Shape) -> Round:
        room, leg = f"CF{number:032d}", leg_of(number)
        tell = lambda event, who: self._report(room, event, who)  # noqa: E731
        joins = [tell("participant-join", CUSTOMER), tell("participant-join", leg)]
        talk = []
        if shape.holds:
            talk.append(tell("participant-hold", CUSTOMER))
        if shape.mutes:
            talk.append(tell("participant-mute", leg))
        last = number == shape.rounds - 1
        stays = last and shape.ends == "open"
        parting = (
            []
            if stays
            else [tell("participant-leave", CUSTOMER), tell("participant-leave", leg)]
        )
        return Round(joins, talk, parting)

    def _tell(self, door: str, **form: str) -> Callback:
        return door, {"CallSid": CUSTOMER, **form}

    def _report(self, room: str, event: str, leg: str) -> Callback:
        self._number += 1
        at = BEGAN + timedelta(seconds=2 * self._number)
        return "conference", {
            "ConferenceSid": room,
            "CallSid": leg,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(self._number),
            "Timestamp": format_datetime(at),
        }

    def _recorded(self, state: str) -> Callback:
        return self._tell(
            "recording",
            RecordingSid="RE" + "4" * 32,
            RecordingStatus=state,
            RecordingUrl="https://api.twilio.com/r",
            RecordingDuration="12" if state == "completed" else "",
            RecordingChannels="2",
        )


def leg_of(number: int) -> str:
    return f"CA{number + 7:032d}"


def play(
    history: History, shape: Shape, agent: User, late: random.Random | None
) -> Any:
    """The state after all of it; without `late` everything comes in its order, once."""
    with transaction.atomic():
        call = lifecycle.register_call(sid=CUSTOMER, from_number=CLEO, to_number=LINE)
        lifecycle.answer_call(call=call)
        pending = list(history.begin)
        for number, each in enumerate(history.rounds):
            pending = deliver(pending, late)
            leash.take_over(sid=CUSTOMER, by=agent)
            conference.join_agent_leg(sid=CUSTOMER, leg_sid=leg_of(number), agent=agent)
            # The joins at least have come when the agent hands back.
            pending = deliver(pending + each.talk, late, surely=each.joins)
            last = number == shape.rounds - 1
            if not last or shape.ends == "assistant":
                leash.hand_back(sid=CUSTOMER, by=agent)
            pending += each.parting
        deliver(pending + history.end, late, all_of_them=True)
        final = result()
        transaction.set_rollback(True)
    return final


def deliver(
    callbacks: list[Callback],
    late: random.Random | None,
    *,
    surely: list[Callback] | None = None,
    all_of_them: bool = False,
) -> list[Callback]:
    """Let some of them come, some twice; what is to come later."""
    now, later = [*(surely or []), *callbacks], []
    if late is not None:
        later = [] if all_of_them else [one for one in now if late.random() < 0.4]
        missing = [one for one in later if one not in (surely or [])]
        now = [one for one in now if one not in missing]
        now += [one for one in now if late.random() < 0.3]
        late.shuffle(now)
    for door, form in now:
        answer = cast("HttpResponse", cast("Any", DOORS[door])(form))
        assert answer.status_code == 204
    return later


def result() -> dict[str, Any]:
    """What the desk and the records show in the end; commands have moments of their own."""
    call = Call.objects.get()
    found = state()
    # Holds and mutes are ended by the hand-back, at a moment that differs by the run.
    found["spans"] = spans(call, "agent.joined", "agent.left")
    found["is_gone"] = found.pop("gone") is not None
    return found | {"mode": call.mode, "assistant": str(call.assistant)}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_the_end_is_that_of_the_ordered_history(
    part: int, ada: User, played: Any
) -> None:
    led_line(assistant())

    @cache
    def ordered(shape: Shape) -> dict[str, Any]:
        return cast("dict[str, Any]", play(History(shape), shape, ada, None))

    for seed in range(part, HISTORIES, PARTS):
        chance = random.Random(seed)  # noqa: S311  reproducible, not secret
        shape = chance.choice(SHAPES)
        found = play(History(shape), shape, ada, chance)
        assert found == ordered(shape), (seed, shape)
