"""From a spoken word to the word on the desk, and the memory of many live calls."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bench import cores, product
from bench.load import Load, cpu_seconds, generating
from bench.media.callers import Exchange
from bench.media.calls import Prepared, unreal
from bench.media.servers import OURS_CHANNELS, OURS_DEDICATED, SERVERS, Started
from bench.pipeline import figures
from bench.pipeline.figures import Memory, Sample, Side, Soak
from bench.pipeline.talk import Talk
from bench.product import Product
from bench.report import Report, Size
from bench.voice import script
from bench.voice.vendors import Vendors
from callcenter.loops import make_loop

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "pipeline"
DESCRIPTION: Final = "from a spoken word to the desk; memory of 200 live calls"

# Calls at once, and for how many seconds.
_LONG: Final = ((10, 8.0), (40, 5.0))
_BRIEF: Final = ((4, 2.0),)
_MEMORY: Final = (50, 200)
_BRIEF_MEMORY: Final = (6,)
# Of the calls whose memory is looked at at most so many speak; the others send little.
_SPEAKING: Final = 20
_QUIET_EVERY: Final = 50
_SOAK_SECONDS: Final = {"brief": 1.0, "long": 15.0, "alone": 30.0, "soak": 600.0}
_SETTLES: Final = 2.0
_BRIEF_SETTLES: Final = 1.0
_HEARTBEAT_SECONDS: Final = 4.0
_BARE: Final = "bare"
_CONNECTING: Final = 8
_OFFICE: Final = "bench.pipeline.office"


@dataclass(frozen=True, slots=True)
class _Call:
    call: Prepared
    cookie: str


def run(size: Size) -> Report:
    """Both doors and the bare server on the first core; callers, vendor and desks on the second."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    port = product.free_port()
    report = Report()
    with (
        product.running(vendors=f"http://127.0.0.1:{port}", core=ours) as running,
        contextlib.ExitStack() as stack,
    ):
        by_name = {one.name: one for one in SERVERS}
        sides = {
            name: stack.enter_context(by_name[name].start(running, port, ours))
            for name in (OURS_DEDICATED, OURS_CHANNELS)
        }
        sides[_BARE] = stack.enter_context(_bare(running, port, ours))
        stack.enter_context(cores.on(generators))
        written = script.written()
        talk, vendors = Talk(written), Vendors(written.speech)
        bench = _Bench(running, sides, talk, vendors, report, size)
        with asyncio.Runner(loop_factory=make_loop) as loop:
            loop.run(bench.measure(port))
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


@contextlib.contextmanager
def _bare(running: Product, vendors: int, core: int | None) -> Iterator[Started]:
    port = product.free_port()
    command = ["bench.pipeline.reference", f"--port={port}"]
    command.append(f"--vendors=http://127.0.0.1:{vendors}")
    log = running.folder / "reference.log"
    with product.listening(
        command, running.environment, port=port, core=core, log=log
    ) as server:
        yield Started(server.pid, f"ws://127.0.0.1:{port}/ws/media/", unreal)


