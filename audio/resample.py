"""From one sample rate to another with soxr; keeps no audio but the filter's own tail."""

import numpy as np
import soxr
from numpy.typing import NDArray


def to_rate(
    samples: NDArray[np.int16], from_rate: int, to_rate: int
) -> NDArray[np.int16]:
    """The whole sound, (frames,) or (frames, channels), at the other rate."""
    if from_rate == to_rate:
        return samples
    resampled: NDArray[np.int16] = soxr.resample(samples, from_rate, to_rate)
    return resampled


class Resampler:
    """The same for a sound that comes in pieces of any size."""

    def __init__(self, from_rate: int, to_rate: int, *, channels: int = 1) -> None:
        """Begin a new sound."""
        self._stream = (
            None
            if from_rate == to_rate
            else soxr.ResampleStream(from_rate, to_rate, channels, dtype="int16")
        )

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """What is ready; some milliseconds wait for the next piece."""
        return self._next(samples, last=False)

    def finish(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """The last piece, which may be empty, and all that still waited."""
        return self._next(samples, last=True)

    def _next(self, samples: NDArray[np.int16], *, last: bool) -> NDArray[np.int16]:
        if self._stream is None:
            return samples
        ready: NDArray[np.int16] = self._stream.resample_chunk(samples, last=last)
        return ready
