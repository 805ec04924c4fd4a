"""Both bands of many tracks at once, and how loud they are against their floors: what `audio.band` is for one."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio import floors
from audio.band import BELOW_VOICE, ENTER, FADING, LEAST, STAY, Band
from audio.floor import BLOCK

# Of each band, as in `audio.band`.
RECORD: Final = np.dtype(
    [
        ("before", float, (2, 2)),  # hops, bands
        ("low", float, 2),
        ("high", float, 2),
        ("voice", float, 2),
        ("stay", float, 2),
        ("enter", float, 2),
        ("floor", floors.RECORD),
    ],
    align=True,
)

Records = NDArray[Any]


def fresh() -> Records:
    """Silence."""
    record = np.zeros((), RECORD)
    record["low"], record["voice"] = np.inf, -np.inf
    record["stay"], record["enter"] = Band().stay, Band().enter
    record["floor"] = floors.fresh()
    return record


def loudness(
    bands: Records,
    powers: NDArray[np.float64],
    counts: NDArray[np.int64],
    places: NDArray[np.int64],
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """How loud each hop is, and whether a block ends with it in which the sound has not changed.

    The powers are by band, hop and track, those of the two hops before in front; of each
    track so many hops count, the first of which has this place in its block. The answers
    are by hop and track; what does not count is quiet.
    """
    smooth = (powers[:, :-2] + powers[:, 1:-1] + powers[:, 2:]) / 3
    each = np.arange(counts.size)
    bands["before"] = powers[:, [counts, counts + 1], each].transpose(2, 1, 0)
    hops = np.arange(smooth.shape[1])[:, np.newaxis]
    block = np.where(hops < counts, (places + hops) // BLOCK, -1)
    complete = (places + counts) // BLOCK
    active, loud = np.zeros((2, *block.shape), bool)
    unchanging = np.zeros(block.shape, bool)
    for number in range(int(block.max()) + 1):
        mine = block == number
        active |= mine & _above(smooth, bands["stay"])
        loud |= mine & _above(smooth, bands["enter"])
        low = np.where(mine, smooth, np.inf).min(axis=1).T
        high = np.where(mine, smooth, 0.0).max(axis=1).T
        bands["low"] = np.minimum(bands["low"], low)
        bands["high"] = np.maximum(bands["high"], high)
        ended = np.flatnonzero(complete > number)
        if not ended.size:
            break
        some = bands[ended] if ended.size < counts.size else bands
        found = ended[_end_block(some)]
        if some is not bands:
            bands[ended] = some
        unchanging[(number + 1) * BLOCK - 1 - places[found], found] = True
    kinds: NDArray[np.int8] = active.astype(np.int8) + loud
    return kinds, unchanging


def _above(
    smooth: NDArray[np.float64], limits: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which hops reach the limit of their track in one band or the other."""
    first, second = smooth >= limits.T[:, np.newaxis]
    above: NDArray[np.bool_] = first | second
    return above


def _end_block(bands: Records) -> NDArray[np.bool_]:
    """Take the blocks' extremes; where the sound has not changed for a while, and is the floor."""
    low = bands["low"].copy()
    same = floors.push(bands["floor"], low, bands["high"].copy())
    bands["low"], bands["high"] = np.inf, 0.0
    voice = np.maximum(bands["voice"] - FADING, np.log(np.maximum(low, LEAST)))
    level = bands["floor"]["level"]
    bands["voice"] = voice
    bands["stay"] = level * STAY
    bands["enter"] = np.maximum(level * ENTER, np.exp(voice) * BELOW_VOICE)
    return same
