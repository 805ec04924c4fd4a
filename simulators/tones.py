"""Hearing telephone keys and beeps in sound, frame by frame; speech is somebody else's."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw

ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
BEEP: Final = 1000
_WINDOW: Final = 2 * mulaw.FRAME  # 25 Hz apart, which tells the keys from each other
_LOUD: Final = 300.0  # RMS below which there is nothing to be heard
_PURE: Final = 0.7  # of the window's energy is in the tones
_FIRM: Final = 2  # windows in a row until a tone counts


def _waves(frequencies: tuple[int, ...]) -> NDArray[np.complex128]:
    time = np.arange(_WINDOW) / mulaw.RATE
    waves: NDArray[np.complex128] = np.exp(-2j * np.pi * np.outer(frequencies, time))
    return waves


_ROW_WAVES: Final = _waves(ROWS)
_COLUMN_WAVES: Final = _waves(COLUMNS)
_BEEP_WAVES: Final = _waves((BEEP,))


class _Window:
    """The last 40 ms, and how long the same tone has been in them."""

    def __init__(self) -> None:
        self._before = np.zeros(mulaw.FRAME)
        self._last = ""
        self._count = 0

    def hear(self, frame: bytes) -> str:
        """What begins to be heard with this frame; empty for nothing new."""
        samples = mulaw.decode(frame).astype(np.float64)
        window = np.concatenate((self._before, samples))
        self._before = samples
        energy = float(window @ window)
        found = ""
        if energy > _LOUD**2 * _WINDOW:
            found = self._tone(window, energy)
        self._count = self._count + 1 if found == self._last else 1
        self._last = found
        return found if self._count == _FIRM else ""

    def _tone(self, window: NDArray[np.float64], energy: float) -> str:
        raise NotImplementedError


class KeyEar(_Window):
    """Hears which keys are pressed."""

    def _tone(self, window: NDArray[np.float64], energy: float) -> str:
        rows, columns = _share(_ROW_WAVES, window), _share(_COLUMN_WAVES, window)
        row, column = int(rows.argmax()), int(columns.argmax())
        both = (rows[row], columns[column])
        if sum(both) < _PURE * energy or min(both) < 0.2 * max(both):
            return ""
        return KEYS[row][column]


class BeepEar(_Window):
    """Hears the tone after which one is to speak."""

    def _tone(self, window: NDArray[np.float64], energy: float) -> str:
        is_pure = _share(_BEEP_WAVES, window)[0] > _PURE * energy
        return "beep" if is_pure else ""


def _share(
    waves: NDArray[np.complex128], window: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much of the window's energy each wave explains."""
    share: NDArray[np.float64] = 2 * np.abs(waves @ window) ** 2 / _WINDOW
    return share
