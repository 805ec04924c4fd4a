"""From the powers of each 10 ms to where speech starts and stops; it sees no samples."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.band import Band
from audio.floor import BLOCK
from audio.keypad import Keys
from audio.levels import Powers
from audio.speech import KEY, QUIET, Event, Speech

# Hops looked at together; a multiple of the block that bounds what must be kept.
_BITE = 2_000
# So few are quicker one by one: of one block 13 µs instead of 51, of four 55 instead of 72.
_FEW = 4 * BLOCK


class Presence:
    """What is loud enough, long enough, to be speech.

    `active` says whether the last hop was loud enough to keep a speech going.

    Single hops are handled by plain arithmetic, for the live track, and whole blocks
    with NumPy, for the recording; both do the same sums in the same order.
    """

    def __init__(self) -> None:
        """Begin in silence."""
        self._bands = (Band(), Band())
        self._speech = Speech()
        self._hops = 0
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
            kind = KEY
        self.active = kind > QUIET
        self._hops = now = self._hops + 1
        events = self._speech.take(kind, now - 1, now)
        if now % BLOCK == 0 and self._end_block():
            events += self._speech.stay_the_same(now, active=self.active)
        return events

    def finish(self) -> list[Event]:
        """Close what is open."""
        return self._speech.finish()

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
        self._speech.unchanging.extend(hops[settled].tolist())
        kinds = (active.astype(np.int8) + loud).ravel()
        kinds[keys] = KEY
        self.active = bool(kinds[-1] > QUIET)
        # Where an active sound turns out to be the background.
        doubts = settled & (kinds[BLOCK - 1 :: BLOCK] > QUIET)
        doubted = set(hops[doubts].tolist())
        events: list[Event] = []
        for begin, end in _runs(kinds, hops[doubts] - start):
            events += self._speech.take(int(kinds[begin]), start + begin, start + end)
            if start + end in doubted:
                events += self._speech.doubt(start + end)
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


def _runs(
    kinds: NDArray[np.int8], cuts: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Start and end of the stretches of equal numbers, which end at the cuts too."""
    changes = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    edges = np.union1d(changes, cuts).tolist()
    if not edges or edges[-1] != len(kinds):
        edges.append(len(kinds))
    return pairwise([0, *edges])
