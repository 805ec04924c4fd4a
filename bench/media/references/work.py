"""What every reference in Python does with a call's frames, whichever server brought them.

The straight line: µ-law out of base64, voice activity on every 100 ms of a track, and
the sound on to the transcription side. No turns, no call, no database, no lost vendor.
"""

import asyncio
import json
import os
from base64 import b64decode, b64encode
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from audio import activity, mulaw

_BATCH: Final = mulaw.RATE // 10
_ADDRESS: Final = "BENCH_TRANSCRIPTION"


class Track:
    """One track of one call."""

    def __init__(self, vendor: ClientConnection) -> None:
        self._vendor = vendor
        self._detector = activity.Detector()
        self._sound = bytearray()

    async def hear(self, payload: bytes) -> None:
        """Take 20 ms of µ-law."""
        self._sound += payload
        if len(self._sound) < _BATCH:
            return
        sound = bytes(self._sound)
        self._sound.clear()
        self._detector.feed(mulaw.decode(sound))
        audio = b64encode(sound).decode()
        await self._vendor.send(
            f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}'
        )

    async def close(self) -> None:
        await self._vendor.close()


class Work:
    """One call: its tracks, opened with its start and closed with its socket."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    async def take(self, text: str | bytes) -> None:
        """Hear one of Twilio's messages."""
        message: dict[str, Any] = json.loads(text)
        if message["event"] == "media":
            media = message["media"]
            track = self._tracks[media["track"]]
            await track.hear(b64decode(media["payload"]))
        elif message["event"] == "start":
            for name in message["start"]["tracks"]:
                self._tracks[name] = await opened()

    async def close(self) -> None:
        await asyncio.gather(*(track.close() for track in self._tracks.values()))


async def opened() -> Track:
    """A track with a connection to the transcription side."""
    vendor = await connect(os.environ[_ADDRESS], compression=None, proxy=None)
    return Track(vendor)
