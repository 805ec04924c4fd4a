"""Which words of a recording are personal, what stands in their place, and where to silence them; pure.

Personal is what the vendor has named (a name, a passport) and what looks it (a card
number). Both are needed: the one understands, the other never overlooks a shape.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any, Final

from analytics.spoken import Said
from analytics.words import normalised
from audio.intervals import Interval, union
from calls import redaction

# A recogniser's word times are estimates: so much more is silenced on either side.
MARGIN: Final = 0.15
# So much a word may be beside the time at which the vendor names it.
_BESIDE: Final = 0.05

Word = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """Something that the vendor has named, on the clock of the words."""

    kind: str
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Covered:
    """What may be shown of an utterance; and its original, where that is something else."""

    said: Said
    original: Said | None


def cover(
    said: Sequence[Said],
    named: Iterable[Named],
    policies: Collection[str],
    *,
    mixed: bool = False,
) -> list[Covered]:
    """The utterances in the same order, without what is personal.

    `mixed` voices share a channel: who told them apart may have divided a number between them.
    """
    voices: dict[str, list[tuple[int, int]]] = {}
    for place, each in enumerate(said):
        places = voices.setdefault(each.speaker, [])
        places += [(place, number) for number in range(len(each.words))]
    hidden: dict[int, dict[int, str]] = {}
    lines = [
        [said[place].words[number] for place, number in places]
        for places in voices.values()
    ]
    marks = _marks(lines, list(named), policies, mixed=mixed)
    for places, marked in zip(voices.values(), marks, strict=True):
        for at, mark in marked.items():
            place, number = places[at]
            hidden.setdefault(place, {})[number] = mark
    return [
        _covered(each, hidden.get(place, {}), policies)
        for place, each in enumerate(said)
    ]


def stretches(
    voices: Iterable[Sequence[Word]],
    named: Iterable[Named],
    policies: Collection[str],
    *,
    mixed: bool = False,
) -> list[Interval]:
    """When something personal is heard: in whatever voice, and wherever the vendor names it."""
    lines = list(voices)
    wanted = [each for each in named if each.kind in policies]
    times = [Interval(each.start, each.end) for each in wanted]
    marks = _marks(lines, wanted, policies, mixed=mixed)
    for words, marked in zip(lines, marks, strict=True):
        times += [Interval(words[at]["start"], words[at]["end"]) for at in marked]
    return union(
        Interval(max(0.0, start - MARGIN), end + MARGIN) for start, end in times
    )


def _marks(
    voices: Sequence[Sequence[Word]],
    named: Sequence[Named],
    policies: Collection[str],
    *,
    mixed: bool,
) -> list[dict[int, str]]:
    """Of each voice, by a word's place: the kind of what it belongs to."""
    marks: list[dict[int, str]] = [{} for _ in voices]
    apart = [
        [(voice, place) for place in range(len(words))]
        for voice, words in enumerate(voices)
    ]
    together = sorted(
        chain.from_iterable(apart), key=lambda at: voices[at[0]][at[1]]["start"]
    )
    for places in [*apart, together] if mixed else apart:
        texts = [voices[voice][place]["text"] for voice, place in places]
        for found in redaction.find(texts, policies):
            for voice, place in places[found.first : found.last + 1]:
                marks[voice].setdefault(place, found.kind)
    for each in named:
        if each.kind in policies:
            for voice, place in _places(voices, each):
                marks[voice].setdefault(place, each.kind)
    return marks


def _places(voices: Sequence[Sequence[Word]], named: Named) -> list[tuple[int, int]]:
    """The words that are meant; whoever spoke at that time, where the text tells nobody."""
    at_that_time = [
        (voice, place)
        for voice, words in enumerate(voices)
        for place, word in enumerate(words)
        if named.start - _BESIDE <= (word["start"] + word["end"]) / 2
        and (word["start"] + word["end"]) / 2 <= named.end + _BESIDE
    ]
    meant = set(normalised(named.text))
    same = [
        (voice, place)
        for voice, place in at_that_time
        if set(normalised(voices[voice][place]["text"])) & meant
    ]
    return same or at_that_time


def _covered(
    said: Said, hidden: Mapping[int, str], policies: Collection[str]
) -> Covered:
    if not hidden:
        # A text may have more than its words: what is shown is looked at as well.
        text = redaction.cover(said.text, policies)
        if text == said.text:
            return Covered(said, None)
        return Covered(replace(said, text=text, words=[]), said)
    words: list[Word] = []
    numbered = enumerate(said.words)
    for kind, group in groupby(numbered, key=lambda pair: hidden.get(pair[0])):
        parts = [word for _, word in group]
        words += parts if kind is None else [_marker(kind, parts)]
    text = " ".join(word["text"] for word in words)
    return Covered(replace(said, text=text, words=words), said)


def _marker(kind: str, words: Sequence[Word]) -> Word:
    """One word over the whole of what it hides."""
    text = redaction.marker(kind) + redaction.ending(words[-1]["text"])
    return {
        "text": text,
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "confidence": min(word.get("confidence", 0.0) for word in words),
        "hidden": kind,
    }
