"""What sockets and JSON cost in Python at the least: `python -m bench.media.references.picows_server PORT`.

The libraries of our media server, and hardly anything else: each frame is decoded, and the
sound goes on in messages of 100 ms. Nobody listens for voices, and nothing is checked.
"""

import asyncio
import os
import sys
from binascii import b2a_base64
from typing import Final

import msgspec
import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from audio import mulaw
from callcenter.loops import make_loop

_BATCH: Final = mulaw.RATE // 10
_TEXT: Final = WSMsgType.TEXT


class _Media(msgspec.Struct, gc=False):
    track: str
    payload: bytes


class _Message(msgspec.Struct, gc=False):
    event: str
    media: _Media | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Call(WSListener):
    """One call."""

    def __init__(self) -> None:
        self._sound = {"inbound": bytearray(), "outbound": bytearray()}
        self._vendors: dict[str, WSTransport] = {}
        self._opening: asyncio.Task[None] | None = None

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            return
        message = _decode(frame.get_payload_as_memoryview())
        if message.event == "start":
            self._opening = asyncio.get_running_loop().create_task(self._open())
        elif message.media is not None and self._vendors:
            track = message.media.track
            sound = self._sound[track]
            sound += message.media.payload
            if len(sound) >= _BATCH:
                text = b'{"type":"input_audio_buffer.append","audio":"%b"}'
                audio = b2a_base64(sound, newline=False)
                self._vendors[track].send(_TEXT, text % audio)
                sound.clear()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        for vendor in self._vendors.values():
            vendor.disconnect()

    async def _open(self) -> None:
        address = os.environ["BENCH_TRANSCRIPTION"]
        opened = {}
        for track in self._sound:
            opened[track], _listener = await picows.ws_connect(WSListener, address)
        self._vendors = opened


def _greet(_request: WSUpgradeRequest) -> Call:
    return Call()


async def main(port: int) -> None:
    server = await picows.ws_create_server(_greet, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(main(int(sys.argv[1])))
