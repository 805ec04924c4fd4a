"""How little the calls notice when others make trouble: desks, a vendor, a caller."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import IO, Final

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench import cores, product
from bench.machine import ROOT
from bench.media import figures, ladder
from bench.media.callers import Exchange
from bench.media.frames import spoken
from bench.media.ladder import Plan, Step
from bench.media.servers import OURS_CHANNELS, OURS_DEDICATED, SERVERS, Started
from bench.media.transcription import Heard
from bench.product import Product
from bench.report import Report, Size
from bench.tables import Cell, Table
from callcenter.loops import make_loop

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "isolation"
DESCRIPTION: Final = "what other calls notice of a bad desk, vendor or caller"

# Of the quiet run's.
WANTED: Final = 1.5
LONG: Final = Plan((20,), windows=10, seconds=1.0)
AMONG_OTHERS: Final = Plan((20,), windows=6, seconds=1.0)
BRIEF: Final = Plan((4,), windows=1, seconds=0.5, settles=0.3)
_GARBAGE: Final = ("hello", "{" * 2000, '{"event":"media"}', b"\0" * 500)
_GARBAGE_APART: Final = 0.01
_OUR_DOORS: Final = (OURS_DEDICATED, OURS_CHANNELS)


@dataclass(frozen=True, slots=True)
class Seen:
    """The same calls without trouble and with it."""

    quiet: Step
    troubled: Step

    @property
    def ratio(self) -> float | None:
        """Of the p99, the medians of the windows."""
        if not self.quiet.windows or not self.troubled.windows:
            return None
        return self.troubled.lag_p99 / self.quiet.lag_p99


def run(size: Size) -> Report:
    """Both doors: quiet, and then with all troubles at once.

    The media server has the first core to itself, as in production: the web process, where
    the desks are, goes over to the generators, who say so if they notice.
    """
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    plan = size.of(BRIEF, AMONG_OTHERS, LONG)
    port = product.free_port()
    report = Report()
    with (
        product.running(vendors=f"http://127.0.0.1:{port}", core=ours) as running,
        cores.on(generators),
        asyncio.Runner(loop_factory=make_loop) as loop,
    ):
        seen = loop.run(_measure(running, port, shared, plan))
    for name, one in seen.items():
        for step, when in ((one.quiet, "quiet"), (one.troubled, "troubled")):
            report.overloaded += [f"{name}, {when}: {why}" for why in step.troubles]
            if not step.windows:
                report.missing.append(f"{name}, {when}: nothing came.")
    report.tables.append(table(seen))
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


def table(seen: dict[str, Seen]) -> Table:
    """A row for each door. Milliseconds."""
    columns = (
        *("door", "calls", "quiet p50", "quiet p99"),
        *("troubled p50", "troubled p99", "ratio"),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, one.quiet.calls, *_lag(one.quiet), *_lag(one.troubled), one.ratio)
        for name, one in seen.items()
    ]
    notes = [f"Wanted: a ratio of the p99 of at most {WANTED}."]
    for name, one in seen.items():
        lost = one.troubled.lost + one.troubled.garbled
        notes.append(f"{name}: {lost} frames of the other calls were lost.")
    notes += figures.spoilt(
        step for one in seen.values() for step in (one.quiet, one.troubled)
    )
    return Table("Other calls, while all troubles are on", columns, rows, notes)


def _lag(step: Step) -> tuple[float | None, float | None]:
    if not step.windows:
        return (None, None)
    return 1000 * median(w.lag_p50 for w in step.windows), 1000 * step.lag_p99


async def _measure(
    running: Product, port: int, shared: tuple[int, int] | None, plan: Plan
) -> dict[str, Seen]:
    heard = Heard(spoken())
    vendors = await heard.serve(port)
    seen: dict[str, Seen] = {}
    core, other = shared or (None, None)
    for server in (one for one in SERVERS if one.name in _OUR_DOORS):
        cores.move(running.process, other if server.name == OURS_DEDICATED else core)
        at_work = ladder.at_work(server, running, port, core, heard)
        async with at_work as (started, twilio):
            seen[server.name] = await _seen(running, started, twilio, heard, plan)
    vendors.close()
    return seen


async def _seen(
    running: Product, started: Started, twilio: Exchange, heard: Heard, plan: Plan
) -> Seen:
    (calls,) = plan.steps
    quiet, troubled = Step(calls), Step(calls)
    await ladder.connect(started, twilio, calls)
    await ladder.settle(twilio, heard, plan.settles)
    await ladder.look(started, twilio, heard, quiet, plan)
    heard.hangs = True
    others = Exchange(twilio.url, twilio.token, twilio.sound)
    async with asyncio.TaskGroup() as tasks:
        bad = [
            tasks.create_task(_garbage(twilio)),
            tasks.create_task(others.run()),
        ]
        with _desks(running) as desks:
            await ladder.connect(started, others, 1)
            if not await asyncio.to_thread(desks.readline):
                raise product.NotStarted("The bad desks did not come.")
            await ladder.settle(twilio, heard, plan.settles)
            await ladder.look(started, twilio, heard, troubled, plan)
        for task in bad:
            task.cancel()
    others.close()
    return Seen(quiet, troubled)


async def _garbage(twilio: Exchange) -> None:
    """A caller who says nothing that Twilio says, and dials again when it is shown out."""
    headers = {"X-Twilio-Signature": twilio.signature}
    while True:
        with contextlib.suppress(ConnectionClosed, OSError):
            async with connect(
                twilio.url, additional_headers=headers, proxy=None
            ) as socket:
                for number in range(10**6):
                    await socket.send(_GARBAGE[number % len(_GARBAGE)])
                    await asyncio.sleep(_GARBAGE_APART)


@contextlib.contextmanager
def _desks(running: Product) -> Iterator[IO[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.isolation.desks"],
        cwd=ROOT,
        env=running.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None  # noqa: S101  asked for above
    try:
        yield child.stdout
    finally:
        child.kill()
        child.wait()
