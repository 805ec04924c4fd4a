"""A simulated colleague at a desk of her own: takes the calls that nobody else takes."""

import asyncio
import logging
import random
from collections.abc import Collection
from typing import Final, Protocol

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
from simulators.performance import Performance
from simulators.twilio import Leg, Party
from simulators.twilio.tasks import Tasks

log = logging.getLogger(__name__)

FIRST_RETRY: Final = 0.5
LAST_RETRY: Final = 5.0
AFTER_REFUSAL: Final = 60.0  # a wrong password must not lock the account
TRIES: Final = 8  # of a command that may come a moment too early
READING: Final = 1.2  # seconds to look at a suggestion
OVER: Final = frozenset({"call.ended", "call.accepted"})
_ERRORS = (DeskError, BadTokenError, aiohttp.ClientError, OSError, TimeoutError)


class Stage(Protocol):
    """Where the colleague learns what a call is about."""

    def get(self, sid: str) -> Performance | None:
        """The performance of that customer leg."""


class Telephones(Protocol):
    """The network that the colleague's telephone is registered with."""

    def client_call(
        self, *, identity: str, params: dict[str, str], party: Party
    ) -> Leg:
        """A browser calls out."""


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
        self._ringing: set[str] = set()
        self._talking_on: str | None = None

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
        if message["type"] == "snapshot":
            self._tasks.start(self._available(), "presence")
            for call in message["calls"]:
                if call["ringing"]:
                    self._offered(call["sid"])
        elif message["type"] == "event":
            self._happened(message["name"], message["sid"], message.get("data") or {})

    def _happened(self, name: str, sid: str, data: Message) -> None:
        if name in {"call.offered", "call.released"}:
            self._offered(sid)
        elif name in OVER:
            self._ringing.discard(sid)
        elif name == "suggestion.offered" and sid == self._talking_on:
            self._tasks.start(self._look_at(sid, int(data["id"])), "suggestion")

    def _offered(self, sid: str) -> None:
        performance = self._stage.get(sid)
        if performance is None or performance.taken_after is None:
            return
        if sid not in self._ringing and sid != self._talking_on:
            self._ringing.add(sid)
            self._tasks.start(
                self._consider(sid, performance, performance.taken_after), f"call {sid}"
            )

    async def _consider(
        self, sid: str, performance: Performance, seconds: float
    ) -> None:
        await asyncio.sleep(seconds + self._reaction)
        async with self._telephone:
            if sid not in self._ringing or performance.over.is_set():
                return
            self._ringing.discard(sid)
            try:
                await self._take(sid, performance)
            except _ERRORS as error:
                log.info("%s did not take %s: %s", self.username, sid, error)
            finally:
                self._talking_on = None

    async def _take(self, sid: str, performance: Performance) -> None:
        await self._insist("accept", sid, unless={"already_taken"})
        self._talking_on = sid
        desk = await self._here()
        grant = access_token.read(await desk.voice_token())
        if not grant.outgoing:
            raise DeskError("the voice token does not allow to call")
        leg = self._telephones.client_call(
            identity=grant.identity, params={"sid": sid}, party=performance.agent()
        )
        log.info("%s talks on %s", self.username, sid)
        try:
            await self._follow(sid, performance, leg)
        finally:
            leg.hangup()
        await self._available()

    async def _follow(self, sid: str, performance: Performance, leg: Leg) -> None:
        """Give the desk the script's commands until one of the two legs is over."""
        ends = [
            asyncio.ensure_future(performance.over.wait()),
            asyncio.ensure_future(leg.over.wait()),
        ]
        commands = asyncio.ensure_future(self._give_commands(sid, performance))
        try:
            await asyncio.wait([*ends, commands], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (*ends, commands):
                waiting.cancel()
            await asyncio.gather(*ends, commands, return_exceptions=True)

    async def _give_commands(self, sid: str, performance: Performance) -> None:
        while True:
            name = await performance.commands.get()
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

    async def _available(self) -> None:
        try:
            desk = await self._here()
            await desk.command("set_presence", data={"presence": "available"})
        except _ERRORS as error:
            log.info("%s could not become available: %s", self.username, error)

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
