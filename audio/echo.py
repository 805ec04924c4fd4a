"""How much of what a line brings is our own voice that comes back; it decides nothing.

A telephone returns what it plays, some hundred milliseconds later, weaker, and through
a path that colours it. The path is fitted anew for every question, to the stretch that
is asked about: where in the last 0.65 s the stretch's likeness in our voice lies (a
cross-correlation of the whitened signals), and then the filter of 12 ms around that
place that explains most of it (least squares). So nothing has to be learnt first, and a
path that changes is no trouble. A caller's voice is not like ours and stays unexplained.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from audio.levels import EMPHASIS, LAG, Powers, powers

Samples = NDArray[np.float32]

LONGEST_DELAY: Final = 0.65  # seconds

_DELAYS = round(LONGEST_DELAY * mulaw.RATE)
_TAPS = 96
_EARLY = 24  # of the taps: the first sound may come before the strongest
_STEADIED = 1e-3  # of the power, added to it: a voice has bands without any
_HOP = mulaw.FRAME // 2


@dataclass(frozen=True, slots=True)
class Residue:
    """A stretch taken apart: the powers of every 10 ms, as `audio.levels` has them."""

    echo: Powers
    unexplained: Powers


class EchoGuard:
    """The two tracks of one call, told in their places on one clock.

    Places are samples at 8 kHz from any beginning, the same for both tracks.
    """

    def __init__(self, remembered: float = 2.0) -> None:
        """Stretches may be asked about until they are `remembered` seconds old."""
        self._remembered = round(remembered * mulaw.RATE)
        self._played = Tape()
        self._heard = Tape()

    def played(self, track: bytes, at: int) -> None:
        """µ-law that begins to sound for the caller at `at`.

        What was told for later than `at` before will not sound, as after a `clear`.
        """
        self._played.put(track, at)

    def heard(self, track: bytes, at: int) -> None:
        """µ-law that the line brought at `at`."""
        self._heard.put(track, at)
        oldest = self._heard.end - self._remembered
        self._heard.forget(oldest)
        self._played.forget(oldest - _DELAYS - _TAPS)

    def residue(self, start: int, hops: int) -> Residue:
        """What echo is in that many hops of 10 ms from `start`, and what is none."""
        size = hops * _HOP
        heard = self._heard.cut(start - LAG, start + size)
        ours = self._played.cut(start - _DELAYS - _TAPS, start + size)
        if not ours.any():
            return Residue(np.zeros((hops, 2)), powers(heard, _HOP))
        echo = _echo(heard[LAG:], ours)
        # The samples before the first are taken for explained.
        echo = np.concatenate([heard[:LAG], echo])
        return Residue(powers(echo, _HOP), powers(heard - echo, _HOP))


class Tape:
    """The last of a track, in its place; what is not known of it is silence."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._codes = bytearray()
        self._start = 0

    @property
    def end(self) -> int:
        """The place after the last sample."""
        return self._start + len(self._codes)

    def put(self, track: bytes, at: int) -> None:
        """Know the track from `at` on, and nothing after it."""
        if not self._codes:
            self._start = at
        elif at < self._start:
            self._codes.clear()
            self._start = at
        elif at < self.end:
            del self._codes[at - self._start :]
        else:
            self._codes += mulaw.SILENCE * (at - self.end)
        self._codes += track

    def forget(self, before: int) -> None:
        """Drop what lies before that place."""
        old = min(max(0, before - self._start), len(self._codes))
        del self._codes[:old]
        self._start += old

    def cut(self, start: int, end: int) -> Samples:
        """The samples from `start` up to, not including, `end`."""
        samples = np.zeros(end - start, np.float32)
        first, last = max(start, self._start), min(end, self.end)
        if first < last:
            codes = self._codes[first - self._start : last - self._start]
            samples[first - start : last - start] = mulaw.decode(bytes(codes))
        return samples


def _echo(heard: Samples, ours: Samples) -> Samples:
    """The part of `heard` that `ours` explains.

    `ours` has `_DELAYS + _TAPS` samples more, in front.
    """
    size = heard.size
    white, ours_white = _whitened(heard), _whitened(ours)
    likeness = _correlation(white, ours_white)  # of a delay of _DELAYS + _TAPS - index
    delay = ours.size - size - _likeliest(likeness, ours_white, size)
    shortest = min(max(0, delay - _EARLY), _DELAYS)
    # From here on `ours[k]` is what sounded `shortest + taps - 1` before `heard[k]`.
    first = ours.size - size - shortest - _TAPS + 1
    source = ours_white[first : first + size + _TAPS - 1]
    wanted = likeness[first : first + _TAPS][::-1]
    normal = _normal(source, size)
    if not normal.any():
        return np.zeros_like(heard)  # at that delay we were silent
    path = np.linalg.solve(normal, wanted)
    reach = ours[first : first + size + _TAPS - 1]
    echo: Samples = np.convolve(reach, path, "valid").astype(np.float32)
    return echo


def _whitened(samples: Samples) -> Samples:
    white = samples.copy()
    white[1:] -= np.float32(EMPHASIS) * samples[:-1]
    return white


def _correlation(part: Samples, whole: Samples) -> NDArray[np.float64]:
    """For every place of `part` in `whole`, the sum of their products."""
    size = _fast(whole.size)
    spectrum = np.fft.rfft(whole, size) * np.fft.rfft(part, size).conj()
    found = np.fft.irfft(spectrum, size)[: whole.size - part.size + 1]
    return found.astype(np.float64)


def _likeliest(likeness: NDArray[np.float64], ours: Samples, size: int) -> int:
    """The place at which most is explained by one loudness alone."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(ours, dtype=np.float64))])
    there = energy[size:] - energy[:-size]
    # Where we were all but silent, likeness is chance.
    explained = np.square(likeness) / np.maximum(there, there.max() * 1e-2)
    return int(explained[: likeness.size].argmax())


def _normal(source: Samples, size: int) -> NDArray[np.float64]:
    """The matrix of the least squares: the products of our voice, `_TAPS` times delayed."""
    matrix = np.empty((_TAPS, _TAPS))
    matrix[0] = matrix[:, 0] = _correlation(source[_TAPS - 1 :], source)[::-1]
    # One delay more on both sides: a product joins at the beginning, one leaves at the
    # end. To leave these out is cheaper and, for a voice, no longer solvable.
    joining = source[: _TAPS - 1][::-1].astype(np.float64)
    leaving = source[size:][::-1].astype(np.float64)
    change = np.outer(joining, joining) - np.outer(leaving, leaving)
    for tap in range(1, _TAPS):
        matrix[tap, 1:] = matrix[tap - 1, :-1] + change[tap - 1]
    # Not by the first: we may have been silent but for the longest delays.
    matrix[np.diag_indices(_TAPS)] += matrix.diagonal().max() * _STEADIED
    return matrix


def _fast(size: int) -> int:
    """The next power of two, at which a transform is quick."""
    return 1 << (size - 1).bit_length()
