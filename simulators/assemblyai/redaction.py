"""Takes personal data out of words and out of audio; what is personal is found
elsewhere.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from simulators.assemblyai.entities import Entity
from simulators.assemblyai.words import Word

BEEP_HZ = 1000.0
BEEP_LEVEL = 0.2
BLOCK_SECONDS = 10


def hidden(entities: list[Entity], policies: list[str]) -> list[Entity]:
    """The entities that the chosen policies cover."""
    return [entity for entity in entities if entity.type in policies]


def redact(words: list[Word], entities: list[Entity], substitute: str) -> list[Word]:
    """The words with every entity as one word: its policy's name, or hashes."""
    first = {id(entity.words[0]): entity for entity in entities}
    inside = {id(word) for entity in entities for word in entity.words}
    kept: list[Word] = []
    for word in words:
        entity = first.get(id(word))
        if entity:
            kept.append(_covered(entity, substitute))
        elif id(word) not in inside:
            kept.append(word)
    return kept


def covered_text(entity: Entity, substitute: str) -> str:
    if substitute == "entity_name":
        return f"[{entity.type.upper()}]"
    return re.sub(r"\S", "#", entity.text)


def _covered(entity: Entity, substitute: str) -> Word:
    head, tail = entity.words[0], entity.words[-1]
    ending = re.search(r"[.,;:!?]*$", tail.text)
    text = covered_text(entity, substitute) + (ending[0] if ending else "")
    sure = min(word.confidence for word in entity.words)
    return Word(text, head.start, tail.end, sure, head.channel, head.speaker)


def redact_audio(
    source: Path, target: Path, entities: list[Entity], *, silent: bool
) -> None:
    """A copy of the recording with a beep, or silence, over what was hidden."""
    with soundfile.SoundFile(source) as heard:
        kind = "MP3" if target.suffix == ".mp3" else "WAV"
        with soundfile.SoundFile(
            target, "w", heard.samplerate, heard.channels, format=kind
        ) as written:
            at = 0
            size = BLOCK_SECONDS * heard.samplerate
            for block in heard.blocks(size, dtype="float32", always_2d=True):
                for begin, end in _spans(entities, heard.samplerate, at, len(block)):
                    tone = np.arange(at + begin, at + end) / heard.samplerate
                    cover = BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * tone)
                    block[begin:end] = 0.0 if silent else cover[:, None]
                written.write(block)
                at += len(block)


def _spans(
    entities: list[Entity], rate: int, at: int, size: int
) -> Iterator[tuple[int, int]]:
    for entity in entities:
        begin = entity.start * rate // 1000 - at
        end = -(-entity.end * rate // 1000) - at
        if begin < size and end > 0:
            yield max(begin, 0), min(end, size)
