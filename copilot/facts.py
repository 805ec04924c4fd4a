"""What the call's session must know of the call while it lasts; it changes nothing.

Facts come at once through the hub, and again every few seconds from the database, so
that a lost message delays a fact and does not lose it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from calls.media import CallClock
from calls.models import Call
from copilot.hub import Message, Overrun, hub
from copilot.vocabulary import AgentJoined, AgentLeft, HoldEnded, HoldStarted

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0

Fact = AgentJoined | AgentLeft | HoldStarted | HoldEnded
_FACTS: dict[str, type[Fact]] = {
    "agent.joined": AgentJoined,
    "agent.left": AgentLeft,
    "hold.started": HoldStarted,
    "hold.ended": HoldEnded,
}
_SETTLED = ("suggestion.used", "suggestion.dismissed")


@dataclass(frozen=True, slots=True)
class SuggestionDecided:
    """The agent has used or dismissed the suggestion with this id."""

    suggestion_id: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose call it is now."""

    agent_id: int | None


News = Fact | SuggestionDecided | Owner


async def follow(
    *, call_id: int, sid: str, clock: CallClock, tell: Callable[[News], None]
) -> None:
    """Tell every change as it comes, for ever; the same fact may be told twice."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_listen(sid, clock, tell))
        tasks.create_task(_look_again(call_id, clock, tell))


async def _listen(sid: str, clock: CallClock, tell: Callable[[News], None]) -> None:
    while True:
        try:
            with hub.subscribe(lambda message: _concerns(message, sid)) as messages:
                async for message in messages:
                    for piece in _read(message, clock):
                        tell(piece)
        except Overrun:
            # The next look makes up for what was lost.
            continue


async def _look_again(
    call_id: int, clock: CallClock, tell: Callable[[News], None]
) -> None:
    while True:
        try:
            facts = await database_sync_to_async(_look)(call_id, clock)
        except (OperationalError, InterfaceError):
            logger.warning("call %d: the database is away", call_id)
        else:
            for piece in facts:
                tell(piece)
        await asyncio.sleep(LOOK_SECONDS)


def _concerns(message: Message, sid: str) -> bool:
    return message.get("type") == "event" and message.get("sid") == sid


def _read(message: Message, clock: CallClock) -> list[News]:
    pieces: list[News] = [Owner(message.get("agent_id"))]
    name = message.get("name", "")
    if name in _FACTS:
        pieces.append(_FACTS[name](at=clock.at(message["at"])))
    elif name in _SETTLED:
        pieces.append(SuggestionDecided(message["data"]["id"]))
    return pieces


def _look(call_id: int, clock: CallClock) -> list[News]:
    call = Call.objects.filter(pk=call_id).first()
    if call is None:
        return []
    now = clock.now()
    return [
        Owner(call.agent_id),
        AgentJoined(now) if call.agent_joined_at else AgentLeft(now),
        HoldStarted(now) if call.held_at else HoldEnded(now),
    ]
