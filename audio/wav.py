"""Sound files read in blocks at the telephone's rate; never a whole file in memory."""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.mulaw import RATE
from audio.resample import Resampler

File = str | PathLike[str] | BinaryIO


# What a recording of speech may have. A header can say anything.
RATES: Final = range(4_000, 192_001)
_MOST_CHANNELS: Final = 64
# Written as the length of sound that was not known when the header was.
_UNKNOWN_LENGTHS: Final = frozenset({0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000})


class UnreadableError(ValueError):
    """The file is not sound in a format that libsndfile knows."""


class CutShortError(UnreadableError):
    """The file ends before the sound that its header promises."""


class EmptyError(UnreadableError):
    """There is no sound in it."""


class OddSoundError(UnreadableError):
    """Nobody records a telephone at such a rate, or with so many channels."""


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
    """The file's own rate, channels and length. Raises `UnreadableError`.

    The file's content counts, and neither its name nor its type.
    """
    with _opened(file) as sound:
        return Info(sound.samplerate, sound.channels, sound.frames)


def read_blocks(file: File, seconds: float = 10) -> Iterator[NDArray[np.int16]]:
    """Blocks of (frames, channels) at 8 kHz, about `seconds` each.

    Raises `UnreadableError`, if need be in the middle of it.
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
    # Samples that are fractions of full scale would be rounded to 0.
    is_float = sound.subtype in {"FLOAT", "DOUBLE"}
    while True:
        try:
            block = sound.read(
                size, dtype="float32" if is_float else "int16", always_2d=True
            )
        except soundfile.SoundFileError as error:
            raise UnreadableError(str(error)) from error
        if not len(block):
            return
        yield _as_integers(block) if is_float else block


def _as_integers(block: NDArray[np.float32]) -> NDArray[np.int16]:
    scaled = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0) * 32767
    integers: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
    return integers


@contextmanager
def _opened(file: File) -> Iterator[soundfile.SoundFile]:
    """A file that is open already is left as it was found."""
    if isinstance(file, str | PathLike):
        if not Path(file).is_file():
            raise UnreadableError(f"There is no file {file}.")
        with Path(file).open("rb") as opened, _sound(opened) as sound:
            yield sound
        return
    here = file.tell()
    try:
        with _sound(file) as sound:
            yield sound
    finally:
        file.seek(here)


@contextmanager
def _sound(file: BinaryIO) -> Iterator[soundfile.SoundFile]:
    if _is_cut_short(file):
        raise CutShortError("The file ends before its sound does.")
    try:
        sound = soundfile.SoundFile(file)
    except soundfile.SoundFileError as error:
        raise UnreadableError(str(error)) from error
    with sound:
        if sound.samplerate not in RATES:
            raise OddSoundError(f"The sample rate is {sound.samplerate} Hz.")
        if sound.channels > _MOST_CHANNELS:
            raise OddSoundError(f"There are {sound.channels} channels.")
        yield sound


def _is_cut_short(file: BinaryIO) -> bool:
    """Whether a WAV's header promises more sound than follows; libsndfile reads on regardless."""
    here = file.tell()
    file.seek(0, os.SEEK_END)
    length = file.tell()
    file.seek(here)
    try:
        return _promised(file) > length
    finally:
        file.seek(here)


def _promised(file: BinaryIO) -> int:
    """The end of a WAV's sound by its header; 0 where there is none, or it does not tell."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0
    while len(chunk := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", chunk)
        if name == b"data":
            return 0 if size in _UNKNOWN_LENGTHS else file.tell() + int(size)
        file.seek(size + size % 2, os.SEEK_CUR)
    return 0


def _named(file: File) -> str | BinaryIO:
    return str(file) if isinstance(file, PathLike) else file
