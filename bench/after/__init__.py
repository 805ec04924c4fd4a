"""What a worker does with a call that is over: how long each step takes, how many calls a minute."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench import cores, product
from bench.after import figures, reference, vendors
from bench.after.figures import Done
from bench.after.vendors import Vendors
from bench.load import Load, cpu_seconds, generating
from bench.machine import ROOT
from bench.orders import AsyncOffice, opened_async
from bench.product import Product
from bench.report import Report, Size

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "after"
DESCRIPTION: Final = "how many calls a minute a worker finishes, and each step's time"

# Calls one after the other, and calls at once.
_ALONE: Final = (15, 120)
_AMONG_OTHERS: Final = (8, 30)
_BRIEF: Final = (1, 2)
# A call's work, and that of all at once, take no longer.
_PATIENCE: Final = 30.0
_LOOK: Final = 0.1
_OFFICE: Final = "bench.after.office"
_WORKER: Final = ("worker", "--loglevel=warning", "--concurrency=1")


def run(size: Size) -> Report:
    """Start the product, a worker and the vendors; end calls; see to it that all is done."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    port = product.free_port()
    report = Report()
    with (
        product.running(vendors=f"http://127.0.0.1:{port}", core=ours) as running,
        cores.on(generators),
    ):
        played = Vendors(vendors.recorded())
        bench = _Bench(running, ours, played, report)
        try:
            asyncio.run(bench.measure(port, *size.of(_BRIEF, _AMONG_OTHERS, _ALONE)))
        except TimeoutError:
            report.missing.append("The work was not done in time.")
    if shared is None:
        report.overloaded.append("The vendors had no core of their own.")
    return report


class _Bench:
    def __init__(
        self, running: Product, core: int | None, played: Vendors, report: Report
    ) -> None:
        self._product = running
        self._core = core
        self._vendors = played
        self._report = report

    async def measure(self, port: int, alone: int, many: int) -> None:
        """Calls one after the other, then many at once, and then as many chains of nothing."""
        with self._worker("callcenter.celery") as worker:
            async with (
                self._vendors.serving(port),
                opened_async(_OFFICE, self._product.environment) as office,
            ):
                # Neither the first nor the second counts: all is loaded by then.
                await self._alone(office, min(2, alone))
                self._vendors.forget()
                calls = await self._alone(office, alone)
                table = figures.alone(figures.by_call(calls), self._vendors.took)
                self._report.tables.append(table)
                with generating([office.process.pid]) as load:
                    done = await self._many(office, worker, many)
                self._judge(load)
        with self._worker("bench.after.reference") as worker:
            nothing = await self._nothing(worker, many)
        self._report.tables.append(figures.many([done, nothing]))

    async def _alone(self, office: AsyncOffice, count: int) -> list[dict[str, Any]]:
        ids = await self._prepared(office, count)
        for one in ids:
            await office.do("begin", ids=[one])
            await self._until_done(office, [one])
        return await self._steps(office, ids)

    async def _many(self, office: AsyncOffice, worker: int, count: int) -> Done:
        ids = await self._prepared(office, count)
        self._vendors.forget()
        web, used = cpu_seconds(self._product.process), _family_cpu(worker)
        await office.do("begin", ids=ids)
        await self._until_done(office, ids)
        used = _family_cpu(worker) - used
        web_after = cpu_seconds(self._product.process)
        steps = await self._steps(office, ids)
        took = self._vendors.took
        return Done(
            "the work on a call",
            count,
            max(step["ended"] for step in steps) - min(step["began"] for step in steps),
            sum(sum(took[name]) for name in took if name != figures.TRANSCRIBING),
            used,
            None if web is None or web_after is None else web_after - web,
        )

    async def _nothing(self, worker: int, count: int) -> Done:
        command = [sys.executable, "-m", "bench.after.reference"]
        # It has one chain done first, so the worker is up when it begins to count.
        await asyncio.to_thread(self._told, [*command, "1"])
        used = _family_cpu(worker)
        seconds = float(await asyncio.to_thread(self._told, [*command, str(count)]))
        used = _family_cpu(worker) - used
        name = f"{reference.TASKS} tasks that do nothing"
        # The chain that does not count has used CPU time, too.
        return Done(name, count, seconds, 0.0, used * count / (count + 1), None)

    def _told(self, command: list[str]) -> str:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self._product.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        ).stdout

    async def _prepared(self, office: AsyncOffice, count: int) -> list[int]:
        seconds = self._vendors.recorded.seconds
        ids: list[int] = await office.do("prepare", calls=count, seconds=seconds)
        return ids

    async def _until_done(self, office: AsyncOffice, ids: list[int]) -> None:
        until = time.monotonic() + _PATIENCE + len(ids)
        while await office.do("left", ids=ids):
            if time.monotonic() > until:
                # It says which step is not done, and why.
                await self._steps(office, ids)
                raise TimeoutError
            await asyncio.sleep(_LOOK)

    async def _steps(self, office: AsyncOffice, ids: list[int]) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = await office.do("steps", ids=ids)
        self._report.missing += figures.undone(steps)
        return steps

    def _judge(self, load: Load) -> None:
        load.late = list(self._vendors.late)
        self._report.overloaded += load.troubles("vendors")
        late = load.late_p99 or 0.0
        self._report.tables[-1].notes.append(
            f"The vendors were {late * 1000:.1f} ms late (p99) and used, with those who"
            f" looked on, {load.cpu:.0%} of their core while many calls were worked on."
        )

    @contextlib.contextmanager
    def _worker(self, application: str) -> Iterator[int]:
        """One with one process, on the product's core; its id."""
        log = self._product.folder / f"{application}.log"
        command = ["celery", "-A", application, *_WORKER]
        with contextlib.ExitStack() as stack:
            with cores.on(self._core):
                worker = stack.enter_context(
                    product.process(
                        command, self._product.environment, log=log, drains=False
                    )
                )
            yield worker.pid


def _family_cpu(process: int) -> float:
    """Of a process and of its children, which are there all the time; seconds."""
    tasks = Path(f"/proc/{process}/task/{process}/children")
    children = [int(child) for child in tasks.read_text().split()]
    return sum(cpu_seconds(one) or 0.0 for one in (process, *children))
