"""Speech as a vendor sends it, made fit for a telephone line; it plays nothing itself."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from audio.resample import Resampler

FRAME_SECONDS: Final = mulaw.FRAME / mulaw.RATE

# Mean power of -60 dBFS: over a vendor's dither, and under the weakest consonant.
_AUDIBLE = 32768.0**2 * 10**-6
# Frames of quiet that stay before the first sound and after the last one.
_BEFORE = 2
_AFTER = 5


class Playout:
    """One clause: 16-bit samples in pieces of any size in, whole frames of µ-law out.

    Quiet before and after the words is cut to some frames, because a caller would hear
    it as hesitation; a clause that is nothing but quiet has no frames at all. A pause
    within is told when the next word has come.
    """

    def __init__(self, rate: int = 24_000) -> None:
        """Begin a clause of samples at that rate."""
        self._resampler = Resampler(rate, mulaw.RATE)
        self._part = np.zeros(0, np.int16)
        self._quiet: list[NDArray[np.int16]] = []
        self._begun = False
        self._frames = 0

    @property
    def seconds(self) -> float:
        """How long what was returned so far plays."""
        return self._frames * FRAME_SECONDS

    def feed(self, piece: bytes) -> bytes:
        """The frames of 20 ms that these samples complete, maybe none.

        `piece` is 16-bit little-endian mono. ValueError if it splits a sample.
        """
        return self._framed(self._resampler.feed(np.frombuffer(piece, "<i2")))

    def finish(self) -> bytes:
        """The last frames, filled up with silence. The clause is over then."""
        rest = self._resampler.finish(np.zeros(0, np.int16))
        missing = -(self._part.size + rest.size) % mulaw.FRAME
        frames = self._framed(np.append(rest, np.zeros(missing, np.int16)))
        return frames + self._taken(self._quiet[:_AFTER] if self._begun else [])

    def _framed(self, samples: NDArray[np.int16]) -> bytes:
        joined = np.concatenate([self._part, samples])
        whole = joined.size // mulaw.FRAME
        frames = joined[: whole * mulaw.FRAME].reshape(whole, mulaw.FRAME)
        self._part = joined[whole * mulaw.FRAME :]
        ready: list[NDArray[np.int16]] = []
        for frame, audible in zip(frames, _audible(frames), strict=True):
            self._quiet.append(frame)
            if audible:
                ready += self._quiet
                self._quiet, self._begun = [], True
            elif not self._begun:
                del self._quiet[:-_BEFORE]
        return self._taken(ready)

    def _taken(self, frames: list[NDArray[np.int16]]) -> bytes:
        self._frames += len(frames)
        return mulaw.encode(np.concatenate(frames)) if frames else b""


def _audible(frames: NDArray[np.int16]) -> NDArray[np.bool_]:
    samples = frames.astype(np.float32)
    loud: NDArray[np.bool_] = (
        np.einsum("ij,ij->i", samples, samples) >= _AUDIBLE * mulaw.FRAME
    )
    return loud
