"""When numbers are typed on a telephone's keys in a recording; which keys they are is left unknown."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import wav
from audio.intervals import Interval, close_gaps, union
from audio.levels import HOPS_PER_SECOND, Levels

# A key is known for one when it has sounded for 30 ms, and its first millisecond is enough
# for an ear: so much more belongs to it on either side.
MARGIN: Final = 0.1
# Keys so close are one number. What is between two of them may be another, which nobody
# could tell from the voice or noise above it.
_ONE_NUMBER: Final = 1.0


def heard(file: wav.File) -> list[Interval]:
    """Where keys are heard on any channel, in seconds of the file, which passes through in pieces.

    Raises `wav.UnreadableError` and its kinds.
    """
    listeners = [_Listener() for _ in range(wav.info(file).channels)]
    for block in wav.read_blocks(file):
        for listener, samples in zip(listeners, block.T, strict=True):
            listener.hear(samples)
    keys = union(*(listener.keys for listener in listeners))
    return [
        Interval(max(0.0, start - MARGIN), end + MARGIN)
        for start, end in close_gaps(keys, _ONE_NUMBER)
    ]


class _Listener:
    """Notes the keys of one channel."""

    def __init__(self) -> None:
        self.keys: list[Interval] = []
        self._levels = Levels()
        self._hops = 0

    def hear(self, samples: NDArray[np.int16]) -> None:
        _powers, keys = self._levels.feed(samples)
        hops = (np.flatnonzero(keys) + self._hops).tolist()
        self.keys += [
            Interval(hop / HOPS_PER_SECOND, (hop + 1) / HOPS_PER_SECOND) for hop in hops
        ]
        self._hops += keys.size
