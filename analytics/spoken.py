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
            for word in (_moved(word, timing.offset) for word in utterance.words)
            if _is_speech(word, speaker, timing)
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


def _is_speech(word: Mapping[str, Any], speaker: str, timing: Timing) -> bool:
    """Whether the word was said by this person to the other."""
    middle = (word["start"] + word["end"]) / 2
    if any(hold.start <= middle < hold.end - _LATE for hold in timing.holds):
        return False
    if speaker == CALLER:
        return True
    return any(
        there.start - _LATE <= middle <= there.end + _LATE
        for there in timing.connected.get(speaker, ())
    )
