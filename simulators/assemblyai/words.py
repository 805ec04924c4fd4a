"""Words with times, and the ways to group them: utterances, sentences, paragraphs;
where words come from is not known here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
UTTERANCE_GAP = 700
SENTENCE_END = re.compile(r"[.!?…]['\"”’)]*$")
SENTENCES_A_PARAGRAPH = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word; times in milliseconds, `channel` from 1 where channels count."""

    text: str
    start: int
    end: int
    confidence: float
    channel: str | None = None
    speaker: str | None = None

    def as_json(self) -> Json:
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "confidence": self.confidence,
            "channel": self.channel,
            "speaker": self.speaker,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring words of one voice: an utterance, a sentence or a paragraph."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end

    @property
    def confidence(self) -> float:
        return mean(word.confidence for word in self.words)

    def as_json(self) -> Json:
        first = self.words[0]
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "confidence": self.confidence,
            "channel": first.channel,
            "speaker": first.speaker,
            "words": [word.as_json() for word in self.words],
        }


def mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 7) if listed else 0.0


def utterances(words: list[Word]) -> list[Group]:
    """What each voice said without a longer pause, in order of its start."""
    groups: list[list[Word]] = []
    for voice in dict.fromkeys((w.channel, w.speaker) for w in words):
        last: Word | None = None
        for word in (w for w in words if (w.channel, w.speaker) == voice):
            if last is None or word.start - last.end >= UTTERANCE_GAP:
                groups.append([])
            groups[-1].append(word)
            last = word
    return sorted(
        (Group(tuple(group)) for group in groups), key=lambda g: (g.start, g.end)
    )


def sentences(words: list[Word]) -> list[Group]:
    """Utterances cut at sentence ends."""
    found: list[Group] = []
    for utterance in utterances(words):
        collected: list[Word] = []
        for word in utterance.words:
            collected.append(word)
            if SENTENCE_END.search(word.text):
                found.append(Group(tuple(collected)))
                collected = []
        if collected:
            found.append(Group(tuple(collected)))
    return found


def paragraphs(words: list[Word]) -> list[Group]:
    """A few neighbouring sentences of one voice each."""
    found: list[list[Group]] = []
    for sentence in sentences(words):
        same = found and _voice(found[-1][-1]) == _voice(sentence)
        if same and len(found[-1]) < SENTENCES_A_PARAGRAPH:
            found[-1].append(sentence)
        else:
            found.append([sentence])
    return [Group(tuple(w for s in group for w in s.words)) for group in found]


def _voice(group: Group) -> tuple[str | None, str | None]:
    return group.words[0].channel, group.words[0].speaker
