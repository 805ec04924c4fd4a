"""What a two-way stream was told to play and what of it was played, with times; it plays
nothing.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from audio import mulaw
from simulators.twilio.clock import TICK

KEPT: Final = 30_000  # messages, ten minutes of them at twenty milliseconds each


@dataclass(slots=True)
class Stretch:
    """Sound that was played without a gap, in bytes of what the product had sent."""

    start: float
    end: float
    first: int
    last: int


class Timeline:
    """Keeps a two-way stream's messages and playing, in seconds since the leg's answer.

    `ticks` tells how many frames of the leg have been played: a message that comes now
    bears on the next one. With it goes the time of day, so that a test can compare.
    """

    def __init__(self, ticks: Callable[[], int]) -> None:
        self._ticks = ticks
        self._opened: float | None = None
        self._closed: float | None = None
        self._sent = 0
        self._unplayed = 0
        self._received: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._returned: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._played: list[Stretch] = []

    @property
    def now(self) -> float:
        return round(self._ticks() * TICK, 2)

    def opened(self) -> None:
        self._opened = self.now

    def closed(self) -> None:
        self._closed = self.now

    def media(self, size: int) -> None:
        """So many bytes came to be played after all that came before."""
        self._sent += size
        self._unplayed += size
        self._note("media", seconds=_seconds(size))

    def mark(self, name: str) -> None:
        self._note("mark", name=name)

    def clear(self) -> None:
        """All that was not played yet is gone."""
        self._note("clear", dropped=_seconds(self._unplayed))
        self._unplayed = 0

    def played(self, size: int) -> None:
        """So many bytes are the sound of the frame that has just gone out."""
        if not size:
            return
        end = self.now
        first = self._sent - self._unplayed
        self._unplayed -= size
        start, last = round(end - TICK, 2), first + size
        before = self._played[-1] if self._played else None
        if before and before.end == start and before.last == first:
            before.end, before.last = end, last
        else:
            self._played.append(Stretch(start, end, first, last))

    def returned(self, name: str, *, cleared: bool) -> None:
        """A mark went back: because it was reached, or because of a clear."""
        self._returned.append(
            {"at": self.now, "unix": time.time(), "name": name, "cleared": cleared}
        )

    def as_json(self) -> dict[str, Any]:
        """Everything; places in what was sent are seconds of sound from its beginning."""
        return {
            "opened": self._opened,
            "closed": self._closed,
            "sent": _seconds(self._sent),
            "unplayed": _seconds(self._unplayed),
            "received": list(self._received),
            "returned": list(self._returned),
            "played": [
                {
                    "start": stretch.start,
                    "end": stretch.end,
                    "from": _seconds(stretch.first),
                    "to": _seconds(stretch.last),
                }
                for stretch in self._played
            ],
        }

    def _note(self, event: str, **more: Any) -> None:
        self._received.append(
            {"at": self.now, "unix": time.time(), "event": event, **more}
        )


def _seconds(size: int) -> float:
    return round(size / mulaw.RATE, 4)
