"""The level of the background, block by block; it does not say what stands out of it."""

from collections import deque
from typing import Final

BLOCK: Final = 10  # hops of 10 ms
STATIONARY: Final = 5  # blocks

_REMEMBERED = 40  # blocks
_TRUSTED_AFTER = 20  # blocks


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 10))


# Powers of 16-bit samples; the decibels are against full scale.
_FULL_SCALE = 32768.0**2
_NOTHING = _FULL_SCALE * _ratio(-100)
_QUIETEST = _FULL_SCALE * _ratio(-62)
_CAUTIOUS = _FULL_SCALE * _ratio(-40)  # no floor above it before there is evidence

_ABOVE_MINIMUM = _ratio(1.5)  # from the least of many measurements to their mean
_STATIONARY_RANGE = _ratio(4.5)


class Floor:
    """Of one band: the quietest of the last seconds, or a sound that stays as it is."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._lows: deque[float] = deque(maxlen=_REMEMBERED)
        self._highs: deque[float] = deque(maxlen=STATIONARY)
        self._heard = 0
        self.level = _CAUTIOUS

    def push(self, low: float, high: float) -> bool:
        """Take the least and the greatest power of the next block.

        True if the last blocks hardly differ from each other or within.
        """
        lows, highs = self._lows, self._highs
        lows.append(low)
        highs.append(high)
        self._heard += 1
        level = min(lows) * _ABOVE_MINIMUM
        if self._heard < _TRUSTED_AFTER and level > _CAUTIOUS:
            level = _CAUTIOUS
        self.level = max(_QUIETEST, level)
        # Nearly always the first question settles it.
        if high > low * _STATIONARY_RANGE and high > _NOTHING:
            return False
        return len(highs) == STATIONARY and max(highs) <= (
            max(_NOTHING, min(self._recent())) * _STATIONARY_RANGE
        )

    def settle(self) -> None:
        """Believe that what was heard last is the background."""
        recent = self._recent()
        self._lows.clear()
        self._lows.extend(recent)
        self._heard = _TRUSTED_AFTER
        self.level = max(_QUIETEST, min(recent) * _ABOVE_MINIMUM)

    def _recent(self) -> list[float]:
        return list(self._lows)[-STATIONARY:]
