"""Whether a quote was really said, by whom and when; what it proves is for others to say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from analytics.words import normalised

# A word or two occur anywhere: they prove nothing, unless they were all that was said.
_SHORTEST: Final = 3


class Spoken(Protocol):
    """An utterance: its words carry times where they are known."""

    speaker: str
    start: float
    end: float
    text: str
    words: list[dict[str, Any]]


@dataclass(slots=True)
class _Track:
    """All words of one speaker in order, and where each utterance begins among them."""

    words: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    whole: set[tuple[str, ...]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Place:
    """When the quoted words were said, in seconds on the call's clock."""

    start: float
    end: float


class Transcript:
    """What was said, prepared for looking quotes up."""

    def __init__(self, spoken: Iterable[Spoken]) -> None:
        self._tracks: dict[str, _Track] = {}
        for utterance in sorted(spoken, key=lambda each: each.start):
            _add(self._tracks.setdefault(utterance.speaker, _Track()), utterance)

    def find(self, *, speaker: str, text: str) -> Place | None:
        """Where this speaker said these words in this order, in whatever spelling."""
        quoted = normalised(text)
        track = self._tracks.get(speaker)
        if track is None or not quoted:
            return None
        if len(quoted) < _SHORTEST and tuple(quoted) not in track.whole:
            return None
        for at in range(len(track.words) - len(quoted) + 1):
            if track.words[at : at + len(quoted)] == quoted:
                return Place(track.starts[at], track.ends[at + len(quoted) - 1])
        return None


def _add(track: _Track, utterance: Spoken) -> None:
    track.whole.add(tuple(normalised(utterance.text)))
    timed: list[dict[str, Any]] = utterance.words or [
        {"text": utterance.text, "start": utterance.start, "end": utterance.end}
    ]
    for word in timed:
        for part in normalised(word["text"]):
            track.words.append(part)
            track.starts.append(word["start"])
            track.ends.append(word["end"])
