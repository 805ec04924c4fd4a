"""What the load generator has the office do, and how it hears that it was done."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from bench.machine import ROOT

# Where a server without a database is told of takeovers.
CHANNEL: Final = "bench.taken-over"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that waits for its stream; `agent` will take it over."""

    sid: str
    token: str
    voice: str
    agent: int

    @property
    def person(self) -> str:
        """As the model is told who is served."""
        return sha256(self.sid.encode()).hexdigest()


class Office:
    """The office's process, seen from here; made by `opened`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101  asked for below
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._orders = process.stdin
        self._answers = process.stdout
        self._turn = asyncio.Lock()

    @property
    def process(self) -> int:
        """Its id."""
        return self._process.pid

    async def close(self) -> None:
        """It ends with its input."""
        self._orders.close()
        await self._process.wait()

    async def prepare(self, *, calls: int, rounds: int) -> list[list[Prepared]]:
        """For each round as many calls, each to a line of its own."""
        made = await self._do("prepare", calls=calls, rounds=rounds)
        return [[Prepared(**call) for call in one] for one in made]

    async def take_over(self, call: Prepared) -> float:
        """When it was committed, by the monotonic clock."""
        return float(await self._do("take_over", sid=call.sid, agent=call.agent))

    async def tell(self, call: Prepared) -> float:
        """When the bare server was told of a takeover, by the same clock."""
        return float(await self._do("tell", sid=call.sid))

    async def _do(self, what: str, **more: object) -> Any:  # noqa: ANN401  each order's own
        async with self._turn:
            self._orders.write(json.dumps({"do": what, **more}).encode() + b"\n")
            await self._orders.drain()
            answer = await self._answers.readline()
        if not answer:
            raise RuntimeError(f"the office ended at {what}")
        return json.loads(answer)


@contextlib.asynccontextmanager
async def opened(environment: dict[str, str]) -> AsyncIterator[Office]:
    """The office, on the core on which we are, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.voice.office"),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # One answer has all calls of a stage.
        limit=2**24,
    )
    office = Office(process)
    try:
        yield office
    finally:
        await office.close()
