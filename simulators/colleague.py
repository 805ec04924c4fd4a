"""A simulated colleague at a desk of her own: takes the calls that nobody else takes."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp

from simulators import access_token
from simulators.access_token import BadTokenError
from simulators.desk_client import (
    CommandRefusedError,
    Desk,
    DeskError,
    LoginRefusedError,
    Message,
    open_desk,
)
from simulators.guest import Guest
from simulators.performance import Performance
from simulators.twilio import Leg, Party
from simulators.twilio.tasks import Tasks

log = logging.getLogger(__name__)

FIRST_RETRY: Final = 0.5
LAST_RETRY: Final = 5.0
AFTER_REFUSAL: Final = 60.0  # a wrong password must not lock the account
TRIES: Final = 8  # of a command that may come a moment too early
READING: Final = 1.2  # seconds to look at a suggestion
INVITED: Final = 1.0  # seconds until an invitation is accepted
HANDED_OVER: Final = 1.5  # likewise a call that somebody passed on
TO_SPARE: Final = 2.0  # seconds before an offer runs out
TIDYING: Final = 1.0  # seconds of work after a call, or of wonder after a missed one
_GONE: Final = frozenset({"already_taken", "not_waiting", "rings_elsewhere"})
_ERRORS = (DeskError, BadTokenError, aiohttp.ClientError, OSError, TimeoutError)


class Stage(Protocol):
    """Where the colleague learns what a call is about."""

    performances: dict[str, Performance]

    def get(self, sid: str) -> Performance | None:
        """The performance of that customer leg."""


class Telephones(Protocol):
    """The network that the colleague's telephone is registered with."""

    def client_call(
        self, *, identity: str, params: dict[str, str], party: Party
    ) -> Leg:
        """A browser calls out."""


@dataclass(slots=True)
class Known:
    """What a colleague has heard of a call; times on the loop's clock."""

    first_offered: float
    handed_over: bool = False


