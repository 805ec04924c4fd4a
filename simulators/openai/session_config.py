"""The configuration of a realtime transcription session and the vendor's rules for
changing it; it hears nothing.
"""

import copy
from collections.abc import Callable
from typing import Any

from simulators.openai import models
from simulators.openai.errors import (
    RefusedError,
    missing,
    unknown_parameter,
    wrong_type,
    wrong_value,
)

Json = dict[str, Any]
INPUT = "session.audio.input"
FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")
INCLUDES = ("item.input_audio_transcription.logprobs",)
SERVER_VAD: Json = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
}
SEMANTIC_VAD: Json = {"type": "semantic_vad", "eagerness": "auto"}
NEWER = ("gpt-live-transcribe", "gpt-transcribe")
SEMANTIC = (
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
)


class Configuration:
    """What a session is set to; a refused update changes nothing."""

    def __init__(self) -> None:
        self.format: Json = {"type": "audio/pcm", "rate": 24000}
        self.transcription: Json | None = None
        self.noise_reduction: Json | None = None
        self.include: list[str] | None = None
        self._turns: Json | None = None
        self._turns_told = False

    @property
    def model(self) -> str | None:
        return self.transcription["model"] if self.transcription else None

    @property
    def live(self) -> bool:
        """Whether words come while the audio is still arriving."""
        return self.model in models.LIVE_ONLY

    @property
    def turn_detection(self) -> Json | None:
        if self._turns_told:
            return self._turns
        return None if self.live or self.model is None else SERVER_VAD

    def as_json(self) -> Json:
        return {
            "format": self.format,
            "transcription": self.transcription,
            "noise_reduction": self.noise_reduction,
            "turn_detection": self.turn_detection,
        }

    def updated(self, session: object) -> "Configuration":
        """A copy with the update applied; RefusedError where the vendor refuses."""
        given = _object("session", session, ("type", "audio", "include"))
        _check_type(given)
        changed = copy.deepcopy(self)
        if "include" in given:
            changed.include = _includes(given["include"])
        audio = _object("session.audio", given.get("audio", {}), ("input",))
        fields = _object(INPUT, audio.get("input", {}), tuple(_SETTERS))
        for name, value in fields.items():
            _SETTERS[name](changed, value)
        changed._check_together()
        return changed

    def set_format(self, value: object) -> None:
        name = f"{INPUT}.format"
        given = _object(name, value, ("type", "rate"))
        if given.get("type") not in FORMATS:
            raise wrong_value(f"{name}.type", given.get("type"), list(FORMATS))
        if given["type"] == "audio/pcm":
            if given.get("rate", 24000) != 24000:
                raise wrong_value(f"{name}.rate", given["rate"], ["24000"])
            self.format = {"type": "audio/pcm", "rate": 24000}
        elif "rate" in given:
            raise unknown_parameter(f"{name}.rate")
        else:
            self.format = {"type": given["type"]}

    def set_transcription(self, value: object) -> None:
        name = f"{INPUT}.transcription"
        if value is None:
            self.transcription = None
            return
        keys = ("model", "language", "languages", "keywords", "prompt", "delay")
        given = {**(self.transcription or {}), **_object(name, value, keys)}
        if "model" not in given:
            raise missing(f"{name}.model")
        if given["model"] not in models.TRANSCRIBE:
            raise wrong_value(f"{name}.model", given["model"], [*models.TRANSCRIBE])
        _check_hints(name, given)
        self.transcription = given

    def set_noise_reduction(self, value: object) -> None:
        name = f"{INPUT}.noise_reduction"
        if value is None:
            self.noise_reduction = None
            return
        given = _object(name, value, ("type", "strength"))
        kinds = ["near_field", "far_field"]
        if given.get("type") not in kinds:
            raise wrong_value(f"{name}.type", given.get("type"), kinds)
        self.noise_reduction = given

    def set_turn_detection(self, value: object) -> None:
        name = f"{INPUT}.turn_detection"
        self._turns_told = True
        if value is None:
            self._turns = None
            return
        base = {"server_vad": SERVER_VAD, "semantic_vad": SEMANTIC_VAD}
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(value, dict) and kind not in base:
            raise wrong_value(f"{name}.type", kind, list(base))
        keys = (*base.get(str(kind), {}), "create_response", "interrupt_response")
        given = _object(name, value, (*keys, "idle_timeout_ms"))
        _check_numbers(name, given)
        self._turns = {**base[str(kind)], **given}

    def _check_together(self) -> None:
        """Rules between the model and its turn detection."""
        turns = self.turn_detection
        if turns is None or self.model is None:
            return
        place = f"{INPUT}.turn_detection"
        if self.live:
            raise RefusedError(
                f"Turn detection is not supported with '{self.model}'. Set "
                f"'{place}' to null and commit the audio buffer yourself.",
                place,
                "invalid_value",
            )
        if turns["type"] == "semantic_vad" and self.model not in SEMANTIC:
            raise RefusedError(
                f"'semantic_vad' is not supported with '{self.model}'.",
                f"{place}.type",
                "invalid_value",
            )


