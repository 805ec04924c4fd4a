"""The exchange's background work: a failing part is logged, and closing ends all of it.

A TaskGroup would end every call when one of them fails, which is what this avoids.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """Keeps a reference to every running task and knows how to end them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._endless: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def start_endless(
        self, work: Coroutine[Any, Any, Any], name: str
    ) -> asyncio.Task[Any]:
        """Start work that only closing ends."""
        task = self.start(work, name)
        self._endless.add(task)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self._endless.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("twilio task failed: %s", task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel everything that still runs and wait until it has gone."""
        while self._running:
            running = list(self._running)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def settle(self, seconds: float) -> None:
        """Let the work that has an end come to it, for at most so long."""
        ending = {task for task in self._running if task not in self._endless}
        if ending:
            await asyncio.wait(ending, timeout=seconds)
