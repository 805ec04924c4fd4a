"""From the powers of each 10 ms to where speech starts and stops; it sees no samples."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.floor import BLOCK, STATIONARY, Floor
from audio.keypad import Keys
from audio.levels import HOPS_PER_SECOND, Powers

# Hops of 10 ms.
_ONSET = 4
_HANG = 20
_BACKDATED = 25
_SLACK = BLOCK
_UNCHANGING_KEPT = 300
_BITE = (
    2_000  # looked at together; a multiple of the block that bounds what must be kept
)
# So few are quicker one by one: of one block 13 µs instead of 51, of four 55 instead of 72.
_FEW = 4 * BLOCK


_ENTER_DB = 7.0
_STAY_DB = 4.0
_BELOW_VOICE_DB = 25.0
_FADING_DB = 0.1  # a second
LIMITS: Final = {
    "voice_above_floor_db": _ENTER_DB,
    "voice_stays_above_floor_db": _STAY_DB,
    "voice_below_loudest_db": _BELOW_VOICE_DB,
    "voice_onset": _ONSET / HOPS_PER_SECOND,
    "voice_hang": _HANG / HOPS_PER_SECOND,
}

# Times the floor's power.
_ENTER = 10 ** (_ENTER_DB / 10)
_STAY = 10 ** (_STAY_DB / 10)
# What is so far below the voice of this line is an echo of the other's, or its breath: it
# begins no speech. That voice is the loudest that lasted for a block; the memory of it
# fades, for people move and telephones are handed on.
_BELOW_VOICE = 10 ** (-_BELOW_VOICE_DB / 10)
_FADING = _FADING_DB / 10 * log(10) * BLOCK / HOPS_PER_SECOND
_LEAST = 1e-3  # the logarithm of nothing is not wanted
_KEY, _QUIET, _BETWEEN, _LOUD = -1, 0, 1, 2
_KEY_KNOWN_AFTER = 3  # hops of it are loud before


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
        # Where the present activity began, and where that before it ended.
        self._active_from = self._active_before = 0
        self.active = False

    @property
    def stay(self) -> tuple[float, float]:
        """The powers, smoothed and in one band or the other, that keep a speech going."""
        first, second = self._bands
        return first.stay, second.stay

    def feed(self, powers: Powers, keys: Keys) -> list[Event]:
        """Take the next hops: their powers, and in which a telephone key sounds."""
        events: list[Event] = []
        start = 0
        while start < len(powers):
            end = start + _BITE
            events += self._feed(powers[start:end], keys[start:end])
            start = end
        return events

    def _feed(self, powers: Powers, keys: Keys) -> list[Event]:
        lead = min(len(powers), -self._hops % BLOCK)
        whole = lead + (len(powers) - lead) // BLOCK * BLOCK
        if whole - lead <= _FEW:
            return self._step_each(powers, keys)
        events = self._step_each(powers[:lead], keys[:lead])
        events += self._step_blocks(powers[lead:whole], keys[lead:whole])
        return events + self._step_each(powers[whole:], keys[whole:])

    def _step_each(self, powers: Powers, keys: Keys) -> list[Event]:
        events: list[Event] = []
        for (banded, emphasised), key in zip(
            powers.tolist(), keys.tolist(), strict=True
        ):
            events += self.step(banded, emphasised, is_key=key)
        return events

    def step(
        self, banded: float, emphasised: float, *, is_key: bool = False
    ) -> list[Event]:
        """Take the powers of one hop."""
        first, second = self._bands
        kind = max(first.step(banded), second.step(emphasised))
        if is_key:
            kind = _KEY
        self._hops += 1
        events = self._take(kind, self._hops - 1, self._hops)
        if self._hops % BLOCK == 0:
            events += self._end_block(first.block(), second.block())
        return events

    def finish(self) -> list[Event]:
        """Close what is open."""
        return [] if self._speech_from is None else [self._stop(self._speech_from)]

    def _step_blocks(self, powers: Powers, keys: Keys) -> list[Event]:
        start = self._hops
        hops = np.arange(start + BLOCK, start + len(powers) + 1, BLOCK)
        smooth = [band.smooth(powers[:, n]) for n, band in enumerate(self._bands)]
        blocks = [each.reshape(-1, BLOCK) for each in smooth]
        extremes = [(each.min(axis=1), each.max(axis=1)) for each in blocks]
        settled = np.logical_and(
            *(
                band.floor.unchanging(*each)
                for band, each in zip(self._bands, extremes, strict=True)
            )
        )
        active = loud = np.zeros(1, bool)
        for band, block, (low, high) in zip(self._bands, blocks, extremes, strict=True):
            stay, enter = band.follow(low, high, settled)
            active = active | (block >= stay[:, None])
            loud = loud | (block >= enter[:, None])
        self._hops += len(powers)
        self._unchanging += hops[settled].tolist()
        del self._unchanging[:-_UNCHANGING_KEPT]
        kinds = (active.astype(np.int8) + loud).ravel()
        kinds[keys] = _KEY
        # Where an active sound turns out to be the background.
        doubts = settled & (kinds[BLOCK - 1 :: BLOCK] > _QUIET)
        doubted = set(hops[doubts].tolist())
        events: list[Event] = []
        for begin, end in _runs(kinds, hops[doubts] - start):
            events += self._take(int(kinds[begin]), start + begin, start + end)
            if start + end in doubted:
                events += self._doubt(start + end)
        return events

    def _end_block(
        self, banded: tuple[float, float], emphasised: tuple[float, float]
    ) -> list[Event]:
        """Take the least and greatest power of the block in both bands."""
        first, second = self._bands
        same = first.push(*banded)
        if not second.push(*emphasised) or not same:
            return []
        self._unchanging.append(self._hops)
        del self._unchanging[:-_UNCHANGING_KEPT]
        first.settle()
        second.settle()
        return self._doubt(self._hops)

    def _take(self, kind: int, start: int, end: int) -> list[Event]:
        self.active = kind > _QUIET
        if self._speech_from is None:
            return self._rise(kind, start, end)
        if self.active:
            if self._active_until < start:
                self._active_from, self._active_before = start, self._active_until
            self._active_until = end
            return []
        lead = self._active_until - self._active_from
        if kind == _KEY and self._active_until == start and lead <= _KEY_KNOWN_AFTER:
            # It was the key already.
            self._active_until = self._active_before
        if end - self._active_until >= _HANG:
            return [self._stop(self._speech_from)]
        return []

    def _rise(self, kind: int, start: int, end: int) -> list[Event]:
        if kind <= _QUIET:
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
        self._active_from = self._active_before = begin
        self._rising_from = self._loud_from = None
        return [SpeechStarted(begin / HOPS_PER_SECOND)]

    def _doubt(self, now: int) -> list[Event]:
        """Speech that has been one sound without a change until now is none."""
        begin = self._speech_from
        if not self.active or begin is None:
            return []
        if begin < now - STATIONARY * BLOCK - _SLACK:
            return []
        self._speech_from = None
        return [SpeechStopped(begin / HOPS_PER_SECOND)]

    def _stop(self, begin: int) -> Event:
        end = self._changing_until(begin)
        self._unchanging = [b for b in self._unchanging if b > self._active_until]
        self._speech_from = None
        return SpeechStopped(end / HOPS_PER_SECOND)

    def _changing_until(self, begin: int) -> int:
        """The end of the speech without the one sound that followed it and did not change.

        That is its beginning if it was nothing but such a sound.
        """
        end, window = self._active_until, STATIONARY * BLOCK
        for block in reversed(self._unchanging):
            if block > self._active_until + _SLACK:
                continue
            if block < end - _SLACK:
                break
            end = min(end, block - window)
        return begin if end <= begin + _SLACK else end


class _Band:
    """One of the two levels: smoothed over 30 ms, and what is loud in it just now."""

    def __init__(self) -> None:
        self.floor = Floor()
        self._before = (0.0, 0.0)
        self._low, self._high = inf, 0.0
        self._voice = -inf  # natural logarithm of a power
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
        same = self.floor.push(low, high)
        self._voice = max(self._voice - _FADING, log(max(low, _LEAST)))
        self._set_thresholds()
        return same

    def follow(
        self,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        settled: NDArray[np.bool_],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Take many blocks' extremes; for each what was enough to stay, and to enter."""
        stay, enter = [self.stay], [self.enter]
        levels = self.floor.follow(low, high, settled)
        fading = _FADING * np.arange(low.size + 1)
        voices = np.concatenate([[self._voice], np.log(np.maximum(low, _LEAST))])
        voices = np.maximum.accumulate(voices + fading) - fading
        self._voice = float(voices[-1])
        self._set_thresholds()
        least = np.exp(voices[1:]) * _BELOW_VOICE
        stays = np.concatenate([stay, levels * _STAY])
        enters = np.concatenate([enter, np.maximum(levels * _ENTER, least)])
        return stays[:-1], enters[:-1]

    def settle(self) -> None:
        """Take the last blocks for the background."""
        self.floor.settle()
        self._set_thresholds()

    def _set_thresholds(self) -> None:
        self.stay = self.floor.level * _STAY
        self.enter = max(self.floor.level * _ENTER, exp(self._voice) * _BELOW_VOICE)


def _runs(
    kinds: NDArray[np.int8], cuts: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Start and end of the stretches of equal numbers, which end at the cuts too."""
    changes = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    edges = np.union1d(changes, cuts).tolist()
    if not edges or edges[-1] != len(kinds):
        edges.append(len(kinds))
    return pairwise([0, *edges])
