"""What a transcript request may say at AssemblyAI, checked as strictly as the vendor
does; it transcribes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulators.assemblyai.entities import KNOWN_TYPES
from simulators.assemblyai.errors import RefusedError

Json = dict[str, Any]
MODELS = ("assemblyai-stt-3-7", "universal-3-5-pro", "universal-3-pro", "universal-2")
BOOLEANS = (
    "auto_chapters",
    "auto_highlights",
    "content_safety",
    "disfluencies",
    "dual_channel",
    "entity_detection",
    "filter_profanity",
    "format_text",
    "iab_categories",
    "language_detection",
    "multichannel",
    "punctuate",
    "redact_pii",
    "redact_pii_audio",
    "redact_pii_return_unredacted",
    "sentiment_analysis",
    "speaker_labels",
    "summarization",
)
STRINGS = (
    "audio_url",
    "domain",
    "language_code",
    "prompt",
    "redact_pii_audio_quality",
    "redact_pii_sub",
    "remove_audio_tags",
    "summary_model",
    "summary_type",
    "webhook_auth_header_name",
    "webhook_auth_header_value",
    "webhook_url",
)
NUMBERS = (
    "audio_end_at",
    "audio_start_from",
    "content_safety_confidence",
    "language_confidence_threshold",
    "speakers_expected",
    "speech_threshold",
    "temperature",
)
LISTS = (
    "custom_spelling",
    "keyterms_prompt",
    "language_codes",
    "redact_pii_policies",
    "speech_models",
)
OBJECTS = (
    "keyterms_prompt_options",
    "language_detection_options",
    "redact_pii_audio_options",
    "speaker_options",
    "speech_understanding",
)
GONE = {
    "speech_model": '"speech_model" is deprecated, use "speech_models" instead.',
    "word_boost": '"word_boost" is deprecated, use "keyterms_prompt" instead.',
    "boost_param": '"boost_param" is deprecated, use "keyterms_prompt" instead.',
}
# The vendor offers these; refusing them is honester than leaving their results out.
NOT_PLAYED = (
    "auto_chapters",
    "auto_highlights",
    "content_safety",
    "custom_spelling",
    "filter_profanity",
    "iab_categories",
    "speech_understanding",
    "summarization",
)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: tuple[tuple[tuple[str, ...], Callable[[object], bool], str], ...] = (
    (BOOLEANS, lambda v: isinstance(v, bool), "a boolean"),
    (STRINGS, lambda v: isinstance(v, str), "a string"),
    (NUMBERS, _is_number, "a number"),
    (LISTS, lambda v: isinstance(v, list), "a list"),
    (OBJECTS, lambda v: isinstance(v, dict), "an object"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transcript request that passed the checks, as it was sent."""

    given: Json

    def on(self, name: str) -> bool:
        return bool(self.given.get(name))

    def text(self, name: str) -> str:
        return str(self.given.get(name) or "")

    @property
    def multichannel(self) -> bool:
        return self.on("multichannel") or self.on("dual_channel")

    @property
    def model(self) -> str:
        return str(self.given["speech_models"][0])


def check(body: object) -> Wanted:
    """The request, or the vendor's refusal."""
    if not isinstance(body, dict):
        raise _schema("The body must be a JSON object")
    given = {name: value for name, value in body.items() if value is not None}
    for name, value in given.items():
        _check_kind(name, value)
    _check_audio_url(given)
    _check_models(given.get("speech_models"))
    for name in NOT_PLAYED:
        if given.get(name):
            raise RefusedError(f'"{name}" is not played by the simulator')
    for rule in (_check_pairs, _check_redaction, _check_webhook):
        rule(given)
    return Wanted(given)


def _check_kind(name: str, value: object) -> None:
    if name in GONE:
        raise RefusedError(GONE[name])
    for names, right, kind in _KINDS:
        if name in names:
            if not right(value):
                raise _schema(f'"{name}" must be {kind}')
            return
    raise _schema(f'"{name}" is not a known parameter')


def _check_audio_url(given: Json) -> None:
    if "audio_url" not in given:
        raise _schema('"audio_url" is required')
    if urlsplit(given["audio_url"]).scheme not in {"http", "https"}:
        raise RefusedError("audio_url should start with http")


def _check_models(models: Any) -> None:  # noqa: ANN401  whatever the client sent
    if not models or any(name not in MODELS for name in models):
        known = ", ".join(f'"{name}"' for name in MODELS)
        raise RefusedError(
            f'"speech_models" must be a non-empty list containing one or more of: {known}'
        )


def _check_pairs(given: Json) -> None:
    for one, other in (
        ("language_code", "language_detection"),
        ("prompt", "keyterms_prompt"),
        ("multichannel", "dual_channel"),
    ):
        if given.get(one) and given.get(other):
            raise RefusedError(f'"{one}" and "{other}" cannot be used together')
    if given.get("speakers_expected") and not given.get("speaker_labels"):
        raise RefusedError('"speakers_expected" requires "speaker_labels"')
    start, end = given.get("audio_start_from", 0), given.get("audio_end_at")
    if start < 0 or (end is not None and end <= start):
        raise RefusedError('"audio_end_at" must be after "audio_start_from"')


def _check_redaction(given: Json) -> None:
    for name in ("redact_pii_audio", "redact_pii_return_unredacted"):
        if given.get(name) and not given.get("redact_pii"):
            raise RefusedError(f'"{name}" requires "redact_pii"')
    if given.get("redact_pii") and not given.get("redact_pii_policies"):
        raise RefusedError('"redact_pii" requires "redact_pii_policies"')
    for policy in given.get("redact_pii_policies", []):
        if policy not in KNOWN_TYPES:
            raise RefusedError(
                f'"{policy}" is not a valid value of redact_pii_policies'
            )
    if given.get("redact_pii_sub", "hash") not in {"hash", "entity_name"}:
        raise RefusedError('"redact_pii_sub" must be one of: hash, entity_name')
    if given.get("redact_pii_audio_quality", "wav") not in {"mp3", "wav"}:
        raise RefusedError('"redact_pii_audio_quality" must be one of: mp3, wav')


def _check_webhook(given: Json) -> None:
    url = given.get("webhook_url")
    if url is not None and urlsplit(url).scheme not in {"http", "https"}:
        raise RefusedError("webhook_url should start with http")
    named = "webhook_auth_header_name" in given
    if named != ("webhook_auth_header_value" in given):
        raise RefusedError(
            "webhook_auth_header_name and webhook_auth_header_value go together"
        )


def _schema(why: str) -> RefusedError:
    return RefusedError(
        "Invalid endpoint schema, please refer to documentation for examples. " + why
    )
