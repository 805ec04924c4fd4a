"""One band of a track: smoothed over 30 ms, and how loud it is against its floor; not whether that is speech."""

from math import exp, inf, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.floor import BLOCK, Floor
from audio.levels import HOPS_PER_SECOND
from audio.speech import BETWEEN, LOUD, QUIET

_ENTER_DB = 7.0
_STAY_DB = 4.0
_BELOW_VOICE_DB = 25.0
_FADING_DB = 0.1  # a second
LIMITS: Final = {
    "voice_above_floor_db": _ENTER_DB,
    "voice_stays_above_floor_db": _STAY_DB,
    "voice_below_loudest_db": _BELOW_VOICE_DB,
}

# Times the floor's power.
ENTER = 10 ** (_ENTER_DB / 10)
STAY = 10 ** (_STAY_DB / 10)
# What is so far below the voice of this line is an echo of the other's, or its breath: it
# begins no speech. That voice is the loudest that lasted for a block; the memory of it
# fades, for people move and telephones are handed on.
BELOW_VOICE = 10 ** (-_BELOW_VOICE_DB / 10)
FADING = _FADING_DB / 10 * log(10) * BLOCK / HOPS_PER_SECOND
LEAST = 1e-3  # the logarithm of nothing is not wanted


class Band:
    """Powers of hops in, how loud they are out; `stay` and `enter` are the limits just now."""

    def __init__(self) -> None:
        """Begin in silence."""
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
            return QUIET
        return BETWEEN if smooth < self.enter else LOUD

    def smooth(self, powers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same sums for many hops; the thresholds are left to the caller."""
        joined = np.concatenate([self._before, powers])
        self._before = (float(joined[-2]), float(joined[-1]))
        smoothed: NDArray[np.float64] = (joined[:-2] + joined[1:-1] + joined[2:]) / 3
        return smoothed

    def end_block(self) -> bool:
        """Take the block's extremes; true if the sound has not changed for a while."""
        low, high = self._low, self._high
        self._low, self._high = inf, 0.0
        same = self.floor.push(low, high)
        self._voice = max(self._voice - FADING, log(max(low, LEAST)))
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
        fading = FADING * np.arange(low.size + 1)
        voices = np.concatenate([[self._voice], np.log(np.maximum(low, LEAST))])
        voices = np.maximum.accumulate(voices + fading) - fading
        self._voice = float(voices[-1])
        self._set_thresholds()
        least = np.exp(voices[1:]) * BELOW_VOICE
        stays = np.concatenate([stay, levels * STAY])
        enters = np.concatenate([enter, np.maximum(levels * ENTER, least)])
        return stays[:-1], enters[:-1]

    def settle(self) -> None:
        """Take the last blocks for the background."""
        self.floor.settle()
        self._set_thresholds()

    def _set_thresholds(self) -> None:
        self.stay = self.floor.level * STAY
        self.enter = max(self.floor.level * ENTER, exp(self._voice) * BELOW_VOICE)
