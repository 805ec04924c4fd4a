"""How much the AI voice adds to what its vendors take, with 1, 10, 50 and 100 calls at once."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession, TCPConnector

from bench import cores, product
from bench.load import Load, cpu_seconds, generating
from bench.product import Product
from bench.report import Report, Size
from bench.voice import figures, orders, script, servers
from bench.voice.figures import Measured, Side
from bench.voice.orders import Office
from bench.voice.script import Script
from bench.voice.servers import Started
from bench.voice.stage import Exchange, Server, Stage, unreal
from bench.voice.vendors import Vendors
from callcenter.loops import make_loop

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "voice"
DESCRIPTION: Final = "what the AI voice adds, to its answers and before it is silent"

# What is done for the first time takes longer, and does not count.
WARMING_UP: Final = Stage(1, 1, 1, 0.3)
# A call is taken over only once: where few are up at once it takes more of them.
LONG: Final = (
    Stage(1, 3, 4, 0.3),
    Stage(10, 1, 3, 1.0),
    Stage(50, 1, 1, 4.0),
    Stage(100, 1, 1, 4.0),
)
BRIEF: Final = (Stage(2, 1, 1, 0.3),)
# Nothing takes longer, whatever hangs.
_STAGE_SECONDS: Final = 200.0


def run(size: Size) -> Report:
    """Start the product, the bare server and the vendors; talk; tell what it took."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    port = product.free_port()
    vendors = f"http://127.0.0.1:{port}"
    with (
        product.running(vendors=vendors, core=ours) as running,
        servers.media_server(running, core=ours) as media,
        servers.bare(running, vendors=vendors, core=ours) as bare,
        cores.on(generators),
        asyncio.Runner(loop_factory=make_loop) as loop,
    ):
        written = script.written()
        bench = _Bench(running, media, bare, written, Vendors(written.speech))
        report = loop.run(bench.measure(port, size))
        if report.missing:
            report.missing.append(f"The server's last words: {media.last_words()}")
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


@dataclass(frozen=True, slots=True)
class _Bench:
    product: Product
    media: Started
    bare: Started
    script: Script
    vendors: Vendors

    async def measure(self, port: int, size: Size) -> Report:
        """Stage after stage, up to the first that our server does not carry."""
        report, stages = Report(), BRIEF if size.brief else LONG
        measured: list[Measured] = []
        async with (
            self.vendors.serving(port),
            orders.opened(self.product.environment) as office,
            ClientSession(connector=TCPConnector(limit=0)) as http,
        ):
            exchange = Exchange(self.product, self.script, self.vendors, http)
            if not size.brief:
                await self._measure(WARMING_UP, exchange, office)
            for stage in stages:
                async with asyncio.timeout(_STAGE_SECONDS):
                    measured.append(await self._measure(stage, exchange, office))
                _judge(report, stage, measured[-1])
                if not measured[-1].is_carried:
                    break
        if not measured[0].is_carried:
            report.missing.append("Not even the fewest calls were carried.")
        more = [stage.calls for stage in stages[len(measured) :]]
        report.tables.append(figures.table(measured, self.script, untried=more))
        return report

    async def _measure(
        self, stage: Stage, exchange: Exchange, office: Office
    ) -> Measured:
        calls = await office.prepare(calls=stage.calls, rounds=stage.rounds)
        others = unreal(calls=stage.calls, rounds=stage.rounds)
        ours = Server(self.media.url, office.take_over)
        bare = Server(self.bare.url, office.tell)
        talk = exchange.talk
        before = cpu_seconds(self.media.process)
        with generating([office.process]) as load:
            if stage.calls == 1:
                # One call more is no load, and it is the same moment.
                own, other = await asyncio.gather(
                    talk(ours, stage, calls, load), talk(bare, stage, others, load)
                )
            else:
                own = await talk(ours, stage, calls, load)
        used = _share(self.media.process, before, load)
        loads = [load]
        if own.broken:
            # There is nothing to compare.
            other = Side()
        elif stage.calls > 1:
            with generating([office.process]) as load:
                other = await talk(bare, stage, others, load)
            loads.append(load)
        return Measured(stage.calls, own, other, loads, used)


def _judge(report: Report, stage: Stage, found: Measured) -> None:
    wanted = figures.expected(calls=stage.calls * stage.rounds, turns=stage.turns)
    sides: dict[str, Side] = {"ours": found.ours, "bare": found.bare}
    for name, side in sides.items():
        # Of calls that broke off there is no figure: the table says so.
        if found.is_carried and not side.broken:
            report.missing += figures.missing(
                side, wanted, f"{stage.calls} calls, {name}"
            )
    where = f"{stage.calls} calls"
    for load in found.loads:
        report.overloaded += load.business(where)
        if found.is_carried:  # else it had to wait for a server that read no more
            report.overloaded += load.lateness(where)


def _share(process: int, before: float | None, load: Load) -> float | None:
    after = cpu_seconds(process)
    if before is None or after is None:
        return None
    return (after - before) / load.seconds
