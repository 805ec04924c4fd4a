"""Makes the vendor's transcript object out of heard words and what was asked for; it
hears nothing and sends nothing.
"""

from typing import Any

from simulators import languages, sentiments
from simulators.assemblyai import entities, redaction
from simulators.assemblyai.entities import Entity
from simulators.assemblyai.parameters import Wanted
from simulators.assemblyai.recognition import Heard, UnusableAudioError
from simulators.assemblyai.words import Word, mean, sentences, utterances

Json = dict[str, Any]
UNKNOWN_LANGUAGE = (
    "language_detection cannot be performed on files with no spoken audio."
)


def finished(wanted: Wanted, heard: Heard) -> tuple[Json, list[Word], list[Entity]]:
    """The fields of a completed transcript, its words, and what was hidden in them.

    Raises UnusableAudioError where the vendor ends in the status error.
    """
    language = _language(wanted, heard)
    found = entities.find(utterances(heard.words))
    hidden = redaction.hidden(found, wanted.given.get("redact_pii_policies", []))
    substitute = wanted.text("redact_pii_sub") or "hash"
    words = redaction.redact(heard.words, hidden, substitute)
    fields = {
        **language,
        **_texts(wanted, words),
        "audio_duration": round(heard.seconds),
        "audio_channels": heard.channels if wanted.multichannel else None,
        "speech_model_used": wanted.model,
        # The vendor repeats names here that are newer than its own SDK's list.
        "speech_model": None if wanted.model == "universal-2" else wanted.model,
    }
    if wanted.on("redact_pii_return_unredacted"):
        whole = _texts(wanted, heard.words)
        fields |= {
            f"unredacted_{name}": whole[name]
            for name in ("text", "words", "utterances")
        }
    if wanted.on("sentiment_analysis"):
        fields["sentiment_analysis_results"] = _sentiments(words)
    if wanted.on("entity_detection"):
        fields["entities"] = [_entity(e, hidden, substitute) for e in found]
    return fields, words, hidden


def _texts(wanted: Wanted, words: list[Word]) -> Json:
    grouped = utterances(words)
    told_apart = wanted.multichannel or wanted.on("speaker_labels")
    return {
        "text": " ".join(group.text for group in grouped),
        "words": [word.as_json() for word in words],
        "utterances": [group.as_json() for group in grouped] if told_apart else None,
        "confidence": mean(word.confidence for word in words),
    }


def _language(wanted: Wanted, heard: Heard) -> Json:
    if not wanted.on("language_detection"):
        return {"language_code": wanted.text("language_code") or "en_us"}
    if not heard.words:
        raise UnusableAudioError(UNKNOWN_LANGUAGE)
    code, sure = languages.detect(" ".join(word.text for word in heard.words))
    least = wanted.given.get("language_confidence_threshold", 0.0)
    if sure < least:
        raise UnusableAudioError(
            f"detected language '{code}', confidence {sure:.4f}, is below the requested "
            f"confidence threshold value of '{least}'"
        )
    return {"language_code": code, "language_confidence": round(sure, 4)}


def _sentiments(words: list[Word]) -> list[Json]:
    found = []
    for sentence in sentences(words):
        label, sure = sentiments.tone(sentence.text)
        first = sentence.words[0]
        found.append(
            {
                "text": sentence.text,
                "start": sentence.start,
                "end": sentence.end,
                "sentiment": label,
                "confidence": sure,
                "channel": first.channel,
                "speaker": first.speaker,
            }
        )
    return found


def _entity(entity: Entity, hidden: list[Entity], substitute: str) -> Json:
    text = entity.text
    if entity in hidden:
        text = redaction.covered_text(entity, substitute)
    return {
        "entity_type": entity.type,
        "text": text,
        "start": entity.start,
        "end": entity.end,
    }
