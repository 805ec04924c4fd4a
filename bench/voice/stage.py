"""So many calls at once on a server: the lines, and what happens on each; nothing is judged here."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientError, ClientSession
from twilio.request_validator import RequestValidator

from bench.load import Load
from bench.product import Product
from bench.voice import caller
from bench.voice.figures import Held, Side
from bench.voice.orders import Prepared
from bench.voice.script import Script
from bench.voice.vendors import Vendors

# Seconds between two calls that begin, and between two that are taken over: what is
# measured is not how many of these come in one moment.
_BEGIN_APART: Final = 0.1
_TAKEN_APART: Final = 0.05
# An agent who takes over has listened for so long.
_AGENT_LISTENS: Final = 0.3
# For so long it is listened whether more comes after the last clear.
_LISTENED: Final = 0.15


@dataclass(frozen=True, slots=True)
class Stage:
    """So many calls at once, in so many rounds, each of so many turns.

    A caller `listens` for so many seconds before interrupting: few calls give their
    samples sooner if they hurry, and many must not be busier than people are.
    """

    calls: int
    rounds: int
    turns: int
    listens: float


class _Meeting:
    """Lets everybody pass when the last one has come, or will not come."""

    def __init__(self, people: int) -> None:
        self._missing = people
        self._complete = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        return self._complete.is_set()

    def come(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._complete.set()

    async def wait(self) -> None:
        await self._complete.wait()


@dataclass(slots=True)
class _Line:
    """One of the calls of a round: it comes to both meetings, whatever happens to it."""

    place: int
    call: Prepared
    begun: _Meeting
    ended: _Meeting
    has_begun: bool = False
    has_ended: bool = False

    def begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self.begun.come()

    def end(self) -> None:
        self.begin()
        if not self.has_ended:
            self.has_ended = True
            self.ended.come()


@dataclass(frozen=True, slots=True)
class Server:
    """Whoever is called, and how it learns of a takeover: that returns the moment."""

    media_url: str
    take_over: Callable[[Prepared], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Who connects the calls, with what is said in them."""

    product: Product
    script: Script
    vendors: Vendors
    http: ClientSession

    async def talk(
        self,
        server: Server,
        stage: Stage,
        rounds: Sequence[Sequence[Prepared]],
        load: Load,
    ) -> Side:
        """Hold all calls; those of a round at the same time. Ends with a call that breaks."""
        side = Side()
        for calls in rounds:
            begun, ended = _Meeting(len(calls)), _Meeting(len(calls))
            lines = [_Line(n, call, begun, ended) for n, call in enumerate(calls)]
            held = await asyncio.gather(
                *(self._hold(server, stage, line, load, side) for line in lines)
            )
            if side.broken:
                # So many calls are too many: more rounds would show it again.
                break
            for one in held:
                side.add(one)
        return side

    async def _hold(
        self, server: Server, stage: Stage, line: _Line, load: Load, side: Side
    ) -> Held:
        """One call from start to stop, as far as it is possible to hold it."""
        await asyncio.sleep(line.place * _BEGIN_APART)
        call = line.call
        voiced = self.vendors.voiced[call.voice] = []
        moments = caller.Moments()
        try:
            async with caller.connected(
                self.http,
                url=server.media_url,
                signature=self._signature(server.media_url),
                account=self.product.account_sid,
                call=call,
                script=self.script,
                late=load.late,
                moments=moments,
            ) as stream:
                await _converse(stream, server, stage, line)
        except* (ClientError, ConnectionError, TimeoutError) as group:
            side.broken.append(type(group.exceptions[0]).__name__)
        finally:
            line.end()
        return Held(moments, self.vendors.asked.pop(call.person, []), voiced)

    def _signature(self, url: str) -> str:
        return str(RequestValidator(self.product.auth_token).compute_signature(url, {}))


def unreal(*, calls: int, rounds: int) -> list[list[Prepared]]:
    """Calls that no database knows."""
    return [
        [
            Prepared(f"CA{secrets.token_hex(16)}", "", f"bare-{line}", 0)
            for line in range(calls)
        ]
        for _ in range(rounds)
    ]


async def _converse(
    stream: caller.Stream, server: Server, stage: Stage, line: _Line
) -> None:
    moments = stream.moments
    await caller.answered(stream)
    line.begin()
    while not line.begun.is_complete:
        await caller.turn(stream, listens=stage.listens)
    moments.since = time.monotonic()
    for _ in range(stage.turns):
        await caller.turn(stream, listens=stage.listens)
    await asyncio.sleep(_AGENT_LISTENS + line.place * _TAKEN_APART)
    before = len(moments.clears)
    moments.taken_over = await server.take_over(line.call)
    await stream.until(lambda: len(moments.clears) > before)
    await asyncio.sleep(_LISTENED)
    line.end()
    # Whoever is still measured is measured among as many.
    await line.ended.wait()
