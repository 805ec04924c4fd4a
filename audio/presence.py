"""From the powers of each 10 ms to where speech starts and stops; it sees no samples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.band import BETWEEN, QUIET, Band, smooth_together
from audio.floor import BLOCK, STATIONARY
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
LIMITS: Final = {
    "voice_onset": _ONSET / HOPS_PER_SECOND,
    "voice_hang": _HANG / HOPS_PER_SECOND,
}
_KEY = -1  # before quiet, between, loud
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
        self._bands = (Band(), Band())
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
        if self._hops % BLOCK == 0 and self._end_block():
            events += self._note_unchanging(self._hops)
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
        doubts = settled & (kinds[BLOCK - 1 :: BLOCK] > QUIET)
        doubted = set(hops[doubts].tolist())
        events: list[Event] = []
        for begin, end in _runs(kinds, hops[doubts] - start):
            events += self._take(int(kinds[begin]), start + begin, start + end)
            if start + end in doubted:
                events += self._doubt(start + end)
        return events

    def _end_block(self) -> bool:
        """Have the floors follow; whether the sound has not changed, and now is the floor."""
        first, second = self._bands
        same = first.end_block()
        if not second.end_block() or not same:
            return False
        first.settle()
        second.settle()
        return True

    def _note_unchanging(self, now: int) -> list[Event]:
        self._unchanging.append(now)
        del self._unchanging[:-_UNCHANGING_KEPT]
        return self._doubt(now)

    def _take(self, kind: int, start: int, end: int) -> list[Event]:
        self.active = kind > QUIET
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
        if kind <= QUIET:
            self._rising_from = self._loud_from = None
            return []
        if self._rising_from is None:
            self._rising_from = start
        if kind == BETWEEN:
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


def feed_together(
    tracks: Sequence[Presence], powers: Powers, keys: Keys, counts: Sequence[int]
) -> list[list[Event]]:
    """What `feed` of each track tells, whose are so many of the hops, one after the other.

    At least one is of each. What is alike for all is done at once, and what follows a
    track's own past one by one: the floors by blocks, the speech by runs.
    """
    smooth = [
        smooth_together([track._bands[n] for track in tracks], powers[:, n], counts)
        for n in range(2)
    ]
    begins, starts, stops = [], [], []
    begin = 0
    for track, count in zip(tracks, counts, strict=True):
        begins.append(begin)
        ends = _ends(track._hops, count)
        stops.append(ends)
        starts += [begin, *(begin + end - track._hops for end in ends[:-1])]
        begin += count
    thresholds, unchanging = _follow(tracks, smooth, starts, stops)
    kinds = _kinds(smooth, thresholds, np.diff(starts, append=begin))
    kinds[keys] = _KEY
    changes = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    edges = np.union1d(changes, starts)
    firsts = [*np.searchsorted(edges, begins).tolist(), edges.size]
    of_run, places = kinds[edges].tolist(), [*edges.tolist(), begin]
    found: list[list[Event]] = []
    for number, (track, count) in enumerate(zip(tracks, counts, strict=True)):
        events: list[Event] = []
        shift = track._hops - begins[number]
        for run in range(firsts[number], firsts[number + 1]):
            end = places[run + 1] + shift
            events += track._take(of_run[run], places[run] + shift, end)
            if unchanging and (number, end) in unchanging:
                events += track._note_unchanging(end)
        track._hops += count
        found.append(events)
    return found


def _ends(hops: int, count: int) -> list[int]:
    """Where, counted from a track's first hop, the blocks end in these, and the last hop is over."""
    return [*range(hops - hops % BLOCK + BLOCK, hops + count, BLOCK), hops + count]


def _follow(
    tracks: Sequence[Presence],
    smooth: Sequence[NDArray[np.float64]],
    starts: Sequence[int],
    stops: Sequence[Sequence[int]],
) -> tuple[list[tuple[float, float, float, float]], set[tuple[int, int]]]:
    """For each stretch that ends with a block or a portion: to stay and to enter, in both bands.

    And after which hop of which track the sound was found to be the background.
    """
    lows = [np.minimum.reduceat(each, starts).tolist() for each in smooth]
    highs = [np.maximum.reduceat(each, starts).tolist() for each in smooth]
    extremes = zip(*lows, *highs, strict=True)
    thresholds: list[tuple[float, float, float, float]] = []
    unchanging: set[tuple[int, int]] = set()
    for number, track in enumerate(tracks):
        first, second = track._bands
        for stop in stops[number]:
            low, other_low, high, other_high = next(extremes)
            thresholds.append((first.stay, second.stay, first.enter, second.enter))
            first.widen(low, high)
            second.widen(other_low, other_high)
            if stop % BLOCK == 0 and track._end_block():
                unchanging.add((number, stop))
    return thresholds, unchanging


def _kinds(
    smooth: Sequence[NDArray[np.float64]],
    thresholds: Sequence[tuple[float, float, float, float]],
    sizes: NDArray[np.int64],
) -> NDArray[np.int8]:
    """How loud each hop is, in stretches of such thresholds and sizes."""
    stay, other_stay, enter, other_enter = np.repeat(
        np.array(thresholds).T, sizes, axis=1
    )
    first, second = smooth
    active = (first >= stay) | (second >= other_stay)
    loud = (first >= enter) | (second >= other_enter)
    kinds: NDArray[np.int8] = active.astype(np.int8) + loud
    return kinds


def _runs(
    kinds: NDArray[np.int8], cuts: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Start and end of the stretches of equal numbers, which end at the cuts too."""
    changes = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    edges = np.union1d(changes, cuts).tolist()
    if not edges or edges[-1] != len(kinds):
        edges.append(len(kinds))
    return pairwise([0, *edges])
