"""A copy of a sound file that is silent in some stretches; which they are is decided elsewhere."""

from collections.abc import Iterable
from typing import BinaryIO, Final

import soundfile

from audio.intervals import Interval, union
from audio.wav import UnreadableError

_BLOCK_SECONDS: Final = 10


def silence(source: BinaryIO, target: BinaryIO, stretches: Iterable[Interval]) -> None:
    """Write the file as a WAV in which every channel is silent in these stretches (seconds).

    A block at a time, at the file's own rate and in its own coding where WAV has it.
    Raises `UnreadableError`.
    """
    quiet = union(stretches)
    try:
        with soundfile.SoundFile(source) as heard:
            subtype = heard.subtype
            if not soundfile.check_format("WAV", subtype):
                subtype = "PCM_16"
            with soundfile.SoundFile(
                target,
                "w",
                heard.samplerate,
                heard.channels,
                subtype=subtype,
                format="WAV",
            ) as written:
                _copy(heard, written, quiet)
    except soundfile.SoundFileError as error:
        raise UnreadableError(str(error)) from error


def _copy(
    heard: soundfile.SoundFile, written: soundfile.SoundFile, quiet: list[Interval]
) -> None:
    rate, at = heard.samplerate, 0
    for block in heard.blocks(_BLOCK_SECONDS * rate, dtype="int16", always_2d=True):
        for start, end in quiet:
            # Outwards to whole samples.
            first, after = int(start * rate) - at, -int(-end * rate // 1) - at
            if first < len(block) and after > 0:
                block[max(0, first) : after] = 0
        written.write(block)
        at += len(block)
