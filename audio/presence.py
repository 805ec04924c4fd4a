"""From the powers of each 10 ms to where speech starts and stops; it sees no samples."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from audio.floor import BLOCK, STATIONARY, Floor
from audio.levels import HOPS_PER_SECOND, Powers

# Hops of 10 ms.
_ONSET = 4
_HANG = 20
_BACKDATED = 25
_SLACK = BLOCK
_UNCHANGING_KEPT = 300
# So few are quicker one by one: of one block 13 µs instead of 51, of four 55 instead of 72.
_FEW = 4 * BLOCK

# Times the floor's power: 7 and 4 dB.
_ENTER = 10**0.7
_STAY = 10**0.4

_QUIET, _BETWEEN, _LOUD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak, `at` seconds after the first sample."""

    at: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The speech was over at `at`; if that is its start, it was none after all."""

    at: float


Event = SpeechStarted | SpeechStopped


class Presence:
    """What is loud enough, long enough, to be speech.

    `active` says whether the last hop was loud enough to keep a speech going.

    Single hops are handled by plain arithmetic, for the live track, and whole blocks
    with NumPy, for the recording; both do the same sums in the same order.
    """

    def __init__(self) -> None:
        """Begin in silence."""
        self._bands = (_Band(), _Band())
        self._hops = 0
        self._unchanging: list[int] = []
        self._speech_from: int | None = None
        self._rising_from: int | None = None
        self._loud_from: int | None = None
        self._active_until = 0
        self.active = False

    @property
    def stay(self) -> tuple[float, float]:
        """The powers, smoothed and in one band or the other, that keep a speech going."""
        first, second = self._bands
        return first.stay, second.stay

    def feed(self, powers: Powers) -> list[Event]:
        """Take the powers of the next hops."""
        lead = min(len(powers), -self._hops % BLOCK)
        whole = (len(powers) - lead) // BLOCK * BLOCK
        if whole <= _FEW:
            whole = 0
        events: list[Event] = []
        for banded, emphasised in powers[:lead].tolist():
            events += self.step(banded, emphasised)
        if whole:
            events += self._step_blocks(powers[lead : lead + whole])
        for banded, emphasised in powers[lead + whole :].tolist():
            events += self.step(banded, emphasised)
        return events

    def step(self, banded: float, emphasised: float) -> list[Event]:
        """Take the powers of one hop."""
        first, second = self._bands
        kind = max(first.step(banded), second.step(emphasised))
        self._hops += 1
        events = self._take(kind, self._hops - 1, self._hops)
        if self._hops % BLOCK == 0:
            self._end_block(first.block(), second.block())
        return events

    def finish(self) -> list[Event]:
        """Close what is open."""
        return [] if self._speech_from is None else [self._stop(self._speech_from)]

    def _step_blocks(self, powers: Powers) -> list[Event]:
        first, second = self._bands
        smooth = (first.smooth(powers[:, 0]), second.smooth(powers[:, 1]))
        thresholds = []
        start = self._hops
        for low, high in zip(*(_extremes(band) for band in smooth), strict=True):
            thresholds.append((first.stay, first.enter, second.stay, second.enter))
            self._hops += BLOCK
            self._end_block(low, high)
        stay, enter, stay2, enter2 = np.array(thresholds).repeat(BLOCK, axis=0).T
        loud = (smooth[0] >= enter) | (smooth[1] >= enter2)
        active = (smooth[0] >= stay) | (smooth[1] >= stay2)
        kinds = active.astype(np.int8) + loud
        events: list[Event] = []
        for begin, end in _runs(kinds):
            events += self._take(int(kinds[begin]), start + begin, start + end)
        return events

    def _end_block(
        self, banded: tuple[float, float], emphasised: tuple[float, float]
    ) -> None:
        """Take the least and greatest power of the block in both bands."""
        first, second = self._bands
        same = first.push(*banded)
        if second.push(*emphasised) and same:
            self._unchanging.append(self._hops)
            del self._unchanging[:-_UNCHANGING_KEPT]
            first.settle()
            second.settle()

    def _take(self, kind: int, start: int, end: int) -> list[Event]:
        self.active = kind != _QUIET
        if self._speech_from is None:
            return self._rise(kind, start, end)
        if kind != _QUIET:
            self._active_until = end
        elif end - self._active_until >= _HANG:
            return [self._stop(self._speech_from)]
        return []

    def _rise(self, kind: int, start: int, end: int) -> list[Event]:
        if kind == _QUIET:
            self._rising_from = self._loud_from = None
            return []
        if self._rising_from is None:
            self._rising_from = start
        if kind == _BETWEEN:
            self._loud_from = None
            return []
        if self._loud_from is None:
            self._loud_from = start
        if end - self._loud_from < _ONSET:
            return []
        begin = max(self._rising_from, self._loud_from - _BACKDATED)
        self._speech_from, self._active_until = begin, end
        self._rising_from = self._loud_from = None
        return [SpeechStarted(begin / HOPS_PER_SECOND)]

    def _stop(self, begin: int) -> Event:
        end = begin if self._was_unchanging(begin) else self._active_until
        self._speech_from = None
        return SpeechStopped(end / HOPS_PER_SECOND)

    def _was_unchanging(self, begin: int) -> bool:
        """Whether the speech, from its beginning on, was one sound without a change."""
        end = self._active_until
        window = STATIONARY * BLOCK
        covered = begin + _SLACK
        for block in self._unchanging:
            if block - window <= covered and block <= end + _SLACK:
                covered = max(covered, block)
        self._unchanging = [b for b in self._unchanging if b > end]
        return covered > begin + _SLACK and covered >= end - _SLACK


class _Band:
    """One of the two levels: smoothed over 30 ms, and what is loud in it just now."""

    def __init__(self) -> None:
        self._floor = Floor()
        self._before = (0.0, 0.0)
        self._low, self._high = inf, 0.0
        self.stay = self.enter = 0.0
        self._set_thresholds()

    def step(self, power: float) -> int:
        """How loud the next hop is: quiet, between, loud."""
        earlier, last = self._before
        self._before = (last, power)
        smooth = (earlier + last + power) / 3
        # Not by min and max, whose calls cost more than all the rest.
        if smooth < self._low:  # noqa: PLR1730
            self._low = smooth
        if smooth > self._high:  # noqa: PLR1730
            self._high = smooth
        if smooth < self.stay:
            return _QUIET
        return _BETWEEN if smooth < self.enter else _LOUD

    def block(self) -> tuple[float, float]:
        """The least and the greatest power since this was asked before."""
        extremes = (self._low, self._high)
        self._low, self._high = inf, 0.0
        return extremes

    def smooth(self, powers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same sums for many hops; the thresholds are left to the caller."""
        joined = np.concatenate([self._before, powers])
        self._before = (float(joined[-2]), float(joined[-1]))
        smoothed: NDArray[np.float64] = (joined[:-2] + joined[1:-1] + joined[2:]) / 3
        return smoothed

    def push(self, low: float, high: float) -> bool:
        """Take a block's extremes; true if the sound has not changed for a while."""
        same = self._floor.push(low, high)
        self._set_thresholds()
        return same

    def settle(self) -> None:
        """Take the last blocks for the background."""
        self._floor.settle()
        self._set_thresholds()

    def _set_thresholds(self) -> None:
        self.stay = self._floor.level * _STAY
        self.enter = self._floor.level * _ENTER


def _extremes(smooth: NDArray[np.float64]) -> list[tuple[float, float]]:
    blocks = smooth.reshape(-1, BLOCK)
    return list(
        zip(blocks.min(axis=1).tolist(), blocks.max(axis=1).tolist(), strict=True)
    )


def _runs(kinds: NDArray[np.int8]) -> Iterator[tuple[int, int]]:
    """Start and end of the stretches of equal numbers."""
    edges = (np.flatnonzero(kinds[1:] != kinds[:-1]) + 1).tolist()
    return pairwise([0, *edges, len(kinds)])
