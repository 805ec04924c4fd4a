"""What the call's session must know of the call while it lasts; it changes nothing.

Facts come at once through the hub, and again every few seconds from the database, so
that a lost message delays a fact and does not lose it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from calls.media import CallClock
from calls.models import Call, Utterance
from copilot.hub import Message, Overrun, hub
from copilot.looks import Seen, look_at, looks
from copilot.vocabulary import (
    AgentJoined,
    AgentLeft,
    HoldEnded,
    HoldStarted,
    Line,
    RecordingPaused,
    RecordingResumed,
)

logger = logging.getLogger(__name__)

Fact = (
    AgentJoined
    | AgentLeft
    | HoldStarted
    | HoldEnded
    | RecordingPaused
    | RecordingResumed
)
_FACTS: dict[str, type[Fact]] = {
    "agent.joined": AgentJoined,
    "agent.left": AgentLeft,
    "hold.started": HoldStarted,
    "hold.ended": HoldEnded,
    "recording.paused": RecordingPaused,
    "recording.resumed": RecordingResumed,
}


@dataclass(frozen=True, slots=True)
class SuggestionDecided:
    """The agent has used or dismissed the suggestion with this id."""

    suggestion_id: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose call it is now, and who else takes part."""

    agent_id: int | None
    also: list[int]


@dataclass(frozen=True, slots=True)
class Led:
    """Who may speak to the caller now: a mode of Call."""

    mode: str


@dataclass(frozen=True, slots=True)
class LineReleased:
    """Somebody lets a line of the assistant's be spoken, perhaps in other words."""

    key: str
    text: str | None


@dataclass(frozen=True, slots=True)
class LineDropped:
    """Somebody does not want a line of the assistant's to be spoken."""

    key: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """Somebody whispered to the assistant; told once."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class HoldingSpoken:
    """The caller is told this in the agent's place from `at` on, by the call's clock."""

    at: float
    text: str


News = (
    Fact
    | SuggestionDecided
    | Owner
    | HoldingSpoken
    | Led
    | LineReleased
    | LineDropped
    | Guidance
)


class _Follower:
    """What has been learnt, and as of which event: nothing older is told after it.

    A look that was on its way while a message came would else undo what that said.
    """

    def __init__(
        self, *, call_id: int, clock: CallClock, tell: Callable[[News], None]
    ) -> None:
        self._call_id = call_id
        self._clock = clock
        self._tell = tell
        self._newest: dict[str, int] = {}
        self._guided: set[int] = set()

    def heed(self, message: Message) -> None:
        """A message of the call's; two may have overtaken each other."""
        number, name = message["number"], message.get("name", "")
        owner = Owner(message.get("agent_id"), message.get("also", []))
        self._learn("owner", number, owner)
        if name in _FACTS:
            fact = _FACTS[name](at=self._clock.at(message["at"]))
            self._learn(_about(name), number, fact)
        elif name == "holding.spoken":
            text = message["data"]["text"]
            self._tell(HoldingSpoken(self._clock.at(message["at"]), text))
        else:
            self._heed_humans(number, name, message.get("data", {}))

    def _heed_humans(self, number: int, name: str, data: Message) -> None:
        """What somebody at a desk has decided."""
        match name:
            case "suggestion.used" | "suggestion.dismissed":
                self._tell(SuggestionDecided(data["id"]))
            case "call.mode":
                self._learn("mode", number, Led(data["mode"]))
            case "line.released":
                self._tell(LineReleased(data["key"], data["text"]))
            case "line.dropped":
                self._tell(LineDropped(data["key"]))
            case "guidance.given":
                self._guide(number, data)

    def see(self, seen: Seen | None) -> None:
        """The facts as the database has them."""
        if seen is None:
            return
        call = seen.call
        for about, piece in _facts(call, self._clock).items():
            self._learn(about, call.last_number, piece)
        for number, data in seen.guidance:
            self._guide(number, data)
        for line in seen.lines:
            if line.dropped_at is not None:
                self._tell(LineDropped(line.key))
            elif line.released_at is not None:
                self._tell(LineReleased(line.key, line.released_text))

    def know(self, guidance: Iterable[int]) -> None:
        """These whispers are known already."""
        self._guided.update(guidance)

    def _guide(self, number: int, data: Message) -> None:
        if number not in self._guided:
            self._guided.add(number)
            self._tell(Guidance(data["by"]["name"], data["text"]))

    def _learn(self, about: str, number: int, piece: News) -> None:
        if number >= self._newest.get(about, 0):
            self._newest[about] = number
            self._tell(piece)


def said_so_far(call: Call) -> tuple[Line, ...]:
    """What was said on the call before a stream, as it was heard live."""
    said = call.utterances.filter(source=Utterance.Source.LIVE).order_by("start")
    return tuple(Line(row.speaker, row.text) for row in said)


async def follow(
    *,
    call_id: int,
    sid: str,
    clock: CallClock,
    tell: Callable[[News], None],
    guidance: Iterable[int] = (),
) -> None:
    """Tell every change as it comes, for ever; the same fact may be told twice.

    `guidance` numbers the events of whispers that are known already.
    """
    follower = _Follower(call_id=call_id, clock=clock, tell=tell)
    follower.know(guidance)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_listen(sid, follower))
        tasks.create_task(_look_again(call_id, follower))


async def _listen(sid: str, follower: _Follower) -> None:
    while True:
        try:
            with hub.subscribe(lambda message: _concerns(message, sid)) as messages:
                async for message in messages:
                    follower.heed(message)
        except Overrun:
            # The next look makes up for what was lost.
            continue


async def _look_again(call_id: int, follower: _Follower) -> None:
    look = database_sync_to_async(look_at)([call_id])
    while True:
        try:
            follower.see((await look).get(call_id))
        except (OperationalError, InterfaceError):
            logger.warning("call %d: the database is away", call_id)
        look = looks.next(call_id)


def _concerns(message: Message, sid: str) -> bool:
    return message.get("type") == "event" and message.get("sid") == sid


def _about(name: str) -> str:
    """What an event is about: the agent, a hold, the recording."""
    return name.partition(".")[0]


def _facts(call: Call, clock: CallClock) -> dict[str, News]:
    now = clock.now()
    paused = call.recording_paused_at
    return {
        "owner": Owner(call.agent_id, call.also_seen_by),
        "mode": Led(call.mode),
        "agent": AgentJoined(now) if call.agent_joined_at else AgentLeft(now),
        "hold": HoldStarted(now) if call.held_at else HoldEnded(now),
        # Since when, and not since we know: what was said since is dropped.
        "recording": RecordingPaused(clock.at(paused.timestamp()))
        if paused
        else RecordingResumed(now),
    }
