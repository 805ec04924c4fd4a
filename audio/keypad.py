"""In which 10 ms of a signal a telephone key sounds; which key it is does not matter here.

A key is two tones, one of four low and one of four high ones (ITU-T Q.23). What is
nearly all in two such tones, of about the same strength and for 30 ms, is no voice.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Whether a key sounds, hop by hop.
Keys = NDArray[np.bool_]

_HERTZ: Final = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
_PURE: Final = 0.8  # of the energy is in the two tones
_TWIST: Final = 6.3  # times one may be stronger than the other: 8 dB
_HANG: Final = 3  # hops in which a smoothed power still holds the end of a key
# A first look by the levels alone, which spares most of a conversation the second: no
# key is fainter than 38 dB below full scale, swells as it sounds, or has its energy
# elsewhere than between the two emphases.
_LOUD: Final = 32768**2 * 10 ** (-38 / 10)
_SWELL: Final = 1.5
_TILT: Final = (1.0, 5.0)
_PORTION: Final = 128
# Hops that are looked at one by one first: a live track brings ten at a time, and half of
# what is spoken needs no second look.
_FEW: Final = 20
_NONE: Final = np.zeros(_FEW, bool)


class Keypad:
    """Looks at windows of 20 ms, each hop together with the one before."""

    def __init__(self, rate: int, size: int) -> None:
        """Begin a new signal, whose hops are `size` samples."""
        self._tones = Tones(rate, size)
        self._ringing = Ringing()
        # The hop before, and its powers.
        self._hop = np.zeros((1, size), np.float32)
        self._powers = np.zeros((1, 2))
        # The power of the hop before, 0 if no key can be in it; or more than is true.
        self._steady = 0.0

    def feed(self, hops: NDArray[np.float32], powers: NDArray[np.float64]) -> Keys:
        """Take hops as rows, and the levels' powers of each; where a key sounds."""
        before, self._powers = self._powers, powers[-1:]
        first, self._hop = self._hop, hops[-1:]
        if self._ringing.is_quiet and len(hops) <= _FEW:
            self._steady, likely = _any_likely(self._steady, powers.tolist())
            if not likely:
                return _NONE[: len(hops)]
        else:
            self._steady = float(powers[-1, 1])
        windows = np.flatnonzero(may_follow(np.concatenate([before, powers])))
        keys = self._tones.keys(np.concatenate([first, hops]), windows)
        return self._ringing.follow(keys)


class Ringing:
    """From the keys that one track's windows hold to where a key sounds."""

    __slots__ = ("_key", "_sounded", "is_quiet")

    def __init__(self) -> None:
        """Begin in silence."""
        # Which key the last window held, -1 for none, and where one sounded.
        self._key = np.full(1, -1)
        self._sounded = np.zeros(_HANG, bool)
        self.is_quiet = True

    def follow(self, keys: NDArray[np.int64]) -> Keys:
        """Where a key sounds, if the windows that end with the next hops hold these."""
        if self.is_quiet and keys.max(initial=-1) < 0:
            return np.zeros(len(keys), bool)
        joined = np.concatenate([self._key, keys])
        self._key = joined[-1:]
        firm = (joined[1:] >= 0) & (joined[1:] == joined[:-1])
        sounded = np.concatenate([self._sounded, firm])
        self._sounded = sounded[-_HANG:]
        self.is_quiet = bool(self._key[0] < 0 and not self._sounded.any())
        ringing: Keys = firm.copy()
        for back in range(1, _HANG + 1):
            ringing |= sounded[_HANG - back : sounded.size - back]
        return ringing


class Tones:
    """How strong the tones of the keys are in hops of `size` samples."""

    def __init__(self, rate: int, size: int) -> None:
        """For signals of that many samples a second."""
        turns = np.outer(np.arange(size) / rate, _HERTZ) * 2 * np.pi
        self._waves = np.hstack([np.cos(turns), -np.sin(turns)]).astype(np.float32)
        # How far each tone has turned after a hop.
        turned = np.array(_HERTZ) * size / rate * 2 * np.pi
        self._turned = np.exp(-1j * turned).astype(np.complex64)
        self._size = size

    def keys(
        self, hops: NDArray[np.float32], windows: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """The key in each window, -1 for none; only in these is looked for one.

        A window is the hop of its number and the next one, which has no window of its own
        if it is the last.
        """
        keys = np.full(hops[..., 0].size - 1, -1)
        if not windows.size:
            return keys
        in_any = np.zeros(hops.shape[:-1], bool)
        in_any.flat[windows] = in_any.flat[windows + 1] = True
        heard = hops[in_any]
        parts, half = _product(heard, self._waves), len(_HERTZ)
        tones = parts[:, :half] + 1j * parts[:, half:]
        energy = np.einsum("ij,ij->i", heard, heard)
        first = np.cumsum(in_any)[windows] - 1
        window = (tones[first] + tones[first + 1] * self._turned).T
        keys[windows] = self._which(window, energy[first] + energy[first + 1])
        return keys

    def _which(
        self, window: NDArray[np.complex64], energy: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Of windows as columns, a row for each tone, and what energy is in each window."""
        strength = np.ascontiguousarray(window.real**2 + window.imag**2) / self._size
        low, high = strength[:4], strength[4:]
        row, column = low.max(axis=0), high.max(axis=0)
        is_key = row + column > _PURE * energy
        if not is_key.any():
            return np.full(energy.size, -1)
        is_key &= np.maximum(row, column) < _TWIST * np.minimum(row, column)
        found = 4 * low.argmax(axis=0) + high.argmax(axis=0)
        keys: NDArray[np.int64] = np.where(is_key, found, -1)
        return keys


def may_follow(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each hop but the first and the one before it may be in the same key."""
    alone, power = _alone(powers), powers[..., 1]
    before, after = power[..., :-1], power[..., 1:]
    steady = np.maximum(before, after) < _SWELL * np.minimum(before, after)
    likely: NDArray[np.bool_] = alone[..., :-1] & alone[..., 1:] & steady
    return likely


def _alone(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each hop, for all that it tells by itself, may be in a key."""
    banded, emphasised = powers[..., 0], powers[..., 1]
    alone: NDArray[np.bool_] = (
        (emphasised > _LOUD)
        & (banded > _TILT[0] * emphasised)
        & (banded < _TILT[1] * emphasised)
    )
    return alone


def _any_likely(before: float, powers: list[list[float]]) -> tuple[float, bool]:
    """The same for a live track that is quiet so far, in which few hops come at a time.

    The power that the next ones are to be held against, and whether any can matter: two
    windows in a row, for one alone is no key, or the last, which the next may follow.
    """
    likely = steady = False
    for banded, power in powers:
        if power <= _LOUD or not _TILT[0] * power < banded < _TILT[1] * power:
            before, steady = 0.0, False
            continue
        was_steady = steady
        # Not by min and max, whose calls cost more than all the rest.
        steady = before < _SWELL * power and power < _SWELL * before
        likely = likely or (steady and was_steady)
        before = power
    return before, likely or steady


def _product(
    rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Their matrix product, in portions for which the library starts no threads."""
    portions = -(-len(rows) // _PORTION)
    padded = np.zeros((portions * _PORTION, rows.shape[1]), np.float32)
    padded[: len(rows)] = rows
    product: NDArray[np.float32] = padded.reshape(portions, _PORTION, -1) @ columns
    return product.reshape(-1, columns.shape[1])[: len(rows)]
