"""A streaming v3 session without its socket: audio and messages in, the vendor's
messages out; words are the recogniser's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np
import soxr

from audio import mulaw
from audio.activity import Detector, SpeechStarted
from simulators import languages, recogniser

Json = dict[str, Any]
RATE = 8_000
MODELS = (
    "universal-3-6",
    "universal-3-6-pro",
    "universal-3-5-pro",
    "u3-rt-pro",
    "universal-streaming-english",
    "universal-streaming-multilingual",
    "whisper-rt",
)
# These say a turn's text bare first, and formatted in a second message if asked.
TWICE = ("universal-streaming-english", "universal-streaming-multilingual")
SECONDS_OPEN = 3 * 3600
SHORTEST_MS, LONGEST_MS = 50, 1000
CONFIGURABLE = frozenset(
    {
        "end_of_turn_confidence_threshold",
        "format_turns",
        "keyterms_prompt",
        "max_turn_silence",
        "min_turn_silence",
        "prompt",
        "vad_threshold",
        "language_codes",
    }
)


class ClosedError(Exception):
    """The vendor ends the session: its code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def as_json(self) -> Json:
        return {"type": "Error", "error_code": self.code, "error": str(self)}


@dataclass(slots=True)
class Settings:
    """What the query string of the connection asked for."""

    model: str
    encoding: str
    rate: int
    format_turns: bool = False
    min_silence: float = 0.4
    max_silence: float = 1.28
    speaker_labels: bool = False

    def update(self, given: Mapping[str, Any]) -> None:
        if "format_turns" in given:
            self.format_turns = _flag(given["format_turns"])
        try:
            for name, attribute in (
                ("min_turn_silence", "min_silence"),
                ("max_turn_silence", "max_silence"),
            ):
                if name in given:
                    setattr(self, attribute, int(given[name]) / 1000)
        except (TypeError, ValueError):
            raise ClosedError(3006, f"{name} must be an integer") from None


def settings(query: Mapping[str, str]) -> Settings:
    """Read the query; ClosedError 3006 where the vendor refuses it."""
    model = query.get("speech_model")
    if model is None:
        raise ClosedError(3006, "speech_model is required")
    if model not in MODELS:
        raise ClosedError(3006, f"Invalid speech_model: {model}")
    encoding = query.get("encoding", "pcm_s16le")
    if encoding not in {"pcm_s16le", "pcm_mulaw"}:
        raise ClosedError(3006, f"Encoding {encoding} is not played by the simulator")
    try:
        rate = int(query.get("sample_rate", ""))
    except ValueError:
        raise ClosedError(3006, "sample_rate is required") from None
    if not 8_000 <= rate <= 48_000:
        raise ClosedError(3006, "sample_rate must be between 8000 and 48000")
    found = Settings(model, encoding, rate)
    found.speaker_labels = _flag(query.get("speaker_labels", "false"))
    found.update(query)
    return found


