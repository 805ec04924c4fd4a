"""From Twilio's socket to the transcription and on to the desk, in a straight line.

It detects no voice but knows the script, keeps nothing, checks nothing and has no
database: `python -m bench.pipeline.reference`.
"""

import argparse
import asyncio
import contextlib
import json
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.voice import script
from bench.voice.script import Script

_HEARD: Final = {
    "format": {"type": "audio/pcmu"},
    "transcription": {"model": "gpt-live-transcribe"},
    "turn_detection": None,
}
_SESSION: Final = {"type": "transcription", "audio": {"input": _HEARD}}
_DESK: Final = "/ws/desk/"
_PATH: Final = "/v1/realtime?intent=transcription"


class Server:
    """All calls, and the desk of each."""

    def __init__(self, http: ClientSession, written: Script) -> None:
        self._http = http
        self._script = written
        self._desks: dict[str, ServerConnection] = {}

    async def answer(self, socket: ServerConnection) -> None:
        """A desk, which says which call it shows, or Twilio."""
        if socket.request is not None and socket.request.path == _DESK:
            self._desks[json.loads(await socket.recv())["sid"]] = socket
            await socket.wait_closed()
            return
        with contextlib.suppress(ConnectionClosed):
            await self._call(socket)

    async def _call(self, twilio: ServerConnection) -> None:
        message: dict[str, Any] = {}
        while message.get("event") != "start":
            message = json.loads(await twilio.recv())
        sid = message["start"]["callSid"]
        async with (
            self._http.ws_connect(_PATH, protocols=("realtime",)) as words,
            asyncio.TaskGroup() as tasks,
        ):
            reading = tasks.create_task(self._read(sid, words))
            await self._hear(twilio, words)
            reading.cancel()

    async def _hear(
        self, twilio: ServerConnection, words: ClientWebSocketResponse
    ) -> None:
        frame: int | None = None
        async for text in twilio:
            media = json.loads(text).get("media")
            if media is None or media["track"] != "inbound":
                continue
            if frame is None:
                if media["payload"] != self._script.spoken[0]:
                    continue
                frame = 0
            if frame >= self._script.sure_at:
                append = {
                    "type": "input_audio_buffer.append",
                    "audio": media["payload"],
                }
                await words.send_str(json.dumps(append, separators=(",", ":")))
            if frame == self._script.over_at:
                frame = None
                await words.send_json({"type": "input_audio_buffer.commit"})
            else:
                frame += 1

    async def _read(self, sid: str, words: ClientWebSocketResponse) -> None:
        await words.send_json({"type": "session.update", "session": _SESSION})
        async for message in words:
            event = message.json()
            desk = self._desks.get(sid)
            if desk is None:
                continue
            told: dict[str, Any] = {"sid": sid}
            if event["type"].endswith(".delta"):
                told |= {"type": "partial", "text": event["delta"]}
            elif event["type"].endswith(".completed"):
                told |= {"type": "event", "data": {"text": event["transcript"]}}
            else:
                continue
            with contextlib.suppress(ConnectionClosed):
                await desk.send(json.dumps(told))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--vendors", required=True)
    options = parser.parse_args()
    written = script.written()
    connections = TCPConnector(limit=0)
    async with ClientSession(options.vendors, connector=connections) as http:
        server = Server(http, written)
        async with serve(server.answer, "127.0.0.1", options.port, compression=None):
            await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
