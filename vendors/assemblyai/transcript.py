"""A transcript as we read it: what we know of the vendor's JSON, tolerant of the rest.

Times are seconds from the beginning of the recording. The SDK's own types refuse values
that are newer than they are, which would lose a finished transcript.
"""

import math
from dataclasses import dataclass
from itertools import groupby
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
    """The vendor's JSON; KeyError where not even an id and a status are in it.

    What no database takes (NUL, half a character, a number without an end) is left out.
    """
    raw = cleaned(raw)
    return Transcript(
        id=str(raw["id"]),
        status=str(raw["status"]),
        error=_text(raw, "error"),
        text=_text(raw, "text"),
        language=_text(raw, "language_code"),
        duration=_number(raw, "audio_duration"),
        utterances=_utterances(raw),
        sentiments=tuple(
            _sentiment(entry) for entry in _list(raw, "sentiment_analysis_results")
        ),
        entities=tuple(_entity(entry) for entry in _list(raw, "entities")),
        raw=raw,
    )


def cleaned(value: Any) -> Any:  # noqa: ANN401  any JSON
    """JSON without what no database takes."""
    match value:
        case str():
            plain = value.replace("\0", "")
            return plain.encode("utf-8", "replace").decode("utf-8")
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [cleaned(each) for each in value]
        case dict():
            return {cleaned(name): cleaned(each) for name, each in value.items()}
    return value


def _utterances(raw: dict[str, Any]) -> tuple[Utterance, ...]:
    """What was said; put together from the words where the vendor has not done so."""
    given = [_utterance(entry) for entry in _list(raw, "utterances")]
    return tuple(each for each in given if each.words) or _of_words(raw)


def _of_words(raw: dict[str, Any]) -> tuple[Utterance, ...]:
    def voice(entry: dict[str, Any]) -> tuple[str, str]:
        return _text(entry, "channel"), _text(entry, "speaker")

    return tuple(
        _utterance(
            {
                "channel": channel,
                "speaker": speaker,
                "text": " ".join(_text(entry, "text") for entry in entries),
                "start": entries[0].get("start"),
                "end": entries[-1].get("end"),
                "words": entries,
            }
        )
        for (channel, speaker), group in groupby(_list(raw, "words"), key=voice)
        if (entries := [entry for entry in group if _text(entry, "text").strip()])
    )


def _utterance(raw: dict[str, Any]) -> Utterance:
    start, end, text = _seconds(raw, "start"), _seconds(raw, "end"), _text(raw, "text")
    words = [_word(entry) for entry in _list(raw, "words")]
    return Utterance(
        speaker=_text(raw, "speaker"),
        channel=_text(raw, "channel"),
        start=start,
        end=end,
        text=text,
        confidence=_number(raw, "confidence"),
        words=tuple(word for word in words if word.text.strip())
        or _spread(text, start, end),
    )


def _spread(text: str, start: float, end: float) -> tuple[Word, ...]:
    """Words of which only the whole has times: each gets an equal part of it."""
    texts = text.split()
    each = max(0.0, end - start) / max(1, len(texts))
    return tuple(
        Word(word, start + place * each, start + (place + 1) * each, 0.0)
        for place, word in enumerate(texts)
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
    try:
        return float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0


def _seconds(raw: dict[str, Any], name: str) -> float:
    return _number(raw, name) / 1000
