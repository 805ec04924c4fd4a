"""A 64-bit number for each 10 ms of µ-law, at every sample offset; it compares nothing.

A polynomial over the codes modulo 2**64, so that the number of a window at any offset
is the difference of two prefix sums times a power of the inverse.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 80
SILENT: Final = 0xFF

_BASE = 0x9E3779B97F4A7C15  # odd, hence invertible modulo 2**64
_MODULUS = 1 << 64
_BLOCK = 2048
VARIED: Final = (
    12  # different codes in 10 ms that hardly come twice in different speech
)


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    powers, value = [], 1
    for _ in range(count):
        powers.append(value)
        value = value * base % _MODULUS
    return np.array(powers, np.uint64)


_FORWARD = _powers(_BASE, _BLOCK + WINDOW)
_BACKWARD = _powers(pow(_BASE, -1, _MODULUS), _BLOCK)
# Any byte may stand for silence, but µ-law has two zeros: they count as one.
_CANONICAL = np.arange(256, dtype=np.uint8)
_CANONICAL[0x7F] = SILENT
_SPREAD = np.array(
    [((code + 1) * 0xD6E8FEB86659FD93) % _MODULUS for code in range(256)], np.uint64
)


def canonical(data: bytes) -> NDArray[np.uint8]:
    """The codes with one zero."""
    return _CANONICAL[np.frombuffer(data, np.uint8)]


def of_every_offset(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The numbers of the windows that start at each code and lie wholly inside."""
    count = codes.size - WINDOW + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    parts = [
        _of_block(codes[start : start + _BLOCK + WINDOW - 1])
        for start in range(0, count, _BLOCK)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _of_block(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    count = codes.size - WINDOW + 1
    sums = np.zeros(codes.size + 1, np.uint64)
    np.cumsum(_SPREAD[codes] * _FORWARD[: codes.size], out=sums[1:])
    numbers = (sums[WINDOW:] - sums[:count]) * _BACKWARD[:count]
    # The low bits of such a sum are poor, and tables are indexed by bits.
    numbers ^= numbers >> np.uint64(32)
    return numbers * np.uint64(_BASE)


def of_whole_windows(
    codes: NDArray[np.uint8], different: int = VARIED
) -> list[tuple[int, int]]:
    """Position and number of the windows at multiples of `WINDOW`, without the dull.

    Near silence and held tones have few different codes and look alike everywhere.
    """
    count = codes.size // WINDOW
    windows = codes[: count * WINDOW].reshape(count, WINDOW)
    ordered = np.sort(windows, axis=1)
    varied = (np.diff(ordered, axis=1) != 0).sum(axis=1) + 1 >= different
    numbers = of_every_offset(codes)[::WINDOW][:count]
    places = np.flatnonzero(varied)
    return list(zip((places * WINDOW).tolist(), numbers[places].tolist(), strict=True))
