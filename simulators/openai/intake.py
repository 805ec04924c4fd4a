"""Audio as a realtime client sends it, turned into the 8 kHz µ-law that the recogniser
hears; it keeps whole samples and nothing else.
"""

import numpy as np
import soxr
from numpy.typing import NDArray

from audio import mulaw

RATE = 8_000
PCM_RATE = 24_000


def _alaw_table() -> NDArray[np.int16]:
    """G.711 A-law: the 16-bit value of each of the 256 codes."""
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    exponent = (codes & 0x70) >> 4
    mantissa = ((codes & 0x0F) << 4) + 8
    value = np.where(
        exponent == 0, mantissa, (mantissa + 0x100) << np.maximum(exponent - 1, 0)
    )
    return np.where(codes & 0x80, value, -value).astype(np.int16)


ALAW = _alaw_table()


class Intake:
    """One stream in one format: audio/pcmu, audio/pcma or audio/pcm (24 kHz)."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._odd = b""
        self._resampler = (
            soxr.ResampleStream(PCM_RATE, RATE, 1, dtype="int16")
            if kind == "audio/pcm"
            else None
        )

    def feed(self, data: bytes) -> bytes:
        """The same audio as µ-law; a byte of a split sample waits for the next call."""
        if self._kind == "audio/pcmu":
            return data
        if self._kind == "audio/pcma":
            return mulaw.encode(ALAW[np.frombuffer(data, dtype=np.uint8)])
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        if not whole or self._resampler is None:
            return b""
        samples = np.frombuffer(data[:whole], dtype="<i2")
        return mulaw.encode(self._resampler.resample_chunk(samples))
