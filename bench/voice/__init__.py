"""How much the AI voice adds to what its vendors take, with 1, 10 and 50 calls at once."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession, TCPConnector

from bench import cores, product
from bench.load import Load, cpu_seconds, generating
from bench.product import Product
from bench.report import Report, Size
from bench.voice import figures, orders, script
from bench.voice.figures import Measured, Side
from bench.voice.orders import Office
from bench.voice.script import Script
from bench.voice.stage import Exchange, Server, Stage, unreal
from bench.voice.vendors import Vendors

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "voice"
DESCRIPTION: Final = "what the AI voice adds, to its answers and before it is silent"

# At least 100 samples of every figure; a call is taken over only once.
LONG: Final = (Stage(1, 100, 1, 0.3), Stage(10, 10, 1, 1.0), Stage(50, 2, 2, 4.0))
BRIEF: Final = (Stage(1, 3, 1, 0.3), Stage(10, 1, 1, 1.0), Stage(50, 1, 1, 4.0))
# Nothing takes longer, whatever hangs.
_STAGE_SECONDS: Final = 600.0


def run(size: Size) -> Report:
    """Start the product, the bare server and the vendors; talk; tell what it took."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    port = product.free_port()
    vendors = f"http://127.0.0.1:{port}"
    with (
        product.running(vendors=vendors, core=ours) as running,
        _bare(running, vendors=vendors, core=ours) as bare,
        cores.on(generators),
    ):
        written = script.written()
        bench = _Bench(running, bare, written, Vendors(written.speech))
        report = asyncio.run(bench.measure(port, BRIEF if size.brief else LONG))
        if report.missing:
            report.missing.append(f"The server's last words: {running.last_words()}")
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


@contextlib.contextmanager
def _bare(running: Product, *, vendors: str, core: int | None) -> Iterator[str]:
    """The reference, on the product's core; its media address."""
    port = product.free_port()
    redis = running.environment["REDIS_URL"]
    options = ["--port", str(port), "--vendors", vendors, "--redis", redis]
    command = ["bench.voice.reference", *options]
    log = running.folder / "reference.log"
    with (
        cores.on(core),
        product.process(command, running.environment, log=log) as server,
    ):
        product.wait_until_listening(port, server, log)
        yield f"ws://127.0.0.1:{port}/ws/media/"


@dataclass(frozen=True, slots=True)
class _Bench:
    product: Product
    bare_url: str
    script: Script
    vendors: Vendors

    async def measure(self, port: int, stages: Sequence[Stage]) -> Report:
        """All stages, one after the other."""
        report = Report()
        measured: list[Measured] = []
        async with (
            self.vendors.serving(port),
            orders.opened(self.product.environment) as office,
            ClientSession(connector=TCPConnector(limit=0)) as http,
        ):
            exchange = Exchange(self.product, self.script, self.vendors, http)
            for stage in stages:
                async with asyncio.timeout(_STAGE_SECONDS):
                    measured.append(await self._measure(stage, exchange, office))
                _judge(report, stage, measured[-1])
        report.tables.append(figures.table(measured, self.script))
        return report

    async def _measure(
        self, stage: Stage, exchange: Exchange, office: Office
    ) -> Measured:
        rounds = stage.rounds + 1
        calls = await office.prepare(calls=stage.calls, rounds=rounds)
        others = unreal(calls=stage.calls, rounds=rounds)
        ours = Server(self.product.media_url, office.take_over)
        bare = Server(self.bare_url, office.tell)
        talk = exchange.talk
        before = cpu_seconds(self.product.process)
        with generating([office.process]) as load:
            if stage.calls == 1:
                # One call more is no load, and it is the same moment.
                own, other = await asyncio.gather(
                    talk(ours, stage, calls, load), talk(bare, stage, others, load)
                )
            else:
                own = await talk(ours, stage, calls, load)
        used = _share(self.product.process, before, load)
        loads = [load]
        if stage.calls > 1:
            with generating([office.process]) as load:
                other = await talk(bare, stage, others, load)
            loads.append(load)
        return Measured(stage.calls, own, other, loads, used)


def _judge(report: Report, stage: Stage, found: Measured) -> None:
    wanted = figures.expected(calls=stage.calls * stage.rounds, turns=stage.turns)
    sides: dict[str, Side] = {"ours": found.ours, "bare": found.bare}
    for name, side in sides.items():
        where = f"{stage.calls} calls, {name}"
        report.missing += figures.missing(side, wanted, where)
    for load in found.loads:
        report.overloaded += load.troubles(f"{stage.calls} calls")


def _share(process: int, before: float | None, load: Load) -> float | None:
    after = cpu_seconds(process)
    if before is None or after is None:
        return None
    return (after - before) / load.seconds
