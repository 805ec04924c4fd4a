"""Whether a quote was really said: these words, by this speaker, at that time; what it proves is for others to say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from analytics.words import normalised

Fault = Literal["", "quote_not_found", "wrong_speaker", "wrong_time"]

NOT_FOUND: Final = "quote_not_found"
WRONG_SPEAKER: Final = "wrong_speaker"
WRONG_TIME: Final = "wrong_time"

# A word or two occur anywhere: they prove nothing, unless they were all that was said.
_SHORTEST: Final = 3
# Seconds between what a transcript says and what is claimed of it.
TOLERANCE: Final = 2.0
# Parts of one sentence may be two utterances; after so many seconds they are not.
_ONE_BREATH: Final = 1.0


class Spoken(Protocol):
    """An utterance: its words carry times where they are known."""

    speaker: str
    start: float
    end: float
    text: str
    words: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """When the quoted words were said, in seconds on the call's clock."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Found:
    """A quote's place, or why it is no proof."""

    place: Place | None
    fault: Fault = ""


@dataclass(slots=True)
class _Turn:
    """The words of one speaker until somebody else speaks or a silence comes, each with its time."""

    speaker: str
    end: float
    words: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    # Of each word the utterance's own time: who reads a transcript sees no other.
    lines: list[Place] = field(default_factory=list)
    whole: set[tuple[str, ...]] = field(default_factory=set)

    def occurrences(self, quoted: Sequence[str]) -> Iterator[tuple[Place, Place]]:
        """Where these words stand in this order: their own time, and that of their utterances."""
        length = len(quoted)
        if length < _SHORTEST and tuple(quoted) not in self.whole:
            return
        for at in range(len(self.words) - length + 1):
            last = at + length - 1
            if self.words[at : last + 1] == list(quoted):
                yield (
                    Place(self.places[at].start, self.places[last].end),
                    Place(self.lines[at].start, self.lines[last].end),
                )


class Transcript:
    """What was said, prepared for looking quotes up."""

    def __init__(self, spoken: Iterable[Spoken]) -> None:
        self._turns: list[_Turn] = []
        for utterance in sorted(spoken, key=lambda each: each.start):
            last = self._turns[-1] if self._turns else None
            if (
                last is None
                or last.speaker != utterance.speaker
                or utterance.start - last.end > _ONE_BREATH
            ):
                last = _Turn(utterance.speaker, utterance.end)
                self._turns.append(last)
            _add(last, utterance)

    def look_up(self, *, speaker: str, text: str, at: float) -> Found:
        """Whether this speaker said these words, in whatever spelling, at about `at` seconds.

        Of several places the one nearest to `at` is meant. A claimed time agrees if it
        is no more than `TOLERANCE` outside of the utterances in which the words are.
        """
        quoted = normalised(text)
        if not quoted:
            return Found(None, NOT_FOUND)
        found = [
            (_away(line, at), _away(place, at), place)
            for turn in self._turns
            if turn.speaker == speaker
            for place, line in turn.occurrences(quoted)
        ]
        if not found:
            return Found(None, self._why_not(quoted))
        away, _, place = min(found, key=lambda each: each[:2])
        return Found(place) if away <= TOLERANCE else Found(None, WRONG_TIME)

    def _why_not(self, quoted: Sequence[str]) -> Fault:
        elsewhere = any(True for turn in self._turns for _ in turn.occurrences(quoted))
        return WRONG_SPEAKER if elsewhere else NOT_FOUND


def _away(place: Place, at: float) -> float:
    """Seconds from a moment to a stretch; 0 inside."""
    return max(place.start - at, at - place.end, 0.0)


def _add(turn: _Turn, utterance: Spoken) -> None:
    turn.end = max(turn.end, utterance.end)
    turn.whole.add(tuple(normalised(utterance.text)))
    line = Place(utterance.start, utterance.end)
    timed: list[dict[str, Any]] = utterance.words or [
        {"text": utterance.text, "start": utterance.start, "end": utterance.end}
    ]
    for word in timed:
        for part in normalised(word["text"]):
            turn.words.append(part)
            turn.places.append(Place(word["start"], word["end"]))
            turn.lines.append(line)