@dataclass(slots=True)
class Turn:
    """The turn that is being spoken."""

    order: int
    words: list[recogniser.HeardWord] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Session:
    """One streaming session; feed it in the order things arrive."""

    def __init__(self, chosen: Settings, now: float) -> None:
        self._settings = chosen
        self._opened = now
        self._ear = recogniser.Listener(recogniser.bank)
        self._detector = Detector(rate=RATE)
        self._resampler = (
            soxr.ResampleStream(chosen.rate, RATE, 1, dtype="int16")
            if chosen.rate != RATE
            else None
        )
        self._received = 0.0  # seconds of audio
        self._turn = Turn(0)
        self._quiet_since: float | None = None
        self.ended = False

    def begin(self) -> Json:
        return {
            "type": "Begin",
            "id": str(uuid4()),
            "expires_at": int(self._opened) + SECONDS_OPEN,
            "configuration": {"model": self._settings.model, "api_version": "v3"},
        }

    def audio(self, data: bytes) -> list[Json]:
        """Hear one message of audio."""
        wide = self._settings.encoding == "pcm_s16le"
        seconds = len(data) / (2 if wide else 1) / self._settings.rate
        if not SHORTEST_MS <= round(seconds * 1000, 3) <= LONGEST_MS:
            raise ClosedError(
                3007,
                f"Input duration violation: {seconds * 1000:.1f} ms. Expected between "
                f"{SHORTEST_MS} and {LONGEST_MS} ms",
            )
        self._received += seconds
        return self._hear(self._as_mulaw(data, wide=wide))

    def message(self, text: str, now: float) -> list[Json]:
        """Act on one control message."""
        try:
            given = json.loads(text)
        except ValueError:
            raise ClosedError(3006, "Invalid JSON") from None
        kind = given.get("type") if isinstance(given, dict) else None
        match kind:
            case "Terminate":
                self.ended = True
                return [*self._finish(), self._termination(now)]
            case "ForceEndpoint":
                return self._finish()
            case "UpdateConfiguration":
                self._configure(given)
                return []
            case "KeepAlive":
                return []
        raise ClosedError(3006, f"Invalid message type: {kind}")

    def _as_mulaw(self, data: bytes, *, wide: bool) -> bytes:
        if not wide and self._resampler is None:
            return data
        samples = np.frombuffer(data, dtype="<i2") if wide else mulaw.decode(data)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        return mulaw.encode(samples)

    def _hear(self, data: bytes) -> list[Json]:
        sent: list[Json] = []
        for event in self._detector.feed(mulaw.decode(data)):
            if isinstance(event, SpeechStarted):
                self._quiet_since = None
                started = {"type": "SpeechStarted", "timestamp": int(event.at * 1000)}
                sent.append({**started, "confidence": 0.98})
            else:
                self._quiet_since = event.at
        new = self._ear.feed(data)
        self._turn.words += new
        if new:
            sent.append(self._said(final=False, formatted=self._always_formatted))
        if self._over():
            sent += self._end_turn()
        return sent

    def _over(self) -> bool:
        if not self._turn.words or self._quiet_since is None:
            return False
        complete = self._turn.text.endswith((".", "?", "!"))
        wanted = self._settings.min_silence if complete else self._settings.max_silence
        return self._received - self._quiet_since >= wanted

    def _finish(self) -> list[Json]:
        self._turn.words += self._ear.flush()
        return self._end_turn() if self._turn.words else []

    @property
    def _always_formatted(self) -> bool:
        return self._settings.model not in TWICE

    def _end_turn(self) -> list[Json]:
        sent = [self._said(final=True, formatted=self._always_formatted)]
        if not self._always_formatted and self._settings.format_turns:
            sent.append(self._said(final=True, formatted=True))
        self._turn = Turn(self._turn.order + 1)
        self._quiet_since = None
        return sent

    def _said(self, *, final: bool, formatted: bool) -> Json:
        words = self._turn.words
        texts = [word.text if formatted else bare(word.text) for word in words]
        code, sure = languages.detect(self._turn.text)
        return {
            "type": "Turn",
            "turn_order": self._turn.order,
            "turn_is_formatted": formatted,
            "end_of_turn": final,
            "transcript": " ".join(texts),
            "end_of_turn_confidence": 0.97 if final else 0.12,
            "words": [
                {
                    "text": text,
                    "start": int(word.start * 1000),
                    "end": int(word.end * 1000),
                    "confidence": round(word.confidence, 5),
                    "word_is_final": True,
                }
                for text, word in zip(texts, words, strict=True)
            ],
            **({"speaker_label": "A"} if self._settings.speaker_labels else {}),
            **({"language_code": code} if sure else {}),
        }

    def _configure(self, given: Json) -> None:
        for name in given:
            if name != "type" and name not in CONFIGURABLE:
                raise ClosedError(3006, f"Unknown configuration: {name}")
        self._settings.update(given)

    def _termination(self, now: float) -> Json:
        return {
            "type": "Termination",
            "audio_duration_seconds": round(self._received),
            "session_duration_seconds": round(now - self._opened),
        }


def bare(text: str) -> str:
    """A word as the older models first give it: lower case, without punctuation."""
    return text.strip('.,;:!?¿¡"”“').lower() or text


def _flag(value: object) -> bool:
    return value is True or str(value).lower() == "true"