_SETTERS: dict[str, Callable[[Configuration, object], None]] = {
    "format": Configuration.set_format,
    "transcription": Configuration.set_transcription,
    "noise_reduction": Configuration.set_noise_reduction,
    "turn_detection": Configuration.set_turn_detection,
}


def _check_type(given: Json) -> None:
    if "type" not in given:
        raise missing("session.type")
    if given["type"] == "realtime":
        raise RefusedError(
            "Passing a realtime session update event to a transcription session is not"
            " allowed.",
            "session.type",
            "invalid_value",
        )
    if given["type"] != "transcription":
        raise wrong_value("session.type", given["type"], ["transcription", "realtime"])


def _check_hints(name: str, given: Json) -> None:
    """Which hints the chosen model takes."""
    model = given["model"]
    for hint in ("languages", "keywords"):
        if hint not in given:
            continue
        if model not in NEWER:
            raise _unsupported(f"{name}.{hint}", model)
        _strings(f"{name}.{hint}", given[hint])
    if "languages" in given and not given["languages"]:
        raise RefusedError(
            f"Invalid '{name}.languages': empty array. Expected an array with minimum"
            " length 1, but got an empty array instead.",
            f"{name}.languages",
            "empty_array",
        )
    if "prompt" in given and model == "gpt-realtime-whisper":
        raise _unsupported(f"{name}.prompt", model)
    if "delay" in given and model != "gpt-realtime-whisper":
        raise _unsupported(f"{name}.delay", model)


def _check_numbers(name: str, given: Json) -> None:
    threshold = given.get("threshold", 0.5)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise wrong_type(f"{name}.threshold", "a decimal number", threshold)
    if not 0 <= threshold <= 1:
        raise wrong_value(f"{name}.threshold", threshold, ["0.0 to 1.0"])
    for key in ("prefix_padding_ms", "silence_duration_ms"):
        value = given.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(f"{name}.{key}", "an integer", value)
        if value < 0:
            raise wrong_value(f"{name}.{key}", value, ["0 or more"])
    eagerness = given.get("eagerness", "auto")
    if eagerness not in {"low", "medium", "high", "auto"}:
        raise wrong_value(
            f"{name}.eagerness", eagerness, ["low", "medium", "high", "auto"]
        )


def _includes(value: object) -> list[str]:
    values = _strings("session.include", value)
    for entry in values:
        if entry not in INCLUDES:
            raise wrong_value("session.include[0]", entry, list(INCLUDES))
    return values


def _object(name: str, value: object, keys: tuple[str, ...]) -> Json:
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    for key in value:
        if key not in keys:
            raise unknown_parameter(f"{name}.{key}")
    return value


def _strings(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise wrong_type(name, "an array of strings", value)
    return value


def _unsupported(name: str, model: str) -> RefusedError:
    return RefusedError(
        f"'{name}' is not supported with '{model}'.", name, "unsupported_parameter"
    )
