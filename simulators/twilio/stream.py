"""Media streams: a leg's sound over a websocket at 20 ms pace; the JSON itself is in frames."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from socket import SHUT_RDWR
from typing import Protocol

import aiohttp
from yarl import URL

from simulators.twilio import frames
from simulators.twilio.legs import Leg
from simulators.twilio.names import now, sid
from simulators.twilio.player import FRAME, padded
from simulators.twilio.signing import is_loopback, signature
from simulators.twilio.timeline import Timeline
from simulators.twilio.webhooks import Callback

log = logging.getLogger(__name__)

# Ticks that may wait for a slow reader: ten seconds; after that the socket is given up.
HOPELESS = 500
CONNECTING = 15.0
BROKEN = "Stream - WebSocket - Connection Broken"
TRACKS = {
    "inbound_track": ["inbound"],
    "outbound_track": ["outbound"],
    "both_tracks": ["inbound", "outbound"],
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A stream as it was asked for, by TwiML or by REST."""

    url: str
    name: str = ""
    track: str = "inbound_track"
    parameters: dict[str, str] = field(default_factory=dict)
    callback: Callback | None = None
    two_way: bool = False


class Host(Protocol):
    """What a stream needs of the exchange around it."""

    account_sid: str
    token: str

    def session(self) -> aiohttp.ClientSession: ...

    def stream_event(self, stream: "MediaStream", event: str, error: str) -> None: ...

    def warn(self, code: int, message: str, resource: str) -> None: ...

    def stream_fault(self, kind: str) -> bool: ...


class MediaStream:
    """One stream of one leg. `closed` is set when it is over, whoever ended it."""

    def __init__(self, host: Host, leg: Leg, wish: Wish) -> None:
        self.sid = sid("MZ")
        self.leg = leg
        self.wish = wish
        self.name = wish.name or self.sid
        self.status = "in-progress"
        self.updated: datetime = now()
        self.closed = asyncio.Event()
        self.sent = 0
        self.timeline = Timeline(lambda: leg.ticks)
        self._host = host
        self._writer = frames.Writer(self.sid)
        self.tracks = TRACKS[wish.track]
        self._playout = frames.Playout()
        self._outbox: deque[str] = deque()
        self._something = asyncio.Event()
        self._is_open = False
        self._is_stopping = False
        self._is_hopeless = False
        self._is_dropped = False
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ticks = 0
        self._forget_keys: Callable[[], None] | None = None

    # -- the leg's side -------------------------------------------------------------

    def tap(self, said: bytes, heard: bytes) -> None:
        """One tick of the leg; never waits for the socket."""
        if not self._is_open:
            return
        at = self._ticks * 20
        self._ticks += 1
        for track in self.tracks:
            frame = said if track == "inbound" else heard
            self._put(self._writer.media(track, at, frame))

    def leg_over(self) -> None:
        self.stop()

    def frame_for(self, _: Leg) -> bytes:
        """What the leg hears of a two-way stream in this tick."""
        chunk, marks = self._playout.next(FRAME)
        self.timeline.played(len(chunk))
        self._return(marks)
        return padded(chunk) or padded(b"\xff")

    def stop(self) -> None:
        """End the stream from Twilio's side, with a stop message."""
        self._is_stopping = True
        self._something.set()

    def drop(self) -> None:
        """Cut the connection without a word, as a broken network does."""
        if self._socket is not None and not self._socket.closed:
            self._is_dropped = True
            self._socket.get_extra_info("socket").shutdown(SHUT_RDWR)

    def _return(self, marks: list[str], *, cleared: bool = False) -> None:
        for name in marks:
            if self._host.stream_fault("marks_lost"):
                continue
            times = 2 if self._host.stream_fault("marks_twice") else 1
            for _ in range(times):
                self._put(self._writer.mark(name))
                self.timeline.returned(name, cleared=cleared)

    def _press(self, digit: str) -> None:
        self._put(self._writer.dtmf(digit))

    def _put(self, text: str) -> None:
        if len(self._outbox) > HOPELESS * len(self.tracks):
            self._is_hopeless = True
        else:
            self._outbox.append(text)
        self._something.set()

    # -- the socket's side ------------------------------------------------------------

    async def run(self) -> None:
        """Connect, send until the leg, the product or REST ends it, and report."""
        self.leg.taps.append(self)
        error = ""
        try:
            # A document may end the call before the socket was even asked for.
            if not self.leg.is_over:
                error = await self._talk()
        finally:
            self._is_open = False
            self.timeline.closed()
            self.status = "stopped"
            self.updated = now()
            self.leg.untap(self)
            if self._forget_keys:
                self._forget_keys()
            self.closed.set()
        self._host.stream_event(
            self, "stream-error" if error else "stream-stopped", error
        )

    async def _talk(self) -> str:
        url = self.wish.url
        target = "ws" + url[3:] if is_loopback(url) and url.startswith("wss") else url
        headers = {"X-Twilio-Signature": signature(self._host.token, url, {})}
        try:
            async with asyncio.timeout(CONNECTING):
                socket = await self._host.session().ws_connect(
                    URL(target, encoded=True), headers=headers, max_msg_size=1 << 20
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as refused:
            self._host.warn(31920, f"handshake: {type(refused).__name__}", self.sid)
            return "Stream - WebSocket - Handshake Error"
        async with socket:
            return await self._converse(socket)

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        account, call = self._host.account_sid, self.leg.sid
        await socket.send_str(self._writer.connected())
        await socket.send_str(
            self._writer.start(account, call, self.tracks, self.wish.parameters)
        )
        self._socket = socket
        self._is_open = True
        self.timeline.opened()
        if self.wish.two_way:
            self._forget_keys = self.leg.on_key(self._press)
        self._host.stream_event(self, "stream-started", "")
        reading = asyncio.ensure_future(self._read(socket))
        sending = asyncio.ensure_future(self._send(socket))
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            sending.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)
        if self._is_hopeless:
            self._host.warn(31921, "the reader is too slow", self.sid)
            return BROKEN
        if self._is_dropped:
            return BROKEN
        if self._is_stopping and not socket.closed:
            await socket.send_str(self._writer.stop(account, call))
        return ""

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while not self._is_hopeless:
            while self._outbox:
                text = self._outbox.popleft()
                try:
                    await socket.send_str(text)
                except (aiohttp.ClientError, ConnectionError):
                    return
                self.sent += 1
            if self._is_stopping:
                return
            self._something.clear()
            await self._something.wait()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(message.data)

    def _take(self, text: str) -> None:
        if not self.wish.two_way:
            self._host.warn(31951, "a one-way stream takes no messages", self.sid)
            return
        try:
            message = frames.read(text, self.sid)
        except frames.BadMessageError as bad:
            self._host.warn(31951, f"invalid message: {bad}", self.sid)
            return
        match message:
            case frames.Media(audio):
                self.timeline.media(len(audio))
                self._playout.add(audio)
            case frames.Mark(name):
                self.timeline.mark(name)
                self._return(self._playout.mark(name))
            case frames.Clear():
                self._clear()

    def _clear(self) -> None:
        self.timeline.clear()
        marks = self._playout.clear()
        if self._host.stream_fault("cut_on_clear"):
            self.drop()
        else:
            self._return(marks, cleared=True)
