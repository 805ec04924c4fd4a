"""What the load generator has the office do, and how it hears that it was done."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bench.orders import AsyncOffice, opened_async

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
    """The office, and what it is asked for; made by `opened`."""

    def __init__(self, office: AsyncOffice) -> None:
        self._do = office.do
        self.process = office.process.pid

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


@contextlib.asynccontextmanager
async def opened(environment: dict[str, str]) -> AsyncIterator[Office]:
    """The office, on the core on which we are, until the end of the block."""
    async with opened_async("bench.voice.office", environment) as office:
        yield Office(office)
