"""Power of a signal every 10 ms, in two bands; draws no conclusion."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audio import keypad, mulaw
from audio.keypad import Keypad, Keys

# What a sample differs by from the one half a millisecond before: 300 to 1700 Hz pass,
# hum and rumble hardly do.
LAG: Final = 4
EMPHASIS: Final = 0.95
HOPS_PER_SECOND: Final = 100

# One row per hop: mean square of the voice's band, and of the pre-emphasised samples.
Powers = NDArray[np.float64]

_HOP = mulaw.FRAME // 2
_EMPHASIS = np.float32(EMPHASIS)
_FLOATS = mulaw.decode(bytes(range(256))).astype(np.float32)
_SILENT = mulaw.SILENCE * (LAG + mulaw.FRAME)
_SILENT_POWERS = ((0.0, 0.0), (0.0, 0.0))
_NONE: Final[tuple[Powers, Keys]] = (np.zeros((0, 2)), np.zeros(0, bool))


class Levels:
    """Hops of 10 ms from samples that come in pieces of any size."""

    def __init__(self, rate: int = mulaw.RATE) -> None:
        """Begin a new signal."""
        self._size = rate // HOPS_PER_SECOND
        self._keypad = Keypad(rate, self._size)
        # The last samples of the hop before, then those that do not fill a hop yet.
        self._waiting = np.zeros(LAG, np.int16)

    def feed(self, samples: NDArray[np.int16]) -> tuple[Powers, Keys]:
        """Of the hops that these samples complete: the powers, and where a key sounds."""
        joined = np.concatenate([self._waiting, samples])
        hops = (joined.size - LAG) // self._size
        if not hops:
            self._waiting = joined
            return _NONE
        used = hops * self._size
        self._waiting = joined[used:].copy()
        floats = joined[: used + LAG].astype(np.float32)
        found = powers(floats, hops)
        return found, self._keypad.feed(floats[LAG:].reshape(hops, -1), found)


def feed_together(
    tracks: Sequence[Levels], portions: Sequence[NDArray[np.int16]]
) -> tuple[Powers, Keys, list[int]]:
    """What `feed` of each track gives for its portion, one after the other; of how many hops each.

    All are of the same sample rate.
    """
    size = tracks[0]._size
    pieces = [
        piece
        for track, samples in zip(tracks, portions, strict=True)
        for piece in (track._waiting, samples)
    ]
    joined = np.concatenate(pieces)
    counts, begins, end = [], [], 0
    for track, samples in zip(tracks, portions, strict=True):
        begin, end = end, end + track._waiting.size + samples.size
        hops = (end - begin - LAG) // size
        track._waiting = joined[begin + hops * size : end].copy()
        counts.append(hops)
        begins.append(begin)
    total = sum(counts)
    if not total:
        return *_NONE, counts
    # Where each hop begins, with the samples before it.
    places = np.array(begins) - size * (np.cumsum(counts) - counts)
    starts = np.repeat(places, counts) + size * np.arange(total)
    rows = sliding_window_view(joined.astype(np.float32), LAG + size)[starts]
    now = rows[:, LAG:]
    found = _mean_squares(now - rows[:, :-LAG], now - _EMPHASIS * rows[:, LAG - 1 : -1])
    fed = [track._keypad for track, count in zip(tracks, counts, strict=True) if count]
    sizes = [count for count in counts if count]
    return found, keypad.feed_together(fed, now, found, sizes), counts


def powers(samples: NDArray[np.float32], hops: int) -> Powers:
    """Of samples that fill the hops, with the `LAG` samples before them in front."""
    now = samples[LAG:]
    return _mean_squares(
        (now - samples[:-LAG]).reshape(hops, -1),
        (now - _EMPHASIS * samples[LAG - 1 : -1]).reshape(hops, -1),
    )


def _mean_squares(
    banded: NDArray[np.float32], emphasised: NDArray[np.float32]
) -> Powers:
    """Of each row."""
    found = np.empty((len(banded), 2))
    found[:, 0] = np.einsum("ij,ij->i", banded, banded) / (2 * banded.shape[1])
    found[:, 1] = np.einsum("ij,ij->i", emphasised, emphasised) / banded.shape[1]
    return found


class MulawLevels:
    """The same for a live track in frames of 20 ms of µ-law, as quick as it can be."""

    def __init__(self) -> None:
        """Begin a new track."""
        self._codes = mulaw.SILENCE * LAG

    def feed(self, frame: bytes) -> tuple[tuple[float, float], tuple[float, float]]:
        """The powers of the frame's two hops."""
        codes = self._codes + frame
        self._codes = frame[-LAG:]
        if codes == _SILENT:
            return _SILENT_POWERS
        samples = _FLOATS[np.frombuffer(codes, np.uint8)]
        now = samples[LAG:]
        banded = now - samples[:-LAG]
        emphasised = now - _EMPHASIS * samples[LAG - 1 : -1]
        return (
            (_dot(banded[:_HOP]) / 2, _dot(emphasised[:_HOP])),
            (_dot(banded[_HOP:]) / 2, _dot(emphasised[_HOP:])),
        )


def _dot(hop: NDArray[np.float32]) -> float:
    return float(hop.dot(hop)) / _HOP
