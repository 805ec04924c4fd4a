"""The same calls on bare sockets: what they cost by themselves, on this machine, at this moment.

A straight line from frame to vendor to frame. It detects no voice but knows the script,
keeps nothing, checks nothing and has no database: `python -m bench.voice.reference`.
"""

import argparse
import asyncio
import contextlib
import json
from base64 import b64encode
from typing import Any, Final

import numpy as np
import redis.asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from audio import mulaw
from bench.voice.orders import CHANNEL
from bench.voice.script import REPLY

_SILENT: Final = b64encode(mulaw.SILENCE * mulaw.FRAME).decode()
_HEARD: Final = {
    "format": {"type": "audio/pcmu"},
    "transcription": {"model": "gpt-live-transcribe"},
    "turn_detection": None,
}
_SESSION: Final = {"type": "transcription", "audio": {"input": _HEARD}}


class Call:
    """One socket of Twilio's; the script comes with its start."""

    def __init__(
        self,
        twilio: ServerConnection,
        words: ClientWebSocketResponse,
        http: ClientSession,
        start: dict[str, Any],
    ) -> None:
        script = start["customParameters"]
        self._twilio = twilio
        self._words = words
        self._http = http
        self._stream = start["streamSid"]
        self._voice = script["voice"]
        self._person = script["person"]
        self._sure_at = int(script["sure_at"])
        self._over_at = int(script["over_at"])
        # The frame of the caller's speech that comes next; None between two of them.
        self._frame: int | None = None
        self._speaking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until Twilio hangs up."""
        async with asyncio.TaskGroup() as tasks:
            self._speaking = tasks.create_task(self._say(REPLY))
            reading = tasks.create_task(self._read(tasks))
            await self._hear()
            reading.cancel()
            self._speaking.cancel()

    async def clear(self) -> None:
        """Be silent."""
        if self._speaking is not None:
            self._speaking.cancel()
        await self._send({"event": "clear"})

    async def _hear(self) -> None:
        async for text in self._twilio:
            message = json.loads(text)
            if message["event"] == "media":
                await self._take(message["media"]["payload"])

    async def _take(self, payload: str) -> None:
        if self._frame is None:
            if payload == _SILENT:
                return
            self._frame = 0
        if self._frame >= self._sure_at:
            append = {"type": "input_audio_buffer.append", "audio": payload}
            await self._words.send_str(json.dumps(append, separators=(",", ":")))
        if self._frame == self._over_at:
            self._frame = None
            await self._words.send_json({"type": "input_audio_buffer.commit"})
        else:
            self._frame += 1

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        await self._words.send_json({"type": "session.update", "session": _SESSION})
        async for message in self._words:
            event = message.json()
            if event["type"].endswith(".delta"):
                await self.clear()
            elif event["type"].endswith(".completed"):
                answering = self._answer(event["transcript"])
                self._speaking = tasks.create_task(answering)

    async def _answer(self, transcript: str) -> None:
        asked = {
            "model": "bare",
            "input": transcript,
            "stream": True,
            "safety_identifier": self._person,
        }
        written = ""
        async with self._http.post("/v1/responses", json=asked) as events:
            async for line in events.content:
                if line.startswith(b"data: "):
                    written += json.loads(line[6:]).get("delta", "")
        await self._say(written)

    async def _say(self, text: str) -> None:
        asked = {"model": "bare", "voice": self._voice, "input": text}
        rest = b""
        async with self._http.post("/v1/audio/speech", json=asked) as sound:
            async for piece in sound.content.iter_any():
                rest += piece
                # Every third sample, without a filter, in whole frames.
                whole = len(rest) // (6 * mulaw.FRAME) * 6 * mulaw.FRAME
                samples = np.frombuffer(rest[:whole], "<i2")[::3]
                rest = rest[whole:]
                if whole:
                    payload = b64encode(mulaw.encode(samples)).decode()
                    await self._send({"event": "media", "media": {"payload": payload}})

    async def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._twilio.send(json.dumps({**message, "streamSid": self._stream}))


class Server:
    """All calls, and the ear for takeovers."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http
        self._calls: dict[str, Call] = {}

    async def answer(self, twilio: ServerConnection) -> None:
        """One connection of Twilio's."""
        message: dict[str, Any] = {}
        while message.get("event") != "start":
            message = json.loads(await twilio.recv())
        start = message["start"]
        path = "/v1/realtime?intent=transcription"
        async with self._http.ws_connect(path, protocols=("realtime",)) as words:
            call = Call(twilio, words, self._http, start)
            self._calls[start["callSid"]] = call
            try:
                await call.run()
            finally:
                del self._calls[start["callSid"]]

    async def follow(self, redis_url: str) -> None:
        """Silence the calls that are taken over."""
        async with (
            redis.asyncio.Redis.from_url(redis_url) as client,
            client.pubsub() as channel,
        ):
            await channel.subscribe(CHANNEL)
            async for message in channel.listen():
                told = message["data"]
                call = (
                    self._calls.get(told.decode()) if isinstance(told, bytes) else None
                )
                if call is not None:
                    await call.clear()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--vendors", required=True)
    parser.add_argument("--redis", required=True)
    options = parser.parse_args()
    connections = TCPConnector(limit=0)
    async with ClientSession(options.vendors, connector=connections) as http:
        server = Server(http)
        async with serve(server.answer, "127.0.0.1", options.port, compression=None):
            await server.follow(options.redis)


if __name__ == "__main__":
    asyncio.run(main())
