"""Measures how late this process' event loop is while anything live runs on it.

What that means is judged in `copilot.pressure`.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from copilot import figures
from copilot.pressure import NOTHING, REST, Level, Pressure

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 0.1


class Pulse:
    """Beats for as long as anybody feels it; `level` is what is to be left out."""

    def __init__(self, *, rest: float = REST) -> None:
        self.level: Level = NOTHING
        self._rest = rest
        self._felt_by = 0
        self._beating: asyncio.Task[None] | None = None

    @contextmanager
    def felt(self) -> Iterator[None]:
        """Keep it beating until the block ends; needs a running event loop."""
        self._felt_by += 1
        if self._beating is None or self._beating.done():
            # It belongs to the process, not to whoever came first.
            self._beating = asyncio.create_task(self._beat())  # noqa: TID251
        try:
            yield
        finally:
            self._felt_by -= 1
            if not self._felt_by and self._beating is not None:
                self._beating.cancel()
                self._beating = None
                self._set(NOTHING)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        pressure = Pressure(rest=self._rest)
        while True:
            due = loop.time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            now = loop.time()
            figures.LAG.observe(now - due)
            self._set(pressure.take(now - due, now))

    def _set(self, level: Level) -> None:
        if level != self.level:
            logger.warning("the pressure level of this process is %d now", level)
            self.level = level
            figures.PRESSURE.set(level)


pulse = Pulse()
