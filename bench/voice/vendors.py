"""OpenAI and Twilio's REST, played so that it is known to the microsecond what they did when.

They speak the vendors' real protocols and always say the same; how long they take is set
here, and what they really took is noted. They check nothing: the simulators do that.
"""

import asyncio
import contextlib
import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from aiohttp import WSMsgType, web

from bench.voice.script import CALLER, REPLY

# Seconds: from an item's first sound to words of it, from its end to its text, from a
# request to the model's first word, and to the voice's first sound.
WORDS_AFTER: Final = 0.25
TRANSCRIBING: Final = 0.1
THINKING: Final = 0.05
VOICING: Final = 0.05
# The voice sends 100 ms at once, and then as fast as it is heard: at every moment there
# is sound on its way that a `clear` has to stop.
_FIRST: Final = 4800
_PIECE: Final = 1920
_PIECE_SECONDS: Final = 0.04

_APPEND: Final = '{"type":"input_audio_buffer.append"'
_WORDS: Final = "conversation.item.input_audio_transcription"
_NUMBER: Final = re.compile(r"Order (\d+)\.")


@dataclass(slots=True)
class Heard:
    """When things happened to one item of a caller's speech, by the monotonic clock."""

    number: int
    began: float
    words: float | None = None
    committed: float | None = None
    completed: float | None = None

    @property
    def text(self) -> str:
        """What was said; the number tells the model which item it is asked about."""
        return f"{CALLER} Order {self.number}."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the model that arrived at this moment, about that item."""

    at: float
    heard: Heard


@dataclass(slots=True)
class Vendors:
    """What arrived, by `safety_identifier`, and by voice when its sound began to leave."""

    speech: bytes
    asked: dict[str, list[Asked]] = field(default_factory=lambda: defaultdict(list))
    voiced: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _heard: dict[int, Heard] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1000))

    def heard(self, text: str) -> Heard | None:
        """The item of which this is the text; None if it is not of ours."""
        number = _NUMBER.search(text)
        return None if number is None else self._heard.get(int(number[1]))

    @contextlib.asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[None]:
        """On loopback, until the end of the block."""
        app = web.Application()
        app.router.add_get("/v1/realtime", self._transcribe)
        app.router.add_post("/v1/responses", self._answer)
        app.router.add_post("/v1/audio/speech", self._speak)
        app.router.add_post(
            "/2010-04-01/Accounts/{account}/Calls/{call}.json", _redirect
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield
        finally:
            await runner.cleanup()

    async def _transcribe(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("realtime",), compress=False)
        await socket.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._session(socket)
        return socket

    async def _session(self, socket: web.WebSocketResponse) -> None:
        await _tell(socket, "session.created", session={"type": "transcription"})
        item: Heard | None = None
        async with asyncio.TaskGroup() as tasks:
            async for message in socket:
                now = time.monotonic()
                if message.type is not WSMsgType.TEXT:
                    continue
                if message.data.startswith(_APPEND):
                    if item is None:
                        item = self._begin(now)
                        tasks.create_task(_say_words(socket, item))
                    continue
                match json.loads(message.data)["type"]:
                    case "session.update":
                        session = json.loads(message.data)["session"]
                        await _tell(socket, "session.updated", session=session)
                    case "input_audio_buffer.clear":
                        item = None
                        await _tell(socket, "input_audio_buffer.cleared")
                    case "input_audio_buffer.commit" if item is not None:
                        item.committed = now
                        tasks.create_task(_say_text(socket, item))
                        item = None

    def _begin(self, now: float) -> Heard:
        number = next(self._numbers)
        self._heard[number] = heard = Heard(number, now)
        return heard

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        now = time.monotonic()
        body = await request.json()
        numbers = _NUMBER.findall(json.dumps(body["input"]))
        if numbers:
            asked = Asked(now, self._heard[int(numbers[-1])])
            self.asked[body["safety_identifier"]].append(asked)
        await asyncio.sleep(THINKING)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            for event in _events(body["model"]):
                data = json.dumps(event)
                await response.write(
                    f"event: {event['type']}\ndata: {data}\n\n".encode()
                )
            await response.write_eof()
        return response

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        await asyncio.sleep(VOICING)
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            now = time.monotonic()
            self.voiced[body["voice"]].append(now)
            await response.write(self.speech[:_FIRST])
            pieces = range(_FIRST, len(self.speech), _PIECE)
            for number, start in enumerate(pieces, start=1):
                due = now + number * _PIECE_SECONDS
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await response.write(self.speech[start : start + _PIECE])
            await response.write_eof()
        return response


async def _say_words(socket: web.WebSocketResponse, item: Heard) -> None:
    """What streaming models do: words before the turn is over."""
    await asyncio.sleep(WORDS_AFTER)
    if item.committed is None:
        item.words = time.monotonic()
        await _say(socket, item, "delta", delta=item.text)


async def _say_text(socket: web.WebSocketResponse, item: Heard) -> None:
    before = {"item_id": f"item_{item.number}", "previous_item_id": None}
    await _tell(socket, "input_audio_buffer.committed", **before)
    await asyncio.sleep(TRANSCRIBING)
    item.completed = time.monotonic()
    usage = {"type": "duration", "seconds": 1}
    await _say(socket, item, "completed", transcript=item.text, usage=usage)


async def _say(
    socket: web.WebSocketResponse, item: Heard, kind: str, **more: Any
) -> None:
    named = {"item_id": f"item_{item.number}", "content_index": 0}
    await _tell(socket, f"{_WORDS}.{kind}", **named, **more)


async def _tell(socket: web.WebSocketResponse, kind: str, **fields: Any) -> None:
    with contextlib.suppress(ConnectionError):  # it hung up
        await socket.send_json({"type": kind, "event_id": "event_1", **fields})


def _events(model: str) -> list[dict[str, Any]]:
    """One message, in the events in which a model streams it."""
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "in_progress",
        "output": [],
    }
    here = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": REPLY, "annotations": []}
    item = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    begun = {**item, "status": "in_progress", "content": []}
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    completed = {**response, "status": "completed", "output": [item], "usage": usage}
    deltas = [
        {"type": "response.output_text.delta", **here, "delta": word}
        for word in re.findall(r"\s*\S+", REPLY)
    ]
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.content_part.added", **here, "part": {**part, "text": ""}},
        *deltas,
        {"type": "response.output_text.done", **here, "text": REPLY},
        {"type": "response.content_part.done", **here, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": completed},
    ]
    return [{**event, "sequence_number": n} for n, event in enumerate(events)]


async def _redirect(request: web.Request) -> web.Response:
    """Twilio takes the order to come for the call's document, and here never comes."""
    known = {
        "sid": request.match_info["call"],
        "account_sid": request.match_info["account"],
        "status": "in-progress",
    }
    return web.json_response(known)
