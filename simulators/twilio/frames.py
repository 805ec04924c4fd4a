"""The JSON of a media stream, both ways: pure text, no socket."""

import base64
import binascii
import json
from dataclasses import dataclass

ACCEPTED = frozenset({"media", "mark", "clear"})


@dataclass(frozen=True, slots=True)
class Media:
    audio: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    pass


class BadMessageError(ValueError):
    """The product sent what Twilio cannot read."""


def read(text: str, stream_sid: str) -> Media | Mark | Clear:
    """A message of the product; BadMessageError says what is wrong with it."""
    try:
        message = json.loads(text)
    except ValueError as error:
        raise BadMessageError("not JSON") from error
    if not isinstance(message, dict) or message.get("event") not in ACCEPTED:
        raise BadMessageError("unknown event")
    if message.get("streamSid") != stream_sid:
        raise BadMessageError("wrong streamSid")
    if message["event"] == "clear":
        return Clear()
    if message["event"] == "mark":
        return Mark(_inner(message, "mark", "name"))
    try:
        payload = _inner(message, "media", "payload")
        return Media(base64.b64decode(payload, validate=True))
    except binascii.Error as error:
        raise BadMessageError("payload is not base64") from error


def _inner(message: dict[str, object], part: str, name: str) -> str:
    inner = message.get(part)
    value = inner.get(name) if isinstance(inner, dict) else None
    if not isinstance(value, str):
        raise BadMessageError(f"{part} without a {name}")
    return value


class Writer:
    """Numbers and writes what Twilio sends on one stream; all numbers are strings."""

    def __init__(self, stream_sid: str) -> None:
        self._sid = stream_sid
        self._sequence = 0
        self._chunks = {"inbound": 0, "outbound": 0}

    def connected(self) -> str:
        return json.dumps(
            {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        )

    def start(
        self, account: str, call: str, tracks: list[str], parameters: dict[str, str]
    ) -> str:
        return self._numbered(
            "start",
            {
                "accountSid": account,
                "streamSid": self._sid,
                "callSid": call,
                "tracks": tracks,
                "mediaFormat": {
                    "encoding": "audio/x-mulaw",
                    "sampleRate": 8000,
                    "channels": 1,
                },
                "customParameters": parameters,
            },
        )

    def media(self, track: str, milliseconds: int, frame: bytes) -> str:
        # By hand: fifty times a second and track, json.dumps would be half of the cost.
        self._sequence += 1
        self._chunks[track] += 1
        payload = base64.b64encode(frame).decode("ascii")
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}",'
            f'"media":{{"track":"{track}","chunk":"{self._chunks[track]}",'
            f'"timestamp":"{milliseconds}","payload":"{payload}"}},'
            f'"streamSid":"{self._sid}"}}'
        )

    def dtmf(self, digit: str) -> str:
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        return self._numbered("mark", {"name": name})

    def stop(self, account: str, call: str) -> str:
        return self._numbered("stop", {"accountSid": account, "callSid": call})

    def _numbered(self, event: str, body: dict[str, object]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: body,
                "streamSid": self._sid,
            }
        )


class Playout:
    """What the product sent to be played: bytes in order, with marks between them."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._at = 0
        self._marks: list[tuple[int, str]] = []

    def add(self, audio: bytes) -> None:
        self._audio += audio

    def mark(self, name: str) -> list[str]:
        """Set a mark behind what is queued; those to be echoed at once."""
        self._marks.append((self._at + len(self._audio), name))
        return self._reached()

    def clear(self) -> list[str]:
        """Drop what is not yet played; all marks come back."""
        self._audio.clear()
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def next(self, size: int) -> tuple[bytes, list[str]]:
        """The next bytes to play, maybe fewer than asked, and the marks now reached."""
        chunk = bytes(self._audio[:size])
        del self._audio[:size]
        self._at += len(chunk)
        return chunk, self._reached()

    def _reached(self) -> list[str]:
        names = [name for at, name in self._marks if at <= self._at]
        self._marks = [(at, name) for at, name in self._marks if at > self._at]
        return names
