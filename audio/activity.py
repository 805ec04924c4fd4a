"""When somebody speaks, by energy against an adaptive floor; not who, and not what.

Two bands are looked at every 10 ms, so that neither hum nor hiss hides a voice. Each is
held against its own noise floor, the quietest 30 ms of the last seconds, with
hysteresis. A sound that stays as it is for 0.5 s is no voice: it becomes the floor.
Energy cannot tell music from speech, so holds come from telephony events.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from audio import intervals
from audio.intervals import Interval
from audio.levels import Levels
from audio.presence import Event, Presence, SpeechStarted, SpeechStopped
from audio.turns import Turn, TurnEnded, Turns, TurnStarted

__all__ = [
    "Detector",
    "Event",
    "SpeechStarted",
    "SpeechStopped",
    "Turn",
    "TurnEnded",
    "TurnStarted",
    "Turns",
    "segments",
]

_JOINED_BELOW = 0.3
_DROPPED_BELOW = 0.1
_BITE = 40_000  # samples looked at together; bounds the memory


class Detector:
    """Finds speech in samples that come in pieces of any size, with the same result."""

    def __init__(self, rate: int = 8000) -> None:
        """Begin a new signal."""
        self._levels = Levels(rate)
        self._presence = Presence()

    def feed(self, samples: NDArray[np.int16]) -> list[Event]:
        """What these samples make certain; an onset after 40 ms, an end after 200."""
        powers = self._levels.feed(samples)
        return self._presence.feed(powers)

    def finish(self) -> list[Event]:
        """The end of a speech that the signal's end cut off."""
        return self._presence.finish()


def segments(blocks: Iterable[NDArray[np.int16]], rate: int = 8000) -> list[Interval]:
    """The speech of a recording: parts closer than 0.3 s are one, under 0.1 s none."""
    detector = Detector(rate)
    found: list[Interval] = []
    start = 0.0
    for event in _events(detector, blocks):
        if isinstance(event, SpeechStarted):
            start = event.at
        else:
            found.append(Interval(start, event.at))
    return intervals.at_least(
        intervals.close_gaps(found, _JOINED_BELOW), _DROPPED_BELOW
    )


def _events(detector: Detector, blocks: Iterable[NDArray[np.int16]]) -> Iterator[Event]:
    for block in blocks:
        for start in range(0, len(block), _BITE):
            yield from detector.feed(block[start : start + _BITE])
    yield from detector.finish()
