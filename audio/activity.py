"""When somebody speaks, by energy against an adaptive floor; not who, and not what.

Two bands are looked at every 10 ms, so that neither hum nor hiss hides a voice. Each is
held against its own noise floor, the quietest 30 ms of the last seconds, with
hysteresis. A sound that stays as it is for 0.5 s is no voice: it becomes the floor.
Neither is a telephone key, nor what is far below the voice of the line. Energy cannot
tell music from speech, so holds come from telephony events.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import band, floor, intervals, mulaw, speech
from audio.intervals import Interval
from audio.levels import Levels
from audio.presence import Presence
from audio.speech import Event, SpeechStarted, SpeechStopped
from audio.turns import Turn, TurnEnded, Turns, TurnStarted

__all__ = [
    "DROPPED_BELOW",
    "JOINED_BELOW",
    "LIMITS",
    "Detector",
    "Event",
    "SpeechStarted",
    "SpeechStopped",
    "Turn",
    "TurnEnded",
    "TurnStarted",
    "Turns",
    "by_channel",
    "segments",
]

JOINED_BELOW: Final = 0.3
DROPPED_BELOW: Final = 0.1
# What decides, for whoever keeps a result: decibels and seconds.
LIMITS: Final = {**speech.LIMITS, **band.LIMITS, **floor.LIMITS}
_BITE = 160_000  # samples looked at together; bounds the memory


class Detector:
    """Finds speech in samples that come in pieces of any size, with the same result."""

    def __init__(self, rate: int = 8000) -> None:
        """Begin a new signal."""
        self._levels = Levels(rate)
        self._presence = Presence()

    def feed(self, samples: NDArray[np.int16]) -> list[Event]:
        """What these samples make certain; an onset after 40 ms, an end after 200."""
        events: list[Event] = []
        for start in range(0, len(samples), _BITE):
            bite = samples[start : start + _BITE]
            events += self._presence.feed(*self._levels.feed(bite))
        return events

    def feed_mulaw(self, sound: bytes | bytearray) -> list[Event]:
        """The same for samples in µ-law."""
        return self.feed(mulaw.decode(sound))

    def finish(self) -> list[Event]:
        """The end of a speech that the signal's end cut off."""
        return self._presence.finish()


def segments(blocks: Iterable[NDArray[np.int16]], rate: int = 8000) -> list[Interval]:
    """The speech of a signal: parts closer than 0.3 s are one, under 0.1 s none."""
    return by_channel((block[:, np.newaxis] for block in blocks), 1, rate)[0]


def by_channel(
    blocks: Iterable[NDArray[np.int16]], channels: int, rate: int = 8000
) -> list[list[Interval]]:
    """The speech in each channel of a recording, from blocks of (frames, channels).

    The recording passes through once; of it no more is kept than one block.
    """
    listeners = [_Listener(rate) for _ in range(channels)]
    for block in blocks:
        for number, listener in enumerate(listeners):
            listener.hear(block[:, number])
    return [listener.segments() for listener in listeners]


class _Listener:
    """Collects what a detector tells."""

    def __init__(self, rate: int) -> None:
        self._detector = Detector(rate)
        self._found: list[Interval] = []
        self._start = 0.0

    def hear(self, samples: NDArray[np.int16]) -> None:
        self._note(self._detector.feed(samples))

    def segments(self) -> list[Interval]:
        self._note(self._detector.finish())
        return intervals.at_least(
            intervals.close_gaps(self._found, JOINED_BELOW), DROPPED_BELOW
        )

    def _note(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, SpeechStarted):
                self._start = event.at
            else:
                self._found.append(Interval(self._start, event.at))
