"""The level of the background, block by block; it does not say what stands out of it."""

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 10  # hops of 10 ms
STATIONARY: Final = 5  # blocks

REMEMBERED = 40  # blocks
TRUSTED_AFTER = 20  # blocks


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 10))


# Powers of 16-bit samples; the decibels are against full scale.
_FULL_SCALE = 32768.0**2
NOTHING = _FULL_SCALE * _ratio(-100)
QUIETEST = _FULL_SCALE * _ratio(-62)
CAUTIOUS = _FULL_SCALE * _ratio(-40)  # no floor above it before there is evidence

ABOVE_MINIMUM = _ratio(1.5)  # from the least of many measurements to their mean
STATIONARY_RANGE = _ratio(4.5)

LIMITS: Final = {
    "voice_floor_seconds": REMEMBERED * BLOCK / 100,
    "voice_unchanging": STATIONARY * BLOCK / 100,
}

_Powers = NDArray[np.float64]
_Places = NDArray[np.int64]


class Floor:
    """Of one band: the quietest of the last seconds, or a sound that stays as it is.

    Blocks come one by one (`push`, `settle`) or many at once (`unchanging`, `follow`),
    with the same result.
    """

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._lows: deque[float] = deque(maxlen=REMEMBERED)
        self._highs: deque[float] = deque(maxlen=STATIONARY)
        # Of the lows that are remembered.
        self._least = math.inf
        self._heard = 0
        self.level = CAUTIOUS

    def push(self, low: float, high: float) -> bool:
        """Take the least and the greatest power of the next block.

        True if the last blocks hardly differ from each other or within.
        """
        lows, highs = self._lows, self._highs
        forgotten = lows[0] if len(lows) == REMEMBERED else math.inf
        lows.append(low)
        highs.append(high)
        self._heard += 1
        if low < self._least:
            self._least = low
        elif forgotten == self._least:
            # Else nothing has changed, which is the rule: to look costs half of all here.
            self._least = min(lows)
        level = self._least * ABOVE_MINIMUM
        if self._heard < TRUSTED_AFTER and level > CAUTIOUS:
            level = CAUTIOUS
        self.level = max(QUIETEST, level)
        # Nearly always the first question settles it.
        if high > max(NOTHING, low) * STATIONARY_RANGE:
            return False
        return len(highs) == STATIONARY and max(highs) <= (
            max(NOTHING, min(self._recent())) * STATIONARY_RANGE
        )

    def settle(self) -> None:
        """Believe that what was heard last is the background."""
        recent = self._recent()
        self._lows.clear()
        self._lows.extend(recent)
        self._least = min(recent)
        self._heard = TRUSTED_AFTER
        self.level = max(QUIETEST, self._least * ABOVE_MINIMUM)

    def unchanging(self, lows: _Powers, highs: _Powers) -> NDArray[np.bool_]:
        """What `push` would answer to each of these blocks; it takes none of them."""
        before = STATIONARY - 1
        low = np.concatenate([_last(self._lows, before, 0.0), lows])
        high = np.concatenate([_last(self._highs, before, np.inf), highs])
        least = _least_until(low, STATIONARY)[before:]
        greatest = -_least_until(-high, STATIONARY)[before:]
        limit = np.maximum(NOTHING, least) * STATIONARY_RANGE
        same: NDArray[np.bool_] = greatest <= limit
        return same

    def follow(
        self, lows: _Powers, highs: _Powers, settled: NDArray[np.bool_]
    ) -> _Powers:
        """Take the blocks, settling after those that are marked; the level after each."""
        known = len(self._lows)
        joined = np.concatenate([self._lows, lows])
        at = np.arange(known, joined.size)
        settled_at = np.maximum.accumulate(np.where(settled, at, -1))
        since = np.maximum(settled_at - (STATIONARY - 1), at - (REMEMBERED - 1))
        levels = _least_between(joined, np.maximum(since, 0), at) * ABOVE_MINIMUM
        heard = self._heard + np.arange(1, lows.size + 1)
        is_early = (heard < TRUSTED_AFTER) & (settled_at < 0)
        levels[is_early] = np.minimum(levels[is_early], CAUTIOUS)
        levels = np.maximum(QUIETEST, levels)
        self._lows = deque(joined[max(since[-1], 0) :].tolist(), maxlen=REMEMBERED)
        self._least = min(self._lows)
        self._highs.extend(highs[-STATIONARY:].tolist())
        self._heard = TRUSTED_AFTER if settled_at[-1] >= 0 else int(heard[-1])
        self.level = float(levels[-1])
        return levels

    def _recent(self) -> list[float]:
        return list(self._lows)[-STATIONARY:]


def _last(known: deque[float], count: int, missing: float) -> list[float]:
    """The last so many, with something else for those that there are not."""
    last = list(known)[-count:]
    return [missing] * (count - len(last)) + last


def _least_until(values: _Powers, count: int) -> _Powers:
    """At each place the least of the `count` values that end there."""
    least = values.copy()
    for back in range(1, count):
        np.minimum(least[back:], values[:-back], out=least[back:])
    return least


def _least_between(values: _Powers, first: _Places, last: _Places) -> _Powers:
    """The least of the values from each first to its last place, both included.

    Two overlapping stretches whose lengths are the same power of two make up any one.
    """
    lengths = last - first + 1
    powers = np.frexp(lengths)[1] - 1
    found = np.empty(first.size)
    tree = values
    for power in range(int(powers.max()) + 1):
        width = 1 << power
        if power:
            half = width >> 1
            tree = tree.copy()
            tree[half:] = np.minimum(tree[half:], tree[:-half])
        mine = powers == power
        found[mine] = np.minimum(tree[last[mine]], tree[first[mine] + width - 1])
    return found
