"""The sum of several voices in one frame; it does not know who may hear whom."""

from collections.abc import Iterable

import numpy as np

from audio import mulaw
from simulators.twilio.player import SILENT

# Mean magnitude below which a frame counts as quiet: a line's hiss, no voice.
QUIET = 130


def mix(frames: Iterable[bytes]) -> bytes:
    """The frames added up and clipped; one voice alone passes byte by byte."""
    voices = [frame for frame in frames if frame != SILENT]
    if not voices:
        return SILENT
    if len(voices) == 1:
        return voices[0]
    total = np.sum([mulaw.decode(v) for v in voices], axis=0, dtype=np.int32)
    return mulaw.encode(np.clip(total, -32768, 32767).astype(np.int16))


def is_quiet(frame: bytes) -> bool:
    """Whether nobody speaks in this frame."""
    if frame == SILENT:
        return True
    return bool(np.abs(mulaw.decode(frame).astype(np.int32)).mean() < QUIET)
