"""Goes round the live sessions of this process, and has the sound of all of them looked at together.

Looking at many tracks at once costs a tenth of looking at each by itself. What was found
is each session's own affair: it is woken, and asks its ears.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from audio.together import Tracks
from copilot.hearing import Ear, hear_together

# Sound waits for so long at most: seconds.
EVERY: Final = 0.1
# Sessions in one look, some 2 ms. Between two looks the sockets have their turn.
_TOGETHER: Final = 150


class Rounds:
    """Goes round for as long as anybody takes part."""

    def __init__(self) -> None:
        """Nobody takes part yet."""
        # Where those who take part get their detectors.
        self.tracks = Tracks()
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
            # As few looks as can be, and all of them as long.
            looks = -(-len(parts) // _TOGETHER)
            for look in range(looks):
                some = parts[look::looks]
                hear_together(self.tracks, [ear for _, ears in some for ear in ears])
                for heard, _ in some:
                    heard.set()
                await asyncio.sleep(0)


rounds = Rounds()
