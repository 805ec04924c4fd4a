"""Sound files read in blocks at the telephone's rate; never a whole file in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.mulaw import RATE
from audio.resample import Resampler

File = str | PathLike[str] | BinaryIO


class UnreadableError(ValueError):
    """The file is not sound in a format that libsndfile knows."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a file says of itself, before any resampling."""

    rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.rate


def info(file: File) -> Info:
    """The file's own rate, channels and length. Raises `UnreadableError`."""
    with _opened(file) as sound:
        return Info(sound.samplerate, sound.channels, sound.frames)


def read_blocks(file: File, seconds: float = 10) -> Iterator[NDArray[np.int16]]:
    """Blocks of (frames, channels) at 8 kHz, about `seconds` each.

    Raises `UnreadableError`, for a file cut short only if nothing of it can be read.
    """
    with _opened(file) as sound:
        resampler = Resampler(sound.samplerate, RATE, channels=sound.channels)
        size = max(1, round(seconds * sound.samplerate))
        for block in _raw(sound, size):
            ready = resampler.feed(block)
            if ready.size:
                yield ready
        rest = resampler.finish(np.zeros((0, sound.channels), np.int16))
        if rest.size:
            yield rest


def write(file: File, channels: Sequence[NDArray[np.int16]], rate: int = RATE) -> None:
    """A 16-bit WAV; a channel that ends early is silent to the end of the longest."""
    length = max(channel.size for channel in channels)
    frames = np.zeros((length, len(channels)), np.int16)
    for column, channel in enumerate(channels):
        frames[: channel.size, column] = channel
    soundfile.write(_named(file), frames, rate, format="WAV", subtype="PCM_16")


def _raw(sound: soundfile.SoundFile, size: int) -> Iterator[NDArray[np.int16]]:
    while True:
        try:
            block = sound.read(size, dtype="int16", always_2d=True)
        except soundfile.SoundFileError as error:
            raise UnreadableError(str(error)) from error
        if not len(block):
            return
        yield block


def _opened(file: File) -> soundfile.SoundFile:
    try:
        return soundfile.SoundFile(_named(file))
    except soundfile.SoundFileError as error:
        raise UnreadableError(str(error)) from error


def _named(file: File) -> str | BinaryIO:
    return str(file) if isinstance(file, PathLike) else file
