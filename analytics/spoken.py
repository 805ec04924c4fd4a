"""From a vendor's transcript of a recording to what was said on the call; pure, it stores nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.metrics import CALLER
from audio.intervals import Interval, intersect, total
from vendors.assemblyai.transcript import Utterance as Heard
from vendors.assemblyai.transcript import Word

# Telephony's word of a connection or a hold comes a moment after the fact.
_LATE: Final = 0.5
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
    """When whom to believe: seconds on the call's clock; `offset` is the recording's start."""

    offset: float
    connected: Mapping[str, Sequence[Interval]]
    holds: Sequence[Interval]


def said(
    heard: Iterable[Heard], speakers: Mapping[str, str], timing: Timing
) -> list[Said]:
    """What people said: no greeting, no announcement, no song of the hold music.

    `speakers` maps the vendor's channel (or speaker, for a mono recording) to ours.
    """
    found = []
    for utterance in heard:
        speaker = speakers.get(utterance.channel) or speakers.get(utterance.speaker)
        if speaker is None:
            continue
        words = [
            word
            for phrase in _phrases(utterance.words, timing.offset)
            if _is_connected(phrase, speaker, timing)
            for word in phrase
            if not _is_on_hold(word, timing)
        ]
        if words:
            whole = len(words) == len(utterance.words)
            text = utterance.text if whole else " ".join(word["text"] for word in words)
            found.append(
                Said(speaker, words[0]["start"], words[-1]["end"], text, words)
            )
    return sorted(found, key=lambda each: each.start)


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


def _moved(word: Word, offset: float) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": round(word.start + offset, 3),
        "end": round(word.end + offset, 3),
        "confidence": round(word.confidence, 3),
    }


def _phrases(words: Iterable[Word], offset: float) -> list[list[dict[str, Any]]]:
    """Words without a pause between them, on the call's clock."""
    phrases: list[list[dict[str, Any]]] = []
    for word in (_moved(word, offset) for word in words):
        if phrases and word["start"] - phrases[-1][-1]["end"] < _PHRASE_GAP:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _is_connected(
    phrase: Sequence[Mapping[str, Any]], speaker: str, timing: Timing
) -> bool:
    """Whether this person was on the line when the phrase began.

    The whole phrase decides: the last word of a greeting ends just when an agent is
    connected, and would count as the agent's by itself.
    """
    if speaker == CALLER:
        return True
    begin = phrase[0]["start"]
    return any(
        there.start - _LATE <= begin <= there.end + _LATE
        for there in timing.connected.get(speaker, ())
    )


def _is_on_hold(word: Mapping[str, Any], timing: Timing) -> bool:
    middle = (word["start"] + word["end"]) / 2
    return any(hold.start <= middle < hold.end - _LATE for hold in timing.holds)
