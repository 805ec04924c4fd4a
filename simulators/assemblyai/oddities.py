"""A finished transcript as no specification has it, yet may come one day; what is done with it is not known here."""

from typing import Any

Json = dict[str, Any]
HOUR = 3_600_000


def odd(answer: Json) -> Json:
    """Without utterances, with values newer than any client, and with times after the end."""
    words = [dict(word) for word in answer.get("words") or []]
    if words:
        words[-1] |= {"end": HOUR, "text": words[-1]["text"] + "\0"}
    sentiments = answer.get("sentiment_analysis_results") or []
    return answer | {
        "utterances": None,
        "words": [*words, {"text": None}, "word"],
        "speech_model_used": "universal-99",
        "entities": [
            {"entity_type": "star_sign", "text": "Leo", "start": HOUR, "end": None},
            {"entity_type": None},
            None,
        ],
        "sentiment_analysis_results": [
            *sentiments,
            {"sentiment": "ECSTATIC", "text": "Oh!", "start": 0, "end": HOUR},
        ],
    }
