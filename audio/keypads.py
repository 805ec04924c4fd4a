"""In which 10 ms of many tracks a telephone key sounds: what `audio.keypad` finds out for one."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio.keypad import Keys, Ringing, Tones, may_follow

# Whether a key sounded in the last hops, or may have begun.
RECORD: Final = np.dtype([("rings", bool)], align=True)

Records = NDArray[Any]


def sounding(
    records: Records,
    ringings: Sequence[Ringing],
    tones: Tones,
    hops: NDArray[np.float32],
    powers: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> Keys:
    """Where a key sounds, by track and hop.

    Hops and powers are by track, with those of the hop before in front; the samples, or
    the bands, are in the last axis. Of each track so many new hops count.
    """
    tracks, new = counts.size, powers.shape[1] - 1
    each, last = np.arange(tracks), counts - 1
    likely = np.zeros((tracks, new + 1), bool)
    likely[:, :-1] = may_follow(powers)
    likely &= np.arange(new + 1) < counts[:, np.newaxis]
    # No key is known by one window; what follows the last is not known yet.
    firm = np.zeros((tracks, new + 1), bool)
    firm[:, 0] = records["rings"]
    firm[:, 1:] = likely[:, :-1]
    firm[:, :-1] |= likely[:, 1:]
    firm[each, last] = True
    windows = np.flatnonzero(likely & firm)
    found: Keys = np.zeros((tracks, new), bool)
    if not windows.size and not records["rings"].any():
        return found
    keys = np.append(tones.keys(hops, windows), -1).reshape(tracks, new + 1)
    concerned = records["rings"] | (keys >= 0).any(axis=1)
    for track in np.flatnonzero(concerned).tolist():
        some, ringing = slice(counts[track]), ringings[track]
        found[track, some] = ringing.follow(keys[track, some])
        records["rings"][track] = not ringing.is_quiet
    return found
