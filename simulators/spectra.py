"""What audio sounds like: mel spectra and patches of them, blind to level and codec."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw

HOP: Final = 160  # samples between two spectra: 20 ms
BANDS: Final = 18
DEPTH: Final = 10  # spectra in a patch: 200 ms
SKETCH: Final = BANDS * DEPTH // 2

Spectra = NDArray[np.float32]
Patches = NDArray[np.float32]

_WINDOW = 320
_SIZE = 512
_LOWEST, _HIGHEST = 200.0, 3400.0
# In dB: what is so far below the loudest of a patch is not told apart, what is so far
# below the loudest of all is silence, and so is what is not above the least level.
_RANGE = 30.0
_SILENT_BELOW = 40.0
_LEAST = 60.0


def _mel(hertz: float) -> float:
    return 1127 * float(np.log1p(hertz / 700))


def _filters() -> NDArray[np.float32]:
    edges = 700 * np.expm1(np.linspace(_mel(_LOWEST), _mel(_HIGHEST), BANDS + 2) / 1127)
    bins = np.fft.rfftfreq(_SIZE, 1 / mulaw.RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters: NDArray[np.float32] = np.maximum(0, np.minimum(rising, falling)).astype(
        np.float32
    )
    return filters


_FILTERS = _filters()
_HANNING = np.hanning(_WINDOW).astype(np.float32)


def of(samples: NDArray[np.int16]) -> Spectra:
    """One row for every 20 ms: `BANDS` levels in dB, 0 for silence."""
    padded = np.pad(samples.astype(np.float32), (_WINDOW - HOP) // 2)
    if padded.size < _WINDOW:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * _HANNING, _SIZE)) ** 2
    levels: Spectra = 10 * np.log10(power.astype(np.float32) @ _FILTERS + 1)
    return levels


def audible(spectra: Spectra) -> NDArray[np.bool_]:
    """Which of them are not silence beside the loudest."""
    peaks = spectra.max(axis=1, initial=0)
    return np.asarray(peaks > max(_LEAST, peaks.max(initial=0) - _RANGE))


def patches(spectra: Spectra, step: int = 1) -> Patches:
    """Unit vectors: the shape of the 200 ms around every `step`-th spectrum.

    Zero where they are silence. Nothing but these 200 ms matters, or the same word
    would look different beside a louder one.
    """
    if not len(spectra):
        return np.zeros((0, BANDS * DEPTH), np.float32)
    padded = np.pad(spectra, ((DEPTH // 2, DEPTH - 1 - DEPTH // 2), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, DEPTH, axis=0)[::step]
    flat: Patches = views.reshape(len(views), -1)
    peaks = flat.max(axis=1, keepdims=True)
    flat = np.maximum(flat, peaks - _RANGE)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(norms, 1e-3)
    flat[peaks[:, 0] < max(_LEAST, float(spectra.max()) - _SILENT_BELOW)] = 0
    return flat


def sketches(patches: Patches) -> Patches:
    """The same with every other spectrum of a patch left out: half the work."""
    whole = patches.reshape(-1, BANDS, DEPTH)[:, :, ::2]
    flat = np.ascontiguousarray(whole).reshape(-1, SKETCH)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(norms, 1e-3)
    return flat
