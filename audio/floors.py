"""The level of the background of many tracks at once, in both bands: what `audio.floor` is for one.

What is known of the tracks are records, one for each, which are changed in place.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio.floor import (
    ABOVE_MINIMUM,
    CAUTIOUS,
    NOTHING,
    QUIETEST,
    REMEMBERED,
    STATIONARY,
    STATIONARY_RANGE,
    TRUSTED_AFTER,
)

# Of each band the last blocks' least and greatest power, each block in the place of the
# one that it makes forgotten; infinite where there is none.
RECORD: Final = np.dtype(
    [
        ("lows", float, (2, REMEMBERED)),
        ("highs", float, (2, STATIONARY)),
        ("level", float, 2),
        ("blocks", int),
        ("heard", int),
    ],
    align=True,
)
_PLACES = np.arange(REMEMBERED)

Records = NDArray[Any]


def fresh() -> Records:
    """Nothing heard."""
    record = np.zeros((), RECORD)
    record["lows"] = record["highs"] = np.inf
    record["level"] = CAUTIOUS
    return record


def push(
    floors: Records, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Take the least and the greatest power of each track's next block, a column for each band.

    True where the last blocks hardly differ in both bands: that sound is the background.
    """
    each = np.arange(len(floors))
    number = floors["blocks"]
    lows, highs = floors["lows"], floors["highs"]
    lows[each, :, number % REMEMBERED] = low
    highs[each, :, number % STATIONARY] = high
    floors["heard"] += 1
    level = lows.min(axis=2) * ABOVE_MINIMUM
    early = (floors["heard"] < TRUSTED_AFTER)[:, np.newaxis] & (level > CAUTIOUS)
    level[early] = CAUTIOUS
    # Nearly always the last block alone settles it.
    lively = high > np.maximum(NOTHING, low) * STATIONARY_RANGE
    maybe = np.flatnonzero(~(lively[:, 0] | lively[:, 1]))
    same = np.zeros(len(floors), bool)
    if maybe.size:
        kept = lows[maybe]
        age = (number[maybe, np.newaxis] - _PLACES) % REMEMBERED
        kept[np.repeat(age[:, np.newaxis] >= STATIONARY, 2, axis=1)] = np.inf
        least = kept.min(axis=2)
        greatest = highs[maybe].max(axis=2)
        flat = (greatest <= np.maximum(NOTHING, least) * STATIONARY_RANGE).all(axis=1)
        settled = maybe[flat]
        same[settled] = True
        lows[settled] = kept[flat]
        level[settled] = least[flat] * ABOVE_MINIMUM
        floors["heard"][settled] = TRUSTED_AFTER
    floors["level"] = np.maximum(QUIETEST, level)
    floors["blocks"] += 1
    return same
