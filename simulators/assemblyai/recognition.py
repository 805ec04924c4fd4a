"""A recording file made into heard words, channel by channel, in bounded memory; all
words are the recogniser's.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio import mulaw, wav
from simulators import recogniser
from simulators.assemblyai.voiceprint import Prints, label
from simulators.assemblyai.words import Word

SHORTEST_MS = 160


class UnusableAudioError(Exception):
    """Audio that the vendor would fail on, in the vendor's words."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard, in order, and the size of the recording."""

    words: list[Word]
    seconds: float
    channels: int


def recognise(path: Path, *, per_channel: bool, speakers: int | None) -> Heard:
    """Hear a whole file; `speakers` None tells no speakers apart."""
    seconds, channels = _size(path)
    ears = [
        recogniser.Listener(recogniser.bank)
        for _ in range(channels if per_channel else 1)
    ]
    prints = [Prints(wav_rate=mulaw.RATE) for _ in ears]
    heard: list[list[recogniser.HeardWord]] = [[] for _ in ears]
    for block in wav.read_blocks(path):
        columns = block.T if per_channel else [_mixed(block)]
        for number, samples in enumerate(columns):
            heard[number] += ears[number].feed(mulaw.encode(samples))
            if speakers is not None:
                prints[number].feed(samples)
    for number, ear in enumerate(ears):
        heard[number] += ear.flush()
    words: list[Word] = []
    for number, said in enumerate(heard):
        channel = str(number + 1) if per_channel else None
        ours = [_word(word, channel) for word in said]
        words += label(ours, prints[number], speakers) if speakers else ours
    return Heard(sorted(words, key=lambda w: (w.start, w.end)), seconds, channels)


def _size(path: Path) -> tuple[float, int]:
    try:
        info = wav.info(path)
    except wav.UnreadableError:
        raise UnusableAudioError(
            "Transcoding failed. File does not appear to contain audio. File type is "
            f"{_looks_like(path)}."
        ) from None
    if info.seconds * 1000 < SHORTEST_MS:
        raise UnusableAudioError(
            f"Audio duration is too short: {info.seconds:.3f} s. The minimum is "
            f"{SHORTEST_MS / 1000} s."
        )
    return info.seconds, info.channels


def _looks_like(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        return "application/x-empty (empty)"
    if head.lstrip()[:1] in {b"<", b"{"}:
        return "text/html (HTML document text)"
    if all(byte < 128 for byte in head):
        return "text/plain (ASCII text)"
    return "application/octet-stream (data)"


def _mixed(block: NDArray[np.int16]) -> NDArray[np.int16]:
    if block.shape[1] == 1:
        return block[:, 0]
    total = block.astype(np.int32).sum(axis=1)
    return np.asarray(np.clip(total, -32768, 32767), dtype=np.int16)


def _word(word: recogniser.HeardWord, channel: str | None) -> Word:
    return Word(
        word.text,
        round(word.start * 1000),
        round(word.end * 1000),
        round(word.confidence, 5),
        channel,
        channel,
    )
