"""What is asked of transcripts, and the words of one, in PostgreSQL's notation; pure, it asks no database.

A word stands in a document with the side that said it: "c.lamp" is the caller's, "o.lamp"
ours. So one index answers for either side, and no phrase begins on one side and ends on
the other. Positions count the words of one side; between two utterances one is left out,
so that a phrase lies within one of them.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analytics import words

CALLER: Final = "caller"
OURS: Final = "ours"
ANYBODY: Final = ""
SIDES: Final = {CALLER: ("c",), OURS: ("o",), ANYBODY: ("c", "o")}
MOST_WORDS: Final = 20
# PostgreSQL's bounds: positions of one word, the highest position, bytes of all words.
_MOST_POSITIONS: Final = 255
_LAST_POSITION: Final = 16_383
_MOST_BYTES: Final = 900_000
_LONGEST_WORD: Final = 64
_AROUND: Final = 70  # characters of a snippet before its first marked word
_LONGEST_SNIPPET: Final = 180

_PIECES: Final = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')
_RAW_WORD: Final = re.compile(r"[^\W_]+")

Phrase = tuple[str, ...]


class Unreadable(ValueError):  # noqa: N818  the sentence says what is wrong
    """What was asked holds no word, or too many; the code says which."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every one of `all`, one of `any` if there are some, and nothing of `none`; said by `side`.

    Each is a phrase, most of one word. A word that ends with "*" stands for all that
    begin like it.
    """

    all: tuple[Phrase, ...] = ()
    any: tuple[Phrase, ...] = ()
    none: tuple[Phrase, ...] = ()
    side: str = ANYBODY

    def __bool__(self) -> bool:
        return bool(self.all or self.any or self.none)

    @property
    def shown(self) -> tuple[Phrase, ...]:
        """What a result can be recognised by."""
        return self.all + self.any


def wanted(
    line: str, *, phrase: str = "", any_of: str = "", none_of: str = "", side: str = ""
) -> Wanted:
    """What a search line and the fields beside it ask for.

    In all of them quotes hold a phrase together; in the line a minus before a word or a
    phrase excludes it. Unreadable: there are words, and nothing in them can be searched.
    """
    every: list[Phrase] = []
    none: list[Phrase] = []
    for minus, piece in _pieces(line):
        (none if minus else every).append(_phrase(piece))
    if phrase.strip():
        every.append(_phrase(phrase.replace('"', " ")))
    none += [_phrase(piece) for _, piece in _pieces(none_of)]
    some = [_phrase(piece) for _, piece in _pieces(any_of)]
    found = Wanted(tuple(every), tuple(some), tuple(none), side)
    if sum(map(len, found.all + found.any + found.none)) > MOST_WORDS:
        raise Unreadable("too_many_words")
    return found


def queries(asked: Wanted) -> list[str]:
    """A document matches if it matches one of these tsqueries.

    A single phrase of either side is two: the index looks up the rarest word of each,
    where of an alternative it would read the frequent words of both.
    """
    is_phrase = len(asked.all) == 1 and len(asked.all[0]) > 1 and not asked.any
    if is_phrase and asked.side == ANYBODY:
        return [
            " & ".join([_sided(asked.all[0], side), *_excluded(asked)])
            for side in (CALLER, OURS)
        ]
    return [query(asked)]


def query(asked: Wanted) -> str:
    """All that is asked as one tsquery for documents' words."""
    parts = [_sided(phrase, asked.side) for phrase in asked.all]
    if asked.any:
        parts.append(_either([_sided(phrase, asked.side) for phrase in asked.any]))
    return " & ".join([*parts, *_excluded(asked)])


def _excluded(asked: Wanted) -> list[str]:
    return [f"!{_sided(phrase, asked.side)}" for phrase in asked.none]


def vector(said: Iterable[tuple[bool, str]]) -> str:
    """A document's words as a tsvector; each utterance is (whether the caller said it, its text)."""
    places: dict[str, list[int]] = defaultdict(list)
    last = {"c": 0, "o": 0}
    size = 0
    for by_caller, text in said:
        side = "c" if by_caller else "o"
        for word in words.normalised(text):
            last[side] += 1
            key = f"{side}.{word[:_LONGEST_WORD]}"
            if key not in places:
                size += len(key.encode())
                if size > _MOST_BYTES:
                    break
            if len(places[key]) < _MOST_POSITIONS:
                places[key].append(min(last[side], _LAST_POSITION))
        last[side] += 1
    return " ".join(f"'{key}':{','.join(map(str, at))}" for key, at in places.items())


def answered(text: str, asked: Wanted) -> int:
    """How many of the phrases are in a text."""
    said = f" {' '.join(words.normalised(text))} "
    return sum(
        f" {' '.join(phrase)} ".replace("* ", "") in said for phrase in asked.shown
    )


def snippet(text: str, asked: Wanted) -> list[tuple[bool, str]]:
    """A text that answers, around the first word asked for, in parts: (whether it is marked, text)."""
    # As whole letters: of a letter and its accent apart the word would end between them.
    text = unicodedata.normalize("NFC", text)
    spans = _spans(text, asked)
    first = max(0, spans[0][0] - _AROUND)
    if first:
        first = text.rfind(" ", 0, first) + 1
    last = min(len(text), first + _LONGEST_SNIPPET)
    if last < len(text):
        last = max(text.rfind(" ", 0, last), spans[0][1])
    parts, at = [(False, "…" if first else "")], first
    for begin, end in spans:
        if end > last:
            break
        parts += [(False, text[at:begin]), (True, text[begin:end])]
        at = end
    parts.append((False, text[at:last] + ("…" if last < len(text) else "")))
    return [part for part in parts if part[1]]


def _spans(text: str, asked: Wanted) -> list[tuple[int, int]]:
    said = [
        (word, match.span())
        for match in _RAW_WORD.finditer(text)
        for word in words.normalised(match[0])
    ]
    spans: set[tuple[int, int]] = set()
    for phrase in asked.shown:
        size = len(phrase)
        for at in range(len(said) - size + 1):
            here = said[at : at + size]
            if all(map(_is, phrase, (word for word, _ in here))):
                spans.update(span for _, span in here)
    return sorted(spans) or [(0, 0)]


def _pieces(text: str) -> Iterable[tuple[bool, str]]:
    """Words and quoted phrases, each with whether a minus stands before it."""
    for quoted, phrase, minus, word in _PIECES.findall(text):
        if phrase.strip():
            yield bool(quoted), phrase
        elif word.strip("-"):
            yield bool(minus), word


def _phrase(text: str) -> Phrase:
    found = [word[:_LONGEST_WORD] for word in words.normalised(text)]
    if not found:
        raise Unreadable("no_word")
    if text.rstrip().endswith("*"):
        found[-1] += "*"
    return tuple(found)


def _sided(phrase: Phrase, side: str) -> str:
    return _either(
        [" <-> ".join(_term(word, letter) for word in phrase) for letter in SIDES[side]]
    )


def _term(word: str, letter: str) -> str:
    # Letters and digits alone: nothing in them has a meaning in a query.
    begins = word.endswith("*")
    return f"'{letter}.{word.removesuffix('*')}'" + (":*" if begins else "")


def _either(parts: Sequence[str]) -> str:
    return f"({' | '.join(f'({part})' for part in parts)})"


def _is(asked: str, word: str) -> bool:
    if asked.endswith("*"):
        return word.startswith(asked[:-1])
    return word == asked
