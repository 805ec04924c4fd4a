"""The 20 ms clock of all calls: never drifts, and makes up for late ticks one by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable

TICK = 0.020


class Clock:
    """Calls `tick` fifty times a second while anybody is on the line.

    `monotonic` and `sleep` are passed in so that a test can own the time.
    """

    def __init__(
        self,
        tick: Callable[[], bool],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._tick = tick
        self._monotonic = monotonic
        self._sleep = sleep
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Somebody is on the line: tick until a tick says that nobody is."""
        self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            await self._busy()

    async def _busy(self) -> None:
        due = self._monotonic()
        while True:
            due += TICK
            # A sleep of zero still lets the sockets move between two late ticks.
            await self._sleep(max(0.0, due - self._monotonic()))
            if not self._tick():
                self._wanted.clear()
                return
