"""Power of a signal every 10 ms, in two bands; draws no conclusion."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
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
        found = powers(floats, self._size)
        return found, self._keypad.feed(floats[LAG:].reshape(hops, -1), found)


def powers(samples: NDArray[np.float32], size: int) -> Powers:
    """Of hops of `size` samples, by track if there are many, before whose first are `LAG` more."""
    flat = samples.reshape(-1)
    differing = np.empty_like(samples)
    found = np.empty((*samples.shape[:-1], (samples.shape[-1] - LAG) // size, 2))
    hops = differing[..., LAG:].reshape(*found.shape[:-1], size)
    # From the end of one track into the next, which costs less than to pass it over.
    behind = differing.reshape(-1)[LAG:]
    np.subtract(flat[LAG:], flat[:-LAG], out=behind)
    found[..., 0] = np.einsum("...j,...j->...", hops, hops) / (2 * size)
    np.multiply(flat[LAG - 1 : -1], _EMPHASIS, out=behind)
    np.subtract(flat[LAG:], behind, out=behind)
    found[..., 1] = np.einsum("...j,...j->...", hops, hops) / size
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
        samples = mulaw.floats(np.frombuffer(codes, np.uint8))
        now = samples[LAG:]
        banded = now - samples[:-LAG]
        emphasised = now - _EMPHASIS * samples[LAG - 1 : -1]
        return (
            (_dot(banded[:_HOP]) / 2, _dot(emphasised[:_HOP])),
            (_dot(banded[_HOP:]) / 2, _dot(emphasised[_HOP:])),
        )


def _dot(hop: NDArray[np.float32]) -> float:
    return float(hop.dot(hop)) / _HOP