class Colleague:
    """One agent with a desk and one telephone. `run` never ends by itself."""

    def __init__(
        self,
        *,
        web: str,
        username: str,
        password: str,
        stage: Stage,
        telephones: Telephones,
        reaction: float = 0.0,
    ) -> None:
        self.username = username
        self._web = web
        self._password = password
        self._stage = stage
        self._telephones = telephones
        self._reaction = reaction
        self._random = random.Random(username)  # noqa: S311  a habit, not a secret
        self._tasks = Tasks()
        self._desk: Desk | None = None
        self._at_desk = asyncio.Event()
        self._telephone = asyncio.Lock()
        self._me: int | None = None
        self._known: dict[str, Known] = {}
        self._ringing: set[str] = set()
        self._talking_on: str | None = None
        self._last: str | None = None
        self._guest: Guest | None = None
        self._deeds: dict[str, Callable[[str, Message], None]] = {
            "call.offered": self._rings,
            "offer.ended": self._rings_no_more,
            "call.released": self._released,
            "call.accepted": self._taken,
            "call.ended": self._ended,
            "transfer.completed": self._transferred,
            "suggestion.offered": self._suggested,
        }

    async def run(self) -> None:
        """Work until cancelled, whatever happens to the product meanwhile."""
        pause = FIRST_RETRY
        try:
            while True:
                try:
                    await self._shift()
                    pause = FIRST_RETRY
                except* LoginRefusedError:
                    log.error("%s cannot log in", self.username)  # noqa: TRY400  it says all
                    pause = AFTER_REFUSAL
                except* _ERRORS as errors:
                    why = repr(errors.exceptions[0])
                    log.info("%s waits for the desk: %s", self.username, why)
                    pause = min(2 * pause, LAST_RETRY)
                await asyncio.sleep(pause)
        finally:
            await self._tasks.close()

    async def _shift(self) -> None:
        async with open_desk(self._web, self.username, self._password) as desk:
            self._desk = desk
            self._at_desk.set()
            try:
                async for message in desk.messages():
                    self._hear(message)
            finally:
                self._desk = None
                self._at_desk.clear()

    def _hear(self, message: Message) -> None:
        match message["type"]:
            case "snapshot":
                self._me = message["me"]["id"]
                self._tasks.start(self._available(), "presence")
                for call in message["calls"]:
                    self._seen(call)
            case "event":
                self._happened(
                    message["name"], message["sid"], message.get("data") or {}
                )
            case "presence" if message["id"] == self._me:
                self._status(message["presence"])

    def _seen(self, call: Message) -> None:
        if call["agent"] is None:
            self._know(call["sid"])
        if self._me in call["offered_to"]:
            self._offered(call["sid"], call.get("offer") or {})

    def _know(self, sid: str) -> Known:
        return self._known.setdefault(sid, Known(asyncio.get_running_loop().time()))

    def _happened(self, name: str, sid: str, data: Message) -> None:
        if deed := self._deeds.get(name):
            deed(sid, data)

    def _rings(self, sid: str, data: Message) -> None:
        self._know(sid)
        if any(person["id"] == self._me for person in data["to"]):
            self._offered(sid, data)

    def _rings_no_more(self, sid: str, data: Message) -> None:
        if data["agent"] == self._me:
            self._ringing.discard(sid)

    def _released(self, sid: str, data: Message) -> None:
        known = self._know(sid)
        known.handed_over |= data["reason"] == "transferred"
        known.first_offered = asyncio.get_running_loop().time()

    def _taken(self, sid: str, data: Message) -> None:
        if data["agent"]["id"] != self._me:
            self._ringing.discard(sid)

    def _ended(self, sid: str, _data: Message) -> None:
        self._ringing.discard(sid)
        if sid not in {self._talking_on, self._last}:
            self._known.pop(sid, None)

    def _transferred(self, sid: str, data: Message) -> None:
        to = data.get("agent")
        is_mine = to is not None and to["id"] == self._me
        if is_mine and self._guest is not None and sid == self._talking_on:
            self._guest.take_over()

    def _suggested(self, sid: str, data: Message) -> None:
        if sid == self._talking_on and self._guest is None:
            self._tasks.start(self._look_at(sid, int(data["id"])), "suggestion")

    def _status(self, presence: str) -> None:
        """The product has changed our status: after a call, or a missed one."""
        if presence == "wrap-up":
            self._tasks.start(self._wrap_up(), "wrap-up")
        elif presence in {"away", "offline"}:
            self._tasks.start(self._available(after=TIDYING), "presence")

    def _offered(self, sid: str, offer: Message) -> None:
        if sid in self._ringing or sid == self._talking_on:
            return
        self._ringing.add(sid)
        self._tasks.start(self._reaction_to(sid, offer), f"call {sid}")

    def _reaction_to(self, sid: str, offer: Message) -> Coroutine[Any, Any, None]:
        """Take it, join it, or pass it on."""
        performance = self._stage.get(sid)
        known = self._know(sid)
        now = asyncio.get_running_loop().time()
        if offer.get("transfer") is not None:
            return self._consider(sid, now + INVITED, self._join)
        if performance is None:
            return self._decline(sid)
        if performance.taken_after is not None:
            due = known.first_offered + performance.taken_after
            if due <= _last_moment(now, offer):
                return self._consider(sid, due, self._take)
        elif known.handed_over:
            return self._consider(sid, now + HANDED_OVER, self._take)
        # For a person, or for nobody yet: it will be offered again.
        return self._decline(sid)

    async def _consider(
        self, sid: str, due: float, take: Callable[[str], Awaitable[None]]
    ) -> None:
        wait = due - asyncio.get_running_loop().time()
        await asyncio.sleep(max(wait, 0.0) + self._reaction)
        async with self._telephone:
            performance = self._stage.get(sid)
            if sid not in self._ringing or (performance and performance.over.is_set()):
                return
            self._ringing.discard(sid)
            try:
                await take(sid)
            except _ERRORS as error:
                log.info("%s did not take %s: %s", self.username, sid, error)
            finally:
                self._talking_on = self._guest = None

    async def _decline(self, sid: str) -> None:
        """Let somebody else have it."""
        self._ringing.discard(sid)
        try:
            desk = await self._here()
            await desk.command("decline", sid)
        except _ERRORS as error:
            log.debug("%s could not decline %s: %s", self.username, sid, error)

    async def _take(self, sid: str) -> None:
        performance = self._stage.performances[sid]
        await self._accept(sid)
        leg = await self._lift(sid, performance.agent())
        try:
            await self._follow(sid, performance, leg)
        finally:
            leg.hangup()

    async def _join(self, sid: str) -> None:
        """Enter somebody else's call, and stay as long as one may."""
        performance = self._stage.get(sid)
        commands: asyncio.Queue[str] = asyncio.Queue()
        guest = await asyncio.to_thread(
            Guest,
            performance,
            voice="agent2",
            done=lambda: commands.put_nowait("end"),
        )
        await self._accept(sid)
        self._guest = guest
        leg = await self._lift(sid, guest.party)
        try:
            await self._follow(sid, performance, leg, commands)
        finally:
            leg.hangup()

    async def _accept(self, sid: str) -> None:
        await self._insist("accept", sid, unless=_GONE)
        self._talking_on = self._last = sid

    async def _lift(self, sid: str, party: Party) -> Leg:
        desk = await self._here()
        grant = access_token.read(await desk.voice_token())
        if not grant.outgoing:
            raise DeskError("the voice token does not allow to call")
        leg = self._telephones.client_call(
            identity=grant.identity, params={"sid": sid}, party=party
        )
        log.info("%s talks on %s", self.username, sid)
        return leg

    async def _follow(
        self,
        sid: str,
        performance: Performance | None,
        leg: Leg,
        more: "asyncio.Queue[str] | None" = None,
    ) -> None:
        """Give the desk the script's commands until one of the two legs is over."""
        ends = [asyncio.ensure_future(leg.over.wait())]
        queues = [more] if more is not None else []
        if performance is not None:
            ends.append(asyncio.ensure_future(performance.over.wait()))
            queues.append(performance.commands)
        giving = [asyncio.ensure_future(self._give(sid, queue)) for queue in queues]
        try:
            await asyncio.wait([*ends, *giving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (*ends, *giving):
                waiting.cancel()
            await asyncio.gather(*ends, *giving, return_exceptions=True)

    async def _give(self, sid: str, commands: "asyncio.Queue[str]") -> None:
        while True:
            name = await commands.get()
            try:
                await self._insist(name, sid)
            except DeskError as refusal:
                log.warning("%s could not %s %s: %s", self.username, name, sid, refusal)

    async def _insist(self, name: str, sid: str, unless: Collection[str] = ()) -> None:
        """Give a command again while it only comes too early or the desk is away."""
        unless = {*unless, "call_ended", "unknown_call", "not_yours"}
        for attempt in range(TRIES):
            desk = await self._here()
            try:
                await desk.command(name, sid)
            except CommandRefusedError as refusal:
                if refusal.code in unless or attempt == TRIES - 1:
                    raise
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                if attempt == TRIES - 1:
                    raise
            else:
                return
            await asyncio.sleep(0.25 * (attempt + 1))

    async def _here(self) -> Desk:
        while self._desk is None:
            await self._at_desk.wait()
        return self._desk

    async def _available(self, after: float = 0.0) -> None:
        await asyncio.sleep(after)
        try:
            desk = await self._here()
            await desk.command("set_presence", data={"presence": "available"})
        except _ERRORS as error:
            log.info("%s could not become available: %s", self.username, error)

    async def _wrap_up(self) -> None:
        """Note the outcome of the call before, and be there for the next one."""
        await asyncio.sleep(TIDYING)
        sid, self._last = self._last, None
        if sid is None:
            await self._available()
            return
        self._known.pop(sid, None)
        try:
            desk = await self._here()
            choices = await desk.dispositions()
            outcome = self._random.choice(choices) if choices else None
            await desk.command("wrap_up", sid, {"disposition": outcome, "notes": ""})
        except _ERRORS as error:
            log.info("%s could not wrap up %s: %s", self.username, sid, error)
            await self._available()

    async def _look_at(self, sid: str, suggestion: int) -> None:
        """Use about half of the suggestions and dismiss some of the others."""
        await asyncio.sleep(READING)
        habit = self._random.random()
        if sid != self._talking_on or habit > 0.75:
            return
        name = "use_suggestion" if habit < 0.5 else "dismiss_suggestion"
        try:
            desk = await self._here()
            await desk.command(name, sid, {"suggestion": suggestion})
        except _ERRORS as error:
            log.debug("a suggestion had gone already: %s", error)


def _last_moment(now: float, offer: Message) -> float:
    """When an offer must be taken at the latest, on the loop's clock."""
    until = offer.get("until")
    return now + (until - time.time() if until else 60.0) - TO_SPARE
