"""How many calls a core carries, at what cost a frame, beside what else could carry them."""

import asyncio
from dataclasses import replace
from typing import Final

from bench import cores, product
from bench.media import figures, ladder
from bench.media.frames import spoken
from bench.media.ladder import Plan, Step
from bench.media.servers import SERVERS, Server
from bench.media.transcription import Heard
from bench.product import Product
from bench.report import Report, Size
from callcenter.loops import make_loop

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "media"
DESCRIPTION: Final = "how many calls a core carries, sound on both tracks"

LONG: Final = Plan(
    (20, 30, 40, 50, 60, 90, 140, 200, 280, 340, 400, 480, 560),
    windows=3,
    seconds=0.7,
    few=(figures.FEW, figures.MANY, 560),
)
# The same in less time, since others wait: fewer steps, and shorter.
AMONG_OTHERS: Final = replace(
    LONG,
    steps=(20, 40, 50, 60, 90, 200, 280, 400, 560),
    seconds=0.6,
    settles=4.0,
)
BRIEF: Final = Plan((4,), windows=1, seconds=0.5, settles=0.3)


def run(size: Size) -> Report:
    """Each server alone on the first core, one after the other; we on the second."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    plan = size.of(BRIEF, AMONG_OTHERS, LONG)
    port = product.free_port()
    vendors = f"http://127.0.0.1:{port}"
    report = Report()
    with (
        product.running(vendors=vendors, core=ours) as running,
        cores.on(generators),
        asyncio.Runner(loop_factory=make_loop) as loop,
    ):
        found = loop.run(_measure(running, port, ours, plan))
    for server, steps in found.items():
        report.missing += figures.missing(server, steps)
    report.tables.append(figures.table(found, {s.name: s.absent() for s in SERVERS}))
    report.overloaded += figures.troubles(found)
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


async def _measure(
    running: Product, port: int, core: int | None, plan: Plan
) -> dict[str, list[Step]]:
    heard = Heard(spoken())
    vendors = await heard.serve(port)
    found: dict[str, list[Step]] = {}
    for server in SERVERS:
        if not server.absent():
            found[server.name] = await _one(server, running, port, core, heard, plan)
    vendors.close()
    return found


async def _one(
    server: Server,
    running: Product,
    port: int,
    core: int | None,
    heard: Heard,
    plan: Plan,
) -> list[Step]:
    at_work = ladder.at_work(server, running, port, core, heard)
    async with at_work as (started, twilio):
        steps = plan.few if server.carries_all else ()
        return await ladder.climb(
            started, twilio, heard, replace(plan, steps=steps or plan.steps)
        )
