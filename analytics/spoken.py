"""From a vendor's transcript of a recording to what was said on the call; pure, it stores nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from analytics.metrics import CALLER
from analytics.voices import LATE, Turn, are_apart, settled, turn_at
from audio.intervals import Interval, intersect, total
from vendors.assemblyai.transcript import Utterance as Heard

# Words closer than this belong to one phrase, which one person says.
_PHRASE_GAP: Final = 0.35


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance on the call's clock."""

    speaker: str
    start: float
    end: float
    text: str
    words: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Timing:
    """When whom to believe: seconds on the call's clock; `offset` is the recording's start.

    `length` is the recording's: nothing is said after its end.
    """

    offset: float
    turns: Sequence[Turn]
    holds: Sequence[Interval]
    length: float | None = None


def said(
    heard: Iterable[Heard], speakers: Mapping[str, str], timing: Timing
) -> list[Said]:
    """What people said: no greeting, no announcement, no song of the hold music.

    `speakers` maps the vendor's channel (or speaker, for a mono recording) to ours. On
    our side that is a channel and not a person: whose turn it was says who spoke there.
    """
    known = []
    for each in heard:
        who = speakers.get(each.channel) or speakers.get(each.speaker)
        if who is not None:
            known.append((each, who, moved(each, timing.offset, timing.length)))
    ours = (words for _, who, words in known if who != CALLER)
    turns = settled(timing.turns, _sounds(ours))
    found = []
    for each, who, words in known:
        spoken = (
            [(CALLER, word) for word in words]
            if who == CALLER
            else _by_turn(words, turns)
        )
        kept = [(by, word) for by, word in spoken if not _is_on_hold(word, timing)]
        for speaker, group in groupby(kept, key=lambda pair: pair[0]):
            found.append(_said(speaker, [word for _, word in group], each))
    return sorted(found, key=lambda one: one.start)


def by_overlap(
    heard: Iterable[Heard], live: Mapping[str, Sequence[Interval]], offset: float
) -> dict[str, str]:
    """Who the speakers of a mono recording are: those who spoke live at the same times."""
    times: dict[str, list[Interval]] = {}
    for part in heard:
        stretch = Interval(part.start + offset, part.end + offset)
        times.setdefault(part.speaker, []).append(stretch)
    return {
        label: max(live, key=lambda who: total(intersect(live[who], stretches)))
        for label, stretches in times.items()
        if any(intersect(parts, stretches) for parts in live.values())
    }


def _said(speaker: str, words: list[dict[str, Any]], whole: Heard) -> Said:
    is_whole = len(words) == len(whole.words)
    text = whole.text if is_whole else " ".join(word["text"] for word in words)
    return Said(speaker, words[0]["start"], words[-1]["end"], text, words)


def moved(
    utterance: Heard, offset: float = 0.0, length: float | None = None
) -> list[dict[str, Any]]:
    """Its words by a clock on which the recording begins at `offset`, none of them after its end."""
    latest = float("inf") if length is None else length
    words = []
    for word in utterance.words:
        start = min(max(0.0, word.start), latest)
        end = min(max(start, word.end), latest)
        words.append(
            {
                "text": word.text,
                "start": round(start + offset, 3),
                "end": round(end + offset, 3),
                "confidence": round(word.confidence, 3),
            }
        )
    return words


def _sounds(said_by_us: Iterable[list[dict[str, Any]]]) -> list[Interval]:
    return [
        Interval(word["start"], word["end"]) for words in said_by_us for word in words
    ]


def _by_turn(
    words: list[dict[str, Any]], turns: Sequence[Turn]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each word of our side with whoever said it; what nobody of us said is left out.

    The whole phrase decides: the last word of a greeting ends just when an agent is
    connected, and would count as the agent's by itself.
    """
    for phrase in _phrases(words, turns):
        turn = turn_at(turns, phrase[0]["start"])
        if turn is not None:
            yield from ((turn.speaker, word) for word in phrase)


def _phrases(
    words: Iterable[dict[str, Any]], turns: Sequence[Turn]
) -> list[list[dict[str, Any]]]:
    """Words without a pause between them, of one voice."""
    phrases: list[list[dict[str, Any]]] = []
    for word in words:
        before = phrases[-1][-1] if phrases else None
        if (
            before is not None
            and word["start"] - before["end"] < _PHRASE_GAP
            and not are_apart(turns, before["start"], word["start"])
        ):
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _is_on_hold(word: Mapping[str, Any], timing: Timing) -> bool:
    middle = (word["start"] + word["end"]) / 2
    return any(hold.start <= middle < hold.end - LATE for hold in timing.holds)
