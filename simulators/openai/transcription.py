"""A realtime transcription session without its socket: messages in, events out; every
word comes from the recogniser.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from audio import mulaw
from audio.activity import Detector, SpeechStarted
from simulators import languages, recogniser
from simulators.openai.errors import RefusedError, missing, wrong_type, wrong_value
from simulators.openai.intake import RATE, Intake
from simulators.openai.session_config import Configuration

Json = dict[str, Any]
SHORTEST = RATE // 10
LONGEST_APPEND = 15 * 1024 * 1024
KEPT_IDLE = 2 * RATE
AFTER_COMMIT = 0.08
PER_WORD = 0.015
PATIENCE = {"low": 8.0, "medium": 4.0, "auto": 4.0, "high": 2.0}
SENTENCE_END_PAUSE = 0.5


@dataclass(slots=True)
class Item:
    """A stretch of audio that is, or will be, one item of the conversation."""

    ear: recogniser.Listener = field(
        default_factory=lambda: recogniser.Listener(recogniser.bank)
    )
    id: str = field(default_factory=lambda: f"item_{uuid4().hex[:21]}")
    size: int = 0
    words: list[str] = field(default_factory=list)

    def hear(self, audio: bytes) -> list[str]:
        self.size += len(audio)
        return self._take(self.ear.feed(audio))

    def finish(self) -> list[str]:
        return self._take(self.ear.flush())

    def _take(self, heard: list[recogniser.HeardWord]) -> list[str]:
        """The new text, piece by piece, spaced as deltas are."""
        new = []
        for word in heard:
            new.append(f" {word.text}" if self.words else word.text)
            self.words.append(word.text)
        return new

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(slots=True)
class Out:
    """Events to send now, and runs of events to send later, each after its pause."""

    now: list[Json] = field(default_factory=list)
    later: list[list[tuple[float, Json]]] = field(default_factory=list)


class Session:
    """One transcription session."""

    def __init__(self) -> None:
        self.id = f"sess_{uuid4().hex[:21]}"
        self.configuration = Configuration()
        self._intake = Intake("audio/pcm")
        self._item = Item()
        self._previous: str | None = None
        self._turns = Turns()

    def as_json(self) -> Json:
        return {
            "type": "transcription",
            "id": self.id,
            "object": "realtime.transcription_session",
            "include": self.configuration.include,
            "audio": {"input": self.configuration.as_json()},
        }

    def opened(self) -> Json:
        return {"type": "session.created", "session": self.as_json()}

    def receive(self, text: str) -> Out:
        """What one message of the client leads to; refusals become error events."""
        message: object = None
        try:
            message = _parsed(text)
            return HANDLERS[message["type"]](self, message)
        except RefusedError as refused:
            told = message.get("event_id") if isinstance(message, dict) else None
            return Out([error(refused, told)])

    def update(self, message: Json) -> Out:
        if "session" not in message:
            raise missing("session")
        before = self.configuration
        self.configuration = before.updated(message["session"])
        if self.configuration.format != before.format:
            self._intake = Intake(self.configuration.format["type"])
        if self.configuration.turn_detection != before.turn_detection:
            self._turns = Turns()
        return Out([{"type": "session.updated", "session": self.as_json()}])

    def append(self, message: Json) -> Out:
        data = self._intake.feed(_audio(message))
        if self.configuration.turn_detection:
            return self._detect(data)
        new = self._item.hear(data)
        if not self.configuration.live:
            return Out()
        return Out([self._delta(self._item, piece) for piece in new])

    def clear(self, _: Json) -> Out:
        self._item = Item()
        self._turns.forget()
        return Out([{"type": "input_audio_buffer.cleared"}])

    def commit(self, _: Json) -> Out:
        size = self._item.size
        if self.configuration.turn_detection and not self._turns.open:
            size = len(self._turns.idle)
            self._item.hear(bytes(self._turns.idle))
        if size < SHORTEST:
            raise RefusedError(
                "Error committing input audio buffer: buffer too small. Expected at "
                "least 100ms of audio, but buffer only has "
                f"{size * 1000 / RATE:.2f}ms of audio.",
                code="input_audio_buffer_commit_empty",
            )
        self._turns.forget()
        return self._commit()

    def _commit(self) -> Out:
        """Close the item and transcribe it; the next audio begins another."""
        item, self._item = self._item, Item()
        live = self.configuration.live
        rest = item.finish()
        if not live:
            rest = [f" {w}" if n else w for n, w in enumerate(item.words)]
        committed = {
            "type": "input_audio_buffer.committed",
            "item_id": item.id,
            "previous_item_id": self._previous,
        }
        self._previous = item.id
        if self.configuration.model is None:
            return Out([committed])
        # A short item is done sooner than a long one before it: answers may overtake.
        steps = [(PER_WORD, self._delta(item, piece)) for piece in rest]
        wait = AFTER_COMMIT + PER_WORD * len(item.words)
        steps.append((wait if live else AFTER_COMMIT, self._completed(item)))
        return Out([committed], [steps])

    def _detect(self, data: bytes) -> Out:
        """Server-side turns: a start opens an item, enough silence commits it."""
        out = Out()
        turns = self.configuration.turn_detection or {}
        for change in self._turns.feed(data, turns, self._item):
            if isinstance(change, Started):
                out.now.append(
                    {
                        "type": "input_audio_buffer.speech_started",
                        "audio_start_ms": change.ms,
                        "item_id": self._item.id,
                    }
                )
                continue
            out.now.append(
                {
                    "type": "input_audio_buffer.speech_stopped",
                    "audio_end_ms": change.ms,
                    "item_id": self._item.id,
                }
            )
            done = self._commit()
            out.now += done.now
            out.later += done.later
        return out

    def _delta(self, item: Item, piece: str) -> Json:
        event = {
            "type": "conversation.item.input_audio_transcription.delta",
            "item_id": item.id,
            "content_index": 0,
            "delta": piece,
        }
        if self.configuration.include:
            event["logprobs"] = [_logprob(piece)]
        return event

    def _completed(self, item: Item) -> Json:
        event: Json = {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": item.id,
            "content_index": 0,
            "transcript": item.text,
            "usage": _usage(item, self.configuration.model or ""),
        }
        if self.configuration.model == "gpt-transcribe":
            code, sure = languages.detect(item.text)
            event["languages"] = [{"code": code}] if sure else []
        if self.configuration.include:
            event["logprobs"] = [_logprob(word) for word in item.words]
        return event


@dataclass(frozen=True, slots=True)
class Started:
    ms: int


@dataclass(frozen=True, slots=True)
class Stopped:
    ms: int


class Turns:
    """Finds turns in a stream the way the vendor's server_vad and semantic_vad do."""

    def __init__(self) -> None:
        self._detector = Detector(rate=RATE)
        self._heard = 0
        self._quiet_since: float | None = None
        self.open = False
        self.idle = bytearray()

    def forget(self) -> None:
        """The buffer was cleared or committed: what follows is a new turn."""
        self.idle.clear()
        self.open = False
        self._quiet_since = None

    def feed(self, data: bytes, settings: Json, item: Item) -> list[Started | Stopped]:
        """Hear some audio; an open turn's goes to the item's ear."""
        changes: list[Started | Stopped] = []
        events = self._detector.feed(mulaw.decode(data))
        self._heard += len(data)
        self._keep(data, item)
        for event in events:
            if isinstance(event, SpeechStarted):
                self._quiet_since = None
                if not self.open:
                    changes.append(self._start(event.at, settings, item))
            else:
                self._quiet_since = event.at
        stop = self._stop(settings, item)
        return [*changes, stop] if stop else changes

    def _keep(self, data: bytes, item: Item) -> None:
        if self.open:
            item.hear(data)
            return
        self.idle += data
        del self.idle[:-KEPT_IDLE]

    def _start(self, at: float, settings: Json, item: Item) -> Started:
        padding = settings.get("prefix_padding_ms", 300) / 1000
        begin = self._heard - len(self.idle)
        first = max(begin, int((at - padding) * RATE))
        item.hear(bytes(self.idle[first - begin :]))
        self.idle.clear()
        self.open = True
        return Started(max(0, first * 1000 // RATE))

    def _stop(self, settings: Json, item: Item) -> Stopped | None:
        if not self.open or self._quiet_since is None:
            return None
        now = self._heard / RATE
        if now - self._quiet_since < self._patience(settings, item):
            return None
        self.forget()
        return Stopped(int(now * 1000))

    def _patience(self, settings: Json, item: Item) -> float:
        if settings["type"] == "server_vad":
            return float(settings["silence_duration_ms"]) / 1000
        if item.text.endswith((".", "?", "!")):
            return SENTENCE_END_PAUSE
        return PATIENCE[settings["eagerness"]]


def error(refused: RefusedError, event_id: object = None) -> Json:
    return {
        "type": "error",
        "error": {
            "type": refused.type,
            "code": refused.code,
            "message": refused.message,
            "param": refused.param,
            "event_id": event_id if isinstance(event_id, str) else None,
        },
    }


def _parsed(text: str) -> Json:
    try:
        message = json.loads(text)
    except ValueError:
        why = "The message is not valid JSON."
        raise RefusedError(why, code="invalid_json") from None
    if not isinstance(message, dict):
        raise wrong_type("event", "an object", message)
    if "type" not in message:
        raise missing("type")
    if not isinstance(message["type"], str) or message["type"] not in HANDLERS:
        raise wrong_value("type", message["type"], list(HANDLERS))
    return message


def _audio(message: Json) -> bytes:
    given = message.get("audio")
    if given is None:
        raise missing("audio")
    if not isinstance(given, str):
        raise wrong_type("audio", "a string", given)
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(
            "Invalid 'audio'. Expected base64-encoded audio bytes.",
            "audio",
            "invalid_value",
        ) from None
    if len(data) > LONGEST_APPEND:
        raise RefusedError(
            "Invalid 'audio': larger than 15 MiB.", "audio", "string_above_max_length"
        )
    return data


def _usage(item: Item, model: str) -> Json:
    seconds = round(item.size / RATE, 3)
    if model in {"whisper-1", "gpt-realtime-whisper", "gpt-live-transcribe"}:
        return {"type": "duration", "seconds": seconds}
    heard, written = max(1, int(seconds * 10)), max(1, len(item.text) // 4)
    return {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"audio_tokens": heard, "text_tokens": 0},
        "output_tokens": written,
        "total_tokens": heard + written,
    }


def _logprob(token: str) -> Json:
    return {"token": token, "logprob": -0.01, "bytes": list(token.encode())}


HANDLERS: dict[str, Callable[[Session, Json], Out]] = {
    "session.update": Session.update,
    "input_audio_buffer.append": Session.append,
    "input_audio_buffer.commit": Session.commit,
    "input_audio_buffer.clear": Session.clear,
}
