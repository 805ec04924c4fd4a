"""Tells speakers of one channel apart by the average spectrum of what they said; it
knows nobody by name.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulators.assemblyai.words import Group, Word, utterances

WINDOW = 0.1
BANDS = 24
DIFFERENT = 0.25  # distance of two unit spectra that one voice rarely reaches
Spectrum = NDArray[np.float64]


class Prints:
    """The spectrum of every tenth of a second of a stream."""

    def __init__(self, wav_rate: int) -> None:
        self._size = int(wav_rate * WINDOW)
        self._rest: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._bands: list[Spectrum] = []

    def feed(self, samples: NDArray[np.int16]) -> None:
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // self._size * self._size
        for window in joined[:whole].reshape(-1, self._size):
            power = np.abs(np.fft.rfft(window * np.hanning(self._size))) ** 2
            parts = np.array_split(power[1:], BANDS)
            self._bands.append(np.array([part.sum() for part in parts]))
        self._rest = joined[whole:]

    def of(self, group: Group) -> Spectrum:
        """The unit log spectrum of what the group says."""
        first = int(group.start / 1000 / WINDOW)
        last = int(group.end / 1000 / WINDOW) + 1
        parts = self._bands[first:last] or [np.ones(BANDS)]
        spectrum = np.log1p(np.sum(parts, axis=0))
        spectrum = spectrum - spectrum.mean()
        length = float(np.linalg.norm(spectrum)) or 1.0
        return np.asarray(spectrum / length, dtype=np.float64)


def label(words: list[Word], prints: Prints, most: int) -> list[Word]:
    """The words with speakers A, B, … in order of appearance, at most so many."""
    centres: list[Spectrum] = []
    named: list[Word] = []
    for group in utterances(words):
        spectrum = prints.of(group)
        distances = [float(np.linalg.norm(spectrum - centre)) for centre in centres]
        nearest = int(np.argmin(distances)) if distances else -1
        is_new = nearest < 0 or distances[nearest] > DIFFERENT
        if is_new and len(centres) < most:
            centres.append(spectrum)
            nearest = len(centres) - 1
        letter = chr(ord("A") + nearest)
        name = f"{group.words[0].channel or ''}{letter}"
        named += [replace(word, speaker=name) for word in group.words]
    return sorted(named, key=lambda w: (w.start, w.end))
