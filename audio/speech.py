"""From how loud each 10 ms is to where speech starts and stops; it knows no powers and no floors."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from audio.floor import BLOCK, STATIONARY
from audio.levels import HOPS_PER_SECOND

# How loud a hop is, or that a telephone key sounds in it.
KEY, QUIET, BETWEEN, LOUD = -1, 0, 1, 2
# What has not begun.
NEVER: Final = -1

# Hops of 10 ms.
ONSET: Final = 4
HANG: Final = 20
_BACKDATED = 25
_SLACK = BLOCK
_UNCHANGING_KEPT = 300
_KEY_KNOWN_AFTER = 3  # hops of it are loud before
LIMITS: Final = {
    "voice_onset": ONSET / HOPS_PER_SECOND,
    "voice_hang": HANG / HOPS_PER_SECOND,
}


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak, `at` seconds after the first sample."""

    at: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The speech was over at `at`; if that is its start, it was none after all."""

    at: float


Event = SpeechStarted | SpeechStopped


class Speech:
    """One track's speech. Times are hops since its first one.

    `since` is when the speech that goes on began. The numbers after it are also kept,
    and most often moved on, by `audio.speeches`.
    """

    __slots__ = (
        "active_before",
        "active_from",
        "active_until",
        "loud_from",
        "rising_from",
        "since",
        "unchanging",
    )

    def __init__(self) -> None:
        """Begin in silence."""
        # The ends of the last blocks in which the sound had not changed for a while.
        self.unchanging: deque[int] = deque(maxlen=_UNCHANGING_KEPT)
        self.since = NEVER
        # Where that began which is no longer quiet, and which is loud; now if it is neither.
        self.rising_from = self.loud_from = 0
        self.active_until = 0
        # Where the present activity began, and where that before it ended.
        self.active_from = self.active_before = 0

    def take(self, kind: int, start: int, end: int) -> list[Event]:
        """The hops from start to end are all of this kind."""
        if self.since == NEVER:
            return self._rise(kind, start, end)
        if kind > QUIET:
            if self.active_until < start:
                self.active_from, self.active_before = start, self.active_until
            self.active_until = end
            return []
        lead = self.active_until - self.active_from
        if kind == KEY and self.active_until == start and lead <= _KEY_KNOWN_AFTER:
            # It was the key already.
            self.active_until = self.active_before
        if end - self.active_until >= HANG:
            return [self._stop(end)]
        return []

    def stay_the_same(self, now: int, *, active: bool) -> list[Event]:
        """A block ends now in which the sound has not changed for a while.

        Speech that has been one sound without a change until now is none.
        """
        self.unchanging.append(now)
        return self.doubt(now) if active else []

    def doubt(self, now: int) -> list[Event]:
        """The active sound turns out to be the background."""
        begin = self.since
        if begin == NEVER or begin < now - STATIONARY * BLOCK - _SLACK:
            return []
        self._forget(now)
        return [SpeechStopped(begin / HOPS_PER_SECOND)]

    def finish(self) -> list[Event]:
        """Close what is open."""
        return [] if self.since == NEVER else [self._stop(self.active_until)]

    def _rise(self, kind: int, start: int, end: int) -> list[Event]:
        if kind <= QUIET:
            self.rising_from = self.loud_from = end
            return []
        if kind == BETWEEN:
            self.loud_from = end
            return []
        if end - self.loud_from < ONSET:
            return []
        begin = max(self.rising_from, self.loud_from - _BACKDATED)
        self.since, self.active_until = begin, end
        self.active_from = self.active_before = begin
        return [SpeechStarted(begin / HOPS_PER_SECOND)]

    def _stop(self, now: int) -> Event:
        end = self._changing_until()
        self._forget(now)
        return SpeechStopped(end / HOPS_PER_SECOND)

    def _forget(self, now: int) -> None:
        self.since = NEVER
        self.rising_from = self.loud_from = now

    def _changing_until(self) -> int:
        """The end of the speech without the one sound that followed it and did not change.

        That is its beginning if it was nothing but such a sound.
        """
        end, window = self.active_until, STATIONARY * BLOCK
        for block in reversed(self.unchanging):
            if block > self.active_until + _SLACK:
                continue
            if block < end - _SLACK:
                break
            end = min(end, block - window)
        return self.since if end <= self.since + _SLACK else end
