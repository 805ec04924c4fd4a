"""The outline of a sound as a screen shows it: the loudest sample of each short stretch; it draws nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import wav
from audio.mulaw import RATE

# A stretch is no shorter than this (seconds), and no sound has more stretches: what a
# screen can show when it is zoomed in, and some kilobytes of a call of hours.
FINEST: Final = 0.02
MOST: Final = 8000

_FULL: Final = 32768  # what a sample of 16 bits may be at most


@dataclass(frozen=True, slots=True)
class Outline:
    """Of (channels, stretches), 255 for full scale; `seconds` is how long the sound was."""

    seconds: float
    peaks: NDArray[np.uint8]


def outline(file: wav.File) -> Outline:
    """The outline of a file, read in blocks. Raises `wav.UnreadableError`."""
    frames = round(wav.info(file).seconds * RATE)
    if not isinstance(file, str) and hasattr(file, "seek"):
        file.seek(0)
    stretch = max(round(FINEST * RATE), -(-frames // MOST))
    return of_blocks(wav.read_blocks(file), stretch)


def of_blocks(blocks: Iterable[NDArray[np.int16]], stretch: int) -> Outline:
    """The outline of blocks of (frames, channels) at 8 kHz; however they are cut, it is the same.

    `stretch` is in frames; the last one may be shorter.
    """
    found: list[NDArray[np.int32]] = []
    frames = 0
    rest: NDArray[np.int16] | None = None
    for block in blocks:
        frames += len(block)
        held = block if rest is None else np.concatenate((rest, block))
        whole = len(held) - len(held) % stretch
        if whole:
            found.append(_loudest(held[:whole], stretch))
        rest = held[whole:]
    if rest is not None and len(rest):
        found.append(_loudest(rest, len(rest)))
    if not found:
        return Outline(0.0, np.zeros((0, 0), np.uint8))
    loudest = np.concatenate(found).T * 255 // _FULL
    return Outline(frames / RATE, loudest.astype(np.uint8))


def _loudest(frames: NDArray[np.int16], stretch: int) -> NDArray[np.int32]:
    """By stretch and channel; the largest negative sample has no positive counterpart of 16 bits."""
    # Channel after channel in memory, which is many times as fast to search.
    parts = np.ascontiguousarray(frames.T).reshape(frames.shape[1], -1, stretch)
    highest = parts.max(axis=2).astype(np.int32)
    lowest = parts.min(axis=2).astype(np.int32)
    loudest: NDArray[np.int32] = np.maximum(highest, -lowest).T
    return loudest
