"""Goes round the live sessions of this process, and has the sound of all of them looked at together.

Looking at many tracks at once costs a third of looking at each by itself. What was found
is each session's own affair: it is woken, and asks its ears.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from copilot.hearing import Ear, hear_together

# Sound waits for so long at most: seconds.
EVERY: Final = 0.1
# Sessions in one look. Between two looks the sockets have their turn.
_TOGETHER: Final = 40


class Rounds:
    """Goes round for as long as anybody takes part."""

    def __init__(self) -> None:
        """Nobody takes part yet."""
        self._parts: dict[asyncio.Event, Sequence[Ear]] = {}
        self._going: asyncio.Task[None] | None = None

    async def join(self, ears: Sequence[Ear], heard: asyncio.Event) -> None:
        """Have these ears hear, and set `heard` each time, until cancelled."""
        self._parts[heard] = ears
        if self._going is None or self._going.done():
            # It belongs to the process, not to whoever came first.
            self._going = asyncio.create_task(self._go())  # noqa: TID251
        try:
            # Should it break, nobody may wait for it in vain.
            await asyncio.shield(self._going)
        finally:
            del self._parts[heard]
            if not self._parts:
                self._going.cancel()
                self._going = None

    async def _go(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # Nothing is made up for: the next look takes all that has come.
            due = max(due + EVERY, loop.time())
            await asyncio.sleep(due - loop.time())
            parts = list(self._parts.items())
            for first in range(0, len(parts), _TOGETHER):
                some = parts[first : first + _TOGETHER]
                hear_together(ear for _, ears in some for ear in ears)
                for heard, _ in some:
                    heard.set()
                await asyncio.sleep(0)


rounds = Rounds()
