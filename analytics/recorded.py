"""The measures of a sound file by itself, streamed; of its call nothing is known but what one is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.metrics import AGENT, CALLER, EVERYBODY, Facts, Result, Thresholds
from analytics.metrics import measure as measure_facts
from audio import activity, mulaw, wav
from audio.intervals import Interval

# What is looked at together; four hours need no more memory than a minute.
_BLOCK_SECONDS: Final = 20.0
_MOST_CHANNELS: Final = 2


@dataclass(frozen=True, slots=True)
class Sound:
    """What is in a recording: its length, and the voice activity of each channel."""

    seconds: float
    voices: list[list[Interval]]


def heard(file: wav.File) -> Sound:
    """Listen to a recording of one or two channels, once and in pieces.

    Raises `wav.UnreadableError` and its kinds.
    """
    channels = wav.info(file).channels
    if channels > _MOST_CHANNELS:
        raise wav.OddSoundError(f"There are {channels} channels.")
    counted = _Counted(wav.read_blocks(file, _BLOCK_SECONDS))
    voices = activity.by_channel(counted, channels)
    if not counted.frames:
        raise wav.EmptyError("There is no sound in it.")
    return Sound(counted.frames / mulaw.RATE, voices)


def measured(
    file: wav.File,
    *,
    thresholds: Thresholds,
    holds: Sequence[Interval] | None = None,
    is_caller_second: bool = False,
) -> Result:
    """Every measure that a recording allows. Raises `wav.UnreadableError` and its kinds."""
    sound = heard(file)
    speakers = [EVERYBODY]
    if len(sound.voices) > 1:
        speakers = [AGENT, CALLER] if is_caller_second else [CALLER, AGENT]
    speech = dict(zip(speakers, sound.voices, strict=True))
    facts = Facts(duration=sound.seconds, connected=None, holds=holds, speech=speech)
    return measure_facts(facts, thresholds)


class _Counted:
    """Blocks that pass through, and how many frames there were."""

    def __init__(self, blocks: Iterator[NDArray[np.int16]]) -> None:
        self._blocks = blocks
        self.frames = 0

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        for block in self._blocks:
            self.frames += len(block)
            yield block