@dataclass(frozen=True, slots=True)
class _Bench:
    product: Product
    sides: dict[str, Started]
    talk: Talk
    vendors: Vendors
    report: Report
    size: Size

    async def measure(self, port: int) -> None:
        """Words at each number of calls and server, and then the memory."""
        found: list[Side] = []
        async with self.vendors.serving(port):
            for calls, seconds in _BRIEF if self.size.brief else _LONG:
                for name in self.sides:
                    found.append(await self._words(name, calls, seconds))  # noqa: PERF401
            self.report.tables.append(figures.table(found))
            await self._memory()

    async def _words(self, name: str, count: int, seconds: float) -> Side:
        server, side = self.sides[name], Side(name, count)
        calls = await asyncio.to_thread(self._prepared, name, count)
        async with self._sending(server, [one.call for one in calls]) as exchange:
            numbers = {one.call.sid: place for place, one in enumerate(calls)}
            async with asyncio.TaskGroup() as tasks, contextlib.AsyncExitStack() as s:
                reading = []
                for one in calls:
                    desk = await s.enter_async_context(self._desk(name, one))
                    reading += [
                        tasks.create_task(self._read(desk, exchange, numbers, side)),
                        tasks.create_task(_beat(desk)),
                    ]
                await self._settled()
                side.words.clear()
                side.texts.clear()
                exchange.late.clear()
                used = cpu_seconds(server.process)
                with generating() as load:
                    await asyncio.sleep(seconds)
                after = cpu_seconds(server.process)
                for task in reading:
                    task.cancel()
        if used is not None and after is not None:
            side.server = (after - used) / load.seconds
        side.load = load
        self._judge(f"{count} calls, {name}", load, exchange)
        for what, samples in (("words", side.words), ("texts", side.texts)):
            if not samples:
                self.report.missing.append(f"{count} calls, {name}: no {what} came.")
        return side

    @contextlib.asynccontextmanager
    async def _sending(
        self, server: Started, calls: Sequence[Prepared], *, every: int = 1
    ) -> AsyncIterator[Exchange]:
        """Twilio, sending for these calls until the end of the block."""
        exchange = Exchange(server.url, self.product.auth_token, self.talk, every=every)
        places = asyncio.Semaphore(_CONNECTING)

        async def one(place: int) -> None:
            async with places:
                await exchange.connect(calls[place], place)

        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(exchange.run())
            async with asyncio.TaskGroup() as connecting:
                for place in range(len(calls)):
                    connecting.create_task(one(place))
            try:
                yield exchange
            finally:
                sending.cancel()
                exchange.close()

    @contextlib.asynccontextmanager
    async def _desk(self, name: str, one: _Call) -> AsyncIterator[ClientConnection]:
        base = self.product.environment["PUBLIC_BASE_URL"]
        url = f"{base.replace('http', 'ws')}/ws/desk/"
        if name == _BARE:
            url = self.sides[name].url.replace("/ws/media/", "/ws/desk/")
        headers = {"Cookie": f"sessionid={one.cookie}"}
        async with connect(
            url, origin=Origin(base), additional_headers=headers, proxy=None
        ) as desk:
            if name == _BARE:
                await desk.send(json.dumps({"sid": one.call.sid}))
            yield desk

    async def _read(
        self,
        desk: ClientConnection,
        exchange: Exchange,
        numbers: dict[str, int],
        side: Side,
    ) -> None:
        """Note each word that comes, for ever."""
        async for told in desk:
            now = time.monotonic()
            message = json.loads(told)
            place = numbers.get(message.get("sid"))
            is_partial = message["type"] == "partial"
            said = message.get("text") if is_partial else None
            if message["type"] == "event" and message.get("name") in {
                None,
                "utterance.added",
            }:
                said = message["data"].get("text")
            heard = None if said is None else self.vendors.heard(said)
            caller = next((c for c in exchange.callers if c.number == place), None)
            if heard is None or caller is None:
                continue
            turn = self.talk.turn(caller, heard.began)
            if turn is None:
                continue
            sample: Sample | None
            if is_partial:
                sample, into = figures.words(turn, heard, now), side.words
            else:
                sample, into = figures.text(turn, heard, now), side.texts
            if sample is not None:
                into.append(sample)

    async def _memory(self) -> None:
        """What calls take on the media server, which has had calls and is warm."""
        server = self.sides[OURS_DEDICATED]
        await self._settled()
        found = [Memory(0, _kibibytes(server.process))]
        counts = _BRIEF_MEMORY if self.size.brief else _MEMORY
        connected = speaking = min(_SPEAKING, *counts)
        async with contextlib.AsyncExitStack() as stack:
            calls = await asyncio.to_thread(self._made, speaking)
            busy = await stack.enter_async_context(self._sending(server, calls))
            for count in counts:
                more = count - connected
                quiet = await asyncio.to_thread(self._made, more)
                await stack.enter_async_context(
                    self._sending(server, quiet, every=_QUIET_EVERY)
                )
                connected += more
                await self._settled()
                found.append(Memory(connected, _kibibytes(server.process)))
            busy.late.clear()
            with generating() as load:
                soak = await _soaked(
                    server, connected, speaking, seconds=_SOAK_SECONDS[self._form]
                )
        self._judge(f"{connected} calls for their memory", load, busy)
        self.report.tables.append(figures.memory_table(found, soak))

    @property
    def _form(self) -> str:
        if self.size.soak:
            return "soak"
        if self.size.brief:
            return "brief"
        return "alone" if self.size.alone else "long"

    async def _settled(self) -> None:
        await asyncio.sleep(_BRIEF_SETTLES if self.size.brief else _SETTLES)

    def _made(self, count: int) -> list[Prepared]:
        """Calls without a desk."""
        made = self.product.office(_OFFICE).do("made", count=count)
        return [Prepared(**one) for one in made]

    def _prepared(self, name: str, count: int) -> list[_Call]:
        """Calls with one, or as many as no database knows."""
        if name == _BARE:
            return [_Call(one, "") for one in unreal(count)]
        return [
            _Call(Prepared(**one["call"]), one["cookie"])
            for one in self.product.office(_OFFICE).do("led", count=count)
        ]

    def _judge(self, name: str, load: Load, exchange: Exchange) -> None:
        load.late = list(exchange.late)
        self.report.overloaded += load.troubles(name)
        if any(caller.broken for caller in exchange.callers):
            self.report.missing.append(f"{name}: a socket was closed.")


async def _beat(desk: ClientConnection) -> None:
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        await desk.send('{"type": "heartbeat"}')


async def _soaked(
    server: Started, calls: int, speaking: int, *, seconds: float
) -> Soak:
    at: list[float] = []
    kibibytes: list[float] = []
    begun, used = time.monotonic(), cpu_seconds(server.process)
    while not at or at[-1] < seconds:
        at.append(time.monotonic() - begun)
        kibibytes.append(_kibibytes(server.process))
        await asyncio.sleep(1.0)
    after = cpu_seconds(server.process)
    share = None if used is None or after is None else (after - used) / at[-1]
    return Soak(calls, speaking, at, kibibytes, share)


def _kibibytes(process: int) -> float:
    """What the process has in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
