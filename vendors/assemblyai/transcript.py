"""A transcript as we read it: what we know of the vendor's JSON, tolerant of the rest.

Times are seconds from the beginning of the recording. The SDK's own types refuse values
that are newer than they are, which would lose a finished transcript.
"""

from dataclasses import dataclass
from typing import Any, Final

# In the vendor's words: it takes a recording on which nobody speaks for an error.
NO_SPEECH_ERROR: Final = "no spoken audio"


@dataclass(frozen=True, slots=True)
class Word:
    """A word; `confidence` is between 0 and 1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one side said in one go; `channel` is "" for a mono recording."""

    speaker: str
    channel: str
    start: float
    end: float
    text: str
    confidence: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The tone of a sentence: POSITIVE, NEUTRAL or NEGATIVE."""

    text: str
    label: str
    start: float
    end: float
    confidence: float
    speaker: str
    channel: str


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the conversation: a person, a date, an amount."""

    kind: str
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """A job at the vendor: queued, processing, completed or error."""

    id: str
    status: str
    error: str
    text: str
    language: str
    duration: float
    utterances: tuple[Utterance, ...]
    sentiments: tuple[Sentiment, ...]
    entities: tuple[Entity, ...]
    raw: dict[str, Any]

    @property
    def is_silent(self) -> bool:
        """Whether it failed only because nobody speaks in the recording."""
        return self.status == "error" and NO_SPEECH_ERROR in self.error.casefold()

    @property
    def is_finished(self) -> bool:
        """Whether the vendor will not change it any more."""
        return self.status in ("completed", "error")


def read(raw: dict[str, Any]) -> Transcript:
    """The vendor's JSON; KeyError where not even an id and a status are in it."""
    return Transcript(
        id=str(raw["id"]),
        status=str(raw["status"]),
        error=_text(raw, "error"),
        text=_text(raw, "text"),
        language=_text(raw, "language_code"),
        duration=_number(raw, "audio_duration"),
        utterances=tuple(_utterance(entry) for entry in _list(raw, "utterances")),
        sentiments=tuple(
            _sentiment(entry) for entry in _list(raw, "sentiment_analysis_results")
        ),
        entities=tuple(_entity(entry) for entry in _list(raw, "entities")),
        raw=raw,
    )


def _utterance(raw: dict[str, Any]) -> Utterance:
    return Utterance(
        speaker=_text(raw, "speaker"),
        channel=_text(raw, "channel"),
        start=_seconds(raw, "start"),
        end=_seconds(raw, "end"),
        text=_text(raw, "text"),
        confidence=_number(raw, "confidence"),
        words=tuple(_word(entry) for entry in _list(raw, "words")),
    )


def _word(raw: dict[str, Any]) -> Word:
    return Word(
        text=_text(raw, "text"),
        start=_seconds(raw, "start"),
        end=_seconds(raw, "end"),
        confidence=_number(raw, "confidence"),
    )


def _sentiment(raw: dict[str, Any]) -> Sentiment:
    return Sentiment(
        text=_text(raw, "text"),
        label=_text(raw, "sentiment"),
        start=_seconds(raw, "start"),
        end=_seconds(raw, "end"),
        confidence=_number(raw, "confidence"),
        speaker=_text(raw, "speaker"),
        channel=_text(raw, "channel"),
    )


def _entity(raw: dict[str, Any]) -> Entity:
    return Entity(
        kind=_text(raw, "entity_type"),
        text=_text(raw, "text"),
        start=_seconds(raw, "start"),
        end=_seconds(raw, "end"),
    )


def _list(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = raw.get(name)
    return [
        entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return "" if value is None else str(value)


def _number(raw: dict[str, Any], name: str) -> float:
    value = raw.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _seconds(raw: dict[str, Any], name: str) -> float:
    return _number(raw, name) / 1000
