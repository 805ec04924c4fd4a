"""The level of the background, block by block; it does not say what stands out of it."""

from collections import deque
from typing import Final

BLOCK: Final = 10  # hops of 10 ms
STATIONARY: Final = 5  # blocks

_REMEMBERED = 40  # blocks
_TRUSTED_AFTER = 20  # blocks
# Decibels, the first two against full scale.
_QUIETEST = -62.0
_CAUTIOUS = -40.0  # no higher floor is believed before there is evidence for it
_ABOVE_MINIMUM = 1.5  # from the least of many measurements to their mean
_STATIONARY_RANGE = 4.5


class Floor:
    """Of one level: the quietest of the last seconds, or a sound that stays as it is."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._lows: deque[float] = deque(maxlen=_REMEMBERED)
        self._highs: deque[float] = deque(maxlen=STATIONARY)
        self._heard = 0
        self.level = _CAUTIOUS

    def push(self, low: float, high: float) -> bool:
        """Take the least and the greatest level of the next block.

        True if the last blocks hardly differ from each other or within.
        """
        lows, highs = self._lows, self._highs
        lows.append(low)
        highs.append(high)
        self._heard += 1
        lowest = min(lows) + _ABOVE_MINIMUM
        if self._heard < _TRUSTED_AFTER and lowest > _CAUTIOUS:
            lowest = _CAUTIOUS
        self.level = max(_QUIETEST, lowest)
        # Nearly always the first question settles it.
        return (
            high - low < _STATIONARY_RANGE
            and len(highs) == STATIONARY
            and max(highs) - min(self._recent()) < _STATIONARY_RANGE
        )

    def settle(self) -> None:
        """Believe that what was heard last is the background."""
        recent = self._recent()
        self._lows.clear()
        self._lows.extend(recent)
        self._heard = _TRUSTED_AFTER
        self.level = max(_QUIETEST, min(recent) + _ABOVE_MINIMUM)

    def _recent(self) -> list[float]:
        lows = self._lows
        return [lows[place] for place in range(-STATIONARY, 0)]
