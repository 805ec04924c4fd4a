"""The transcription side: takes the sound of all calls and looks at every frame of it.

It speaks the vendor's realtime protocol, as far as sound needs it, and never has words.
"""

import asyncio
import json
import time
from base64 import b64decode
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from audio.mulaw import FRAME
from bench.media.frames import Sound, read, track_marks

_APPEND: Final = b'{"type":"input_audio_buffer.append","audio":"'


@dataclass(slots=True)
class Track:
    """What has come of one track: how many frames, how many of them not, or not as sent."""

    marks: int
    next: int
    heard: int = 0
    missed: int = 0
    garbled: int = 0


@dataclass(slots=True)
class Heard:
    """All that came. `arrivals`: for each message, track, number of its last frame, moment."""

    sound: Sound
    tracks: dict[int, Track] = field(default_factory=dict)
    arrivals: list[tuple[int, int, float]] = field(default_factory=list)
    # Messages in which no frame was to be recognised.
    strange: int = 0
    # Whether those who connect from now on are never answered and never read.
    hangs: bool = False
    _names: "count[int]" = field(default_factory=count)

    async def serve(self, port: int) -> asyncio.Server:
        """On loopback, until it is closed."""
        return await picows.ws_create_server(self._greet, "127.0.0.1", port)

    def forget(self) -> None:
        """For another server's calls."""
        self.tracks.clear()
        self.arrivals.clear()
        self.strange = 0
        self.hangs = False

    def _greet(self, _request: WSUpgradeRequest) -> "_Listener":
        return _Listener(self, self._names)


class _Listener(WSListener):
    """One connection: one track."""

    def __init__(self, heard: Heard, names: "count[int]") -> None:
        self._heard = heard
        self._names = names
        self._track: Track | None = None
        self._number = 0
        # The second half of a frame whose first one was not meant for us.
        self._begun = False
        self._rest = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._heard.hangs:
            transport.underlying_transport.pause_reading()
            return
        _say(transport, type="session.created", session={"type": "transcription"})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        if frame.msg_type is not WSMsgType.TEXT:
            return
        message = frame.get_payload_as_bytes()
        if message.startswith(_APPEND):
            self._take(b64decode(message[len(_APPEND) : -2]), time.monotonic())
        else:
            self._obey(transport, json.loads(message))

    def _take(self, sound: bytes, now: float) -> None:
        heard = self._heard
        if not self._begun:
            # An item may begin in the middle of a frame, and nowhere else.
            sound = sound[len(sound) % FRAME :] if len(sound) % FRAME else sound
            self._begun = True
            if not self._find(sound[:FRAME]):
                heard.strange += 1
                self._begun = False
                return
        track = self._track
        assert track is not None  # noqa: S101  found above, or before
        sound = self._rest + sound
        whole = len(sound) // FRAME * FRAME
        self._rest = sound[whole:]
        for at in range(0, whole, FRAME):
            self._check(track, sound[at : at + FRAME])
        if whole:
            heard.arrivals.append((self._number, track.next - 1, now))

    def _find(self, frame: bytes) -> bool:
        """The track of this frame, and the place from which on we listen to it."""
        if len(frame) < FRAME:
            return False
        number, place = read(frame)
        if not self._heard.sound.is_frame(frame, place, track_marks(number)):
            return False
        self._number = number
        known = self._heard.tracks.get(number)
        if known is None:
            known = self._heard.tracks[number] = Track(track_marks(number), place)
        self._track = known
        return True

    def _check(self, track: Track, frame: bytes) -> None:
        if not self._heard.sound.is_frame(frame, track.next, track.marks):
            _number, place = read(frame)
            if not self._heard.sound.is_frame(frame, place, track.marks):
                track.garbled += 1
                track.next += 1
                return
            # Backwards too: out of its order is not where it belongs.
            track.missed += abs(place - track.next)
            track.next = place
        track.heard += 1
        track.next += 1

    def _obey(self, transport: WSTransport, order: dict[str, object]) -> None:
        if order["type"] == "session.update":
            _say(transport, type="session.updated", session=order["session"])
        elif order["type"] == "input_audio_buffer.commit":
            # The sound goes on in the next item where it stopped in this one.
            item = f"item_{next(self._names)}"
            _say(
                transport,
                type="input_audio_buffer.committed",
                item_id=item,
                previous_item_id=None,
            )
            _say(
                transport,
                type="conversation.item.input_audio_transcription.completed",
                item_id=item,
                content_index=0,
                transcript="",
                usage={"type": "duration", "seconds": 1},
            )


def _say(transport: WSTransport, **event: object) -> None:
    text = json.dumps({"event_id": "event_1", **event})
    transport.send(WSMsgType.TEXT, text.encode())
