"""Orders to a process that has the database: one a line as JSON, each answered with a line. Both ends of it.

Who keeps time must never wait for a database, so each subject has an office beside it.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from bench.machine import ROOT


def obey(*orders: Callable[..., object]) -> None:
    """In the office: carry out what comes, found by its name and with its arguments, until nothing more comes."""
    known = {order.__name__: order for order in orders}
    for line in sys.stdin:
        order = json.loads(line)
        answer = known[order.pop("do")](**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


class Office:
    """An office seen from where nothing else goes on: an order is given, and its answer fetched later."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def order(self, what: str, **more: object) -> None:
        assert self.process.stdin is not None  # noqa: S101  asked for below
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:  # noqa: ANN401  each order's own
        assert self.process.stdout is not None  # noqa: S101  asked for below
        return json.loads(self.process.stdout.readline())

    def do(self, what: str, **more: object) -> Any:  # noqa: ANN401  likewise
        self.order(what, **more)
        return self.answer()


@contextlib.contextmanager
def opened(module: str, environment: dict[str, str]) -> Iterator[Office]:
    """The module's office, on the core on which we are, until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Office(process)
        finally:
            # It ends with its input.
            process.communicate()


class AsyncOffice:
    """The same seen from a loop in which much else goes on; one order at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101  asked for below
        assert process.stdout is not None  # noqa: S101  likewise
        self.process = process
        self._orders = process.stdin
        self._answers = process.stdout
        self._turn = asyncio.Lock()

    async def do(self, what: str, **more: object) -> Any:  # noqa: ANN401  each order's own
        async with self._turn:
            self._orders.write(json.dumps({"do": what, **more}).encode() + b"\n")
            await self._orders.drain()
            answer = await self._answers.readline()
        if not answer:
            raise RuntimeError(f"the office ended at {what}")
        return json.loads(answer)

    async def close(self) -> None:
        """It ends with its input."""
        self._orders.close()
        await self.process.wait()


@contextlib.asynccontextmanager
async def opened_async(
    module: str, environment: dict[str, str]
) -> AsyncIterator[AsyncOffice]:
    """The module's office, on the core on which we are, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # One answer may have all calls of a stage, or all of their steps.
        limit=2**24,
    )
    office = AsyncOffice(process)
    try:
        yield office
    finally:
        await office.close()
