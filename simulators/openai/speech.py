"""Text to speech at the played OpenAI: checks the request and streams what the voices
rendered; it synthesises nothing itself.
"""

import asyncio
import base64
import io
import itertools
import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
import soxr
from aiohttp import web
from numpy.typing import NDArray

from simulators import faults, languages, voices
from simulators.openai import models
from simulators.openai.errors import (
    RefusedError,
    json_body,
    missing,
    too_long,
    unknown_parameter,
    wrong_type,
    wrong_value,
)

RATE = 24_000
LONGEST = 4096
VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)
PARAMETERS = {
    "model",
    "input",
    "voice",
    "instructions",
    "response_format",
    "speed",
    "stream_format",
}
TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
CONTAINERS = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"),
}
# An odd number, because the vendor's chunks may split a sample and clients must cope.
CHUNK = 9_601
FIRST_AUDIO = 0.08
# A fifth of a second of sound each: eight times as fast as it is heard.
PER_CHUNK = 0.025
NO_SOUND = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"
SOME_SOUND = 0.4  # of what a stalled answer should have carried


@dataclass(frozen=True, slots=True)
class Order:
    """A speech request that passed the checks."""

    text: str
    voice: str
    format: str
    speed: float
    sse: bool
    language: str = ""  # told by the text where it is not given


async def create(request: web.Request) -> web.StreamResponse:
    return await send(request, check(await json_body(request)), "openai")


async def send(request: web.Request, order: Order, vendor: str) -> web.StreamResponse:
    """Say it, at a vendor's pace, or with what is wrong there now."""
    fault = faults.board.take(vendor, request.path, faults.SPEECH)
    kind = fault.kind if fault else ""
    audio = spoiled(await asyncio.to_thread(make, order), kind)
    response = web.StreamResponse()
    response.content_type = "text/event-stream" if order.sse else TYPES[order.format]
    await asyncio.sleep(FIRST_AUDIO)
    await response.prepare(request)
    for chunk in chunks(audio, odd=kind == "odd"):
        if order.sse:
            await response.write(_event("speech.audio.delta", {"audio": _b64(chunk)}))
        else:
            await response.write(chunk)
        await asyncio.sleep(PER_CHUNK)
    if fault and kind == "stall":
        await asyncio.sleep(fault.seconds or faults.FOREVER)
    if order.sse:
        await response.write(_event("speech.audio.done", {"usage": _usage(order)}))
    await response.write_eof()
    return response


def spoiled(audio: bytes, kind: str) -> bytes:
    """The bytes that are sent instead of the audio when something is wrong."""
    match kind:
        case "odd":
            return audio[:-1]
        case "garbage":
            return random.Random(len(audio)).randbytes(len(audio))  # noqa: S311
        case "html":
            return NO_SOUND
        case "empty":
            return b""
        case "stall":
            return audio[: int(len(audio) * SOME_SOUND)]
    return audio


def chunks(audio: bytes, *, odd: bool = False) -> Iterator[bytes]:
    """The audio in pieces; with `odd` also in single bytes and thirds of a sample."""
    sizes = itertools.cycle((1, 3, 4_801, 7, 9_601) if odd else (CHUNK,))
    at = 0
    while at < len(audio):
        size = next(sizes)
        yield audio[at : at + size]
        at += size


def check(body: dict[str, Any]) -> Order:
    """The order, or the vendor's refusal."""
    for name in body:
        if name not in PARAMETERS:
            raise unknown_parameter(name)
    for name in ("model", "input", "voice"):
        if name not in body:
            raise missing(name)
    model = body["model"]
    if model not in models.SPEECH:
        raise models.missing(str(model))
    return Order(
        text=_text(body["input"]),
        voice=_voice(body["voice"]),
        format=_format(body.get("response_format", "mp3")),
        speed=_speed(body.get("speed", 1.0)),
        sse=_sse(body.get("stream_format", "audio"), model),
    )


def make(order: Order) -> bytes:
    """The whole audio in the wanted format."""
    language = order.language or languages.detect(order.text)[0]
    samples = voices.render(order.text, voice=order.voice, language=language).samples24k
    if order.speed != 1.0:
        samples = soxr.resample(samples, RATE * order.speed, RATE)
    raw: bytes = samples.astype("<i2").tobytes()
    if order.format == "pcm":
        return raw
    if order.format == "wav":
        return _endless_wav_header() + raw
    return _contained(samples, *CONTAINERS[order.format])


def _contained(samples: NDArray[np.int16], container: str, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=container, subtype=subtype)
    return file.getvalue()


def _endless_wav_header() -> bytes:
    """A streamed WAV does not know its length: both sizes are all ones."""
    unknown = 0xFFFFFFFF
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", unknown)
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", unknown)
    )


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise wrong_type("input", "a string", given)
    if not given:
        raise RefusedError(
            "Invalid 'input': empty string. Expected a string with minimum length 1, "
            "but got an empty string instead.",
            "input",
            "empty_string",
        )
    if len(given) > LONGEST:
        raise too_long("input", LONGEST, len(given))
    return given


def _voice(given: object) -> str:
    if isinstance(given, dict) and isinstance(given.get("id"), str):
        raise RefusedError(f"Voice '{given['id']}' not found.", "voice", status=404)
    if given not in VOICES:
        raise wrong_value("voice", given, list(VOICES))
    return str(given)


def _format(given: object) -> str:
    if given == "aac":
        raise RefusedError(
            "'aac' cannot be made by the simulator; every other format can.",
            "response_format",
            "unsupported_value",
        )
    if given not in TYPES:
        raise wrong_value("response_format", given, [*TYPES, "aac"])
    return str(given)


def _speed(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise wrong_type("speed", "a decimal number", given)
    if not 0.25 <= given <= 4.0:
        raise RefusedError(
            f"Invalid 'speed': must be between 0.25 and 4.0, got {given}.", "speed"
        )
    return float(given)


def _sse(given: object, model: object) -> bool:
    if given not in {"audio", "sse"}:
        raise wrong_value("stream_format", given, ["audio", "sse"])
    if given == "sse" and model in {"tts-1", "tts-1-hd"}:
        raise RefusedError(
            f"'sse' is not supported with '{model}'.",
            "stream_format",
            "unsupported_value",
        )
    return given == "sse"


def _event(name: str, fields: dict[str, Any]) -> bytes:
    return f"data: {json.dumps({'type': name, **fields})}\n\n".encode()


def _b64(chunk: bytes) -> str:
    return base64.b64encode(chunk).decode()


def _usage(order: Order) -> dict[str, int]:
    tokens = max(1, len(order.text) // 4)
    return {
        "input_tokens": tokens,
        "output_tokens": tokens * 10,
        "total_tokens": tokens * 11,
    }
