"""Twilio's recordings, AssemblyAI and OpenAI, who answer at once and note what they took themselves.

They speak the vendors' real protocols and always say the same about the same call. They
check nothing: the simulators do that.
"""

import asyncio
import contextlib
import io
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any, Final

from aiohttp import ClientSession, web

from analytics.metrics import AGENT, CALLER
from analytics.pipeline import FETCH, JUDGE, TRANSCRIBE
from audio import mulaw, wav
from bench.measures.calls import Line, made

# From an order to the word that the transcript is there, seconds: of the real time, in
# which the worker does other calls, enough that the step is left and taken up again.
TRANSCRIBING: Final = 0.5
_SAYS: Final = {
    CALLER: "I am calling about my order, it should have been here on Tuesday.",
    AGENT: "I am sorry to hear that, let me look it up for you right away.",
}
# So that there is something to make silent.
_CARD: Final = "4111 1111 1111 1111"
_CHANNELS: Final = {CALLER: "1", AGENT: "2"}
_LONGEST: Final = 64 << 20

Handler = Callable[[web.Request], Awaitable[web.Response]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call as Twilio has it and as the transcription hears it; seconds."""

    file: bytes
    seconds: float
    transcript: Json


def recorded() -> Recorded:
    """Three minutes of two people, rendered; the words stand where their voices are."""
    call = made(Line("clean"), 0)
    file = io.BytesIO()
    wav.write(file, list(mulaw.decode(call.codes.tobytes()).reshape(-1, 2).T))
    said: list[Json] = []
    for who, stretches in (call.facts.speech or {}).items():
        words = cycle(_SAYS[who].split())
        said += [
            _utterance(_CHANNELS[who], stretch.start, stretch.end, words)
            for stretch in stretches
        ]
    said.sort(key=lambda each: each["start"])
    return Recorded(file.getvalue(), len(call.codes) / mulaw.RATE, _transcript(said))


@dataclass(slots=True)
class Vendors:
    """All three. `took`: by step, the seconds of each request or job that were theirs.

    `late`: how long after their time the words about finished transcripts were sent.
    """

    recorded: Recorded
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late: list[float] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    def forget(self) -> None:
        """Begin to note anew."""
        self.took.clear()
        self.late.clear()

    @contextlib.asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[None]:
        """On loopback, until the end of the block."""
        app = web.Application(client_max_size=_LONGEST)
        add = app.router.add_route
        add("GET", "/2010-04-01/Accounts/{account}/Recordings/{sid}", self._give)
        add("POST", "/v2/upload", self._timed(TRANSCRIBE, self._upload))
        add("POST", "/v2/transcript", self._timed(TRANSCRIBE, self._order))
        add("GET", "/v2/transcript/{id}", self._timed(TRANSCRIBE, self._tell))
        add("POST", "/v1/responses", self._timed(JUDGE, self._judge))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            async with self._tasks:
                yield
        finally:
            await runner.cleanup()

    def _timed(self, step: str, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            # What is still being sent to us is not our time.
            await request.read()
            begun = time.monotonic()
            response = await handler(request)
            self.took[step].append(time.monotonic() - begun)
            return response

        return handle

    async def _give(self, _request: web.Request) -> web.Response:
        self.took[FETCH].append(0.0)
        return web.Response(body=self.recorded.file, content_type="audio/x-wav")

    async def _upload(self, request: web.Request) -> web.Response:
        return web.json_response({"upload_url": f"{request.url.origin()}/uploaded"})

    async def _order(self, request: web.Request) -> web.Response:
        asked = await request.json()
        job = {"id": f"job-{next(self._numbers)}", "status": "queued"}
        self._tasks.create_task(self._finish(job["id"], asked))
        return web.json_response({**job, "audio_url": asked["audio_url"]})

    async def _finish(self, job: str, asked: Json) -> None:
        begun = time.monotonic()
        await asyncio.sleep(TRANSCRIBING)
        took = time.monotonic() - begun
        self.took["transcribing"].append(took)
        self.late.append(took - TRANSCRIBING)
        headers = {
            asked["webhook_auth_header_name"]: asked["webhook_auth_header_value"]
        }
        told = {"transcript_id": job, "status": "completed"}
        async with (
            ClientSession(headers=headers) as http,
            http.post(asked["webhook_url"], json=told) as answer,
        ):
            await answer.read()

    async def _tell(self, request: web.Request) -> web.Response:
        known = {"id": request.match_info["id"], "audio_url": "https://x.invalid"}
        return web.json_response({**known, **self.recorded.transcript})

    async def _judge(self, request: web.Request) -> web.Response:
        asked = await request.json()
        said = self.recorded.transcript["utterances"][0]
        quote = {
            "speaker": CALLER if said["channel"] == "1" else AGENT,
            "start": said["start"] / 1000,
            "text": said["text"],
        }
        schema = asked["text"]["format"]["schema"]
        text = json.dumps(filled(schema, schema.get("$defs", {}), quote))
        return web.json_response(_response(asked["model"], text))


def filled(schema: Json, shapes: Mapping[str, Json], quote: Json) -> Any:  # noqa: ANN401
    """Something that the schema allows: of several answers the first, and one quote for each list of them."""
    if "$ref" in schema:
        schema = shapes[schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], shapes, quote)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {
            name: [quote] if name == "quotes" else filled(inner, shapes, quote)
            for name, inner in schema["properties"].items()
        }
    return {"array": [], "string": "As it was said."}.get(schema["type"])


def _utterance(channel: str, start: float, end: float, words: Any) -> Json:  # noqa: ANN401
    """A word each 0.4 s."""
    number = max(1, round((end - start) / 0.4))
    each = (end - start) / number
    spoken = [
        {
            "text": next(words),
            "start": round((start + place * each) * 1000),
            "end": round((start + (place + 1) * each) * 1000),
            "confidence": 0.95,
            "channel": channel,
            "speaker": channel,
        }
        for place in range(number)
    ]
    return {
        "channel": channel,
        "speaker": channel,
        "start": spoken[0]["start"],
        "end": spoken[-1]["end"],
        "text": " ".join(word["text"] for word in spoken),
        "confidence": 0.95,
        "words": spoken,
    }


def _transcript(said: list[Json]) -> Json:
    last = said[-1]
    card = {
        "entity_type": "credit_card_number",
        "text": _CARD,
        "start": last["start"],
        "end": last["end"],
    }
    tones = [
        {
            "text": each["text"],
            "sentiment": "NEUTRAL",
            **{name: each[name] for name in ("start", "end", "confidence")},
            **{name: each[name] for name in ("channel", "speaker")},
        }
        for each in said
    ]
    return {
        "status": "completed",
        "text": " ".join(each["text"] for each in said),
        "language_code": "en_us",
        "audio_duration": round(last["end"] / 1000),
        "utterances": said,
        "words": [word for each in said for word in each["words"]],
        "sentiment_analysis_results": tones,
        "entities": [card],
    }


def _response(model: str, text: str) -> Json:
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    usage = {
        "input_tokens": 1000,
        "output_tokens": 500,
        "total_tokens": 1500,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "tools": [],
        "usage": usage,
    }
