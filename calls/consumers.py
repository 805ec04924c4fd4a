"""The media door: Twilio's stream comes in, frames go to the session; nothing here waits for anything."""

import asyncio
import base64
import binascii
import logging
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from asgiref.sync import ThreadSensitiveContext
from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from django.utils import timezone

from calls.addresses import media_url
from calls.media import CallClock, MediaFrame, MediaSession, MediaStart, OpenSession
from calls.models import Call
from calls.outlet import Outlet
from calls.services import streams
from vendors.twilio.signature import is_genuine_handshake

logger = logging.getLogger(__name__)

# A frame of 20 ms is 160 bytes; Twilio's messages stay far below this.
MAX_MESSAGE = 64 * 1024
MAX_BAD_MESSAGES = 50
# A frame may be late and never early, but for the two clocks.
MAX_EARLY_SECONDS = 10.0
_KEYS = frozenset("0123456789*#ABCD")

_CallSid = Annotated[str, msgspec.Meta(pattern="^CA[0-9a-zA-Z]{32}$")]
_StreamSid = Annotated[str, msgspec.Meta(pattern="^MZ[0-9a-zA-Z]{32}$")]


class _Start(msgspec.Struct, rename="camel"):
    call_sid: _CallSid
    stream_sid: _StreamSid
    tracks: list[str] = []
    custom_parameters: dict[str, str] = {}


class _Media(msgspec.Struct):
    track: Literal["inbound", "outbound"]
    timestamp: str
    payload: str


class _Mark(msgspec.Struct):
    name: str


class _Dtmf(msgspec.Struct):
    digit: str


class _Message(msgspec.Struct):
    event: str
    start: _Start | None = None
    media: _Media | None = None
    mark: _Mark | None = None
    dtmf: _Dtmf | None = None


_decode = msgspec.json.Decoder(_Message).decode


class MediaConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One stream. Built with `as_asgi(open_session=…)`, so that this room knows no copilot."""

    # No channel layer: a restart of Redis must not cut live calls.
    channel_layer_alias = "none"
    open_session: OpenSession | None = None

    def __init__(self, *, open_session: OpenSession) -> None:
        self.open_session = open_session
        self.session: MediaSession | None = None
        self.work: asyncio.Task[None] | None = None
        self.writing: asyncio.Task[None] | None = None
        self.stream: MediaStart | None = None
        self.bad = 0
        self.connected_at = timezone.now()

    async def __call__(self, *args: Any) -> None:
        """With a thread of its own for the database: one call waits for no other's query."""
        async with ThreadSensitiveContext():
            await super().__call__(*args)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Frames go straight to their handler: Channels' way takes a thread hop for each."""
        if message["type"] == "websocket.receive":
            await self.receive(message)
        else:
            await super().dispatch(message)

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        headers = dict(self.scope["headers"])
        genuine = is_genuine_handshake(
            token=settings.TWILIO_AUTH_TOKEN,
            url=media_url(),
            signature=headers.get(b"x-twilio-signature", b"").decode("latin-1"),
        )
        if not genuine:
            logger.warning("unsigned media socket refused")
            await self.send({"type": "websocket.close"})  # before accept: HTTP 403
            raise StopConsumer
        await self.send({"type": "websocket.accept"})

    async def receive(self, message: dict[str, Any]) -> None:
        text = message.get("text") or ""
        try:
            parsed = self._parse(text)
        # Python's own limit on nesting speaks up as RecursionError.
        except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError):
            await self._count_bad()
            return
        if isinstance(parsed, MediaFrame):
            if self.session is not None and self.stream is not None:
                if self.stream.offset == 0.0:
                    self.stream.clock.hear(parsed.timestamp)
                self.session.hear(parsed)
            else:
                await self._count_bad()
        elif parsed.event == "start":
            await self._start(parsed.start)
        elif parsed.event == "stop":
            await self._finish("stop")
        elif not self._tell(parsed):
            await self._count_bad()

    def _tell(self, message: _Message) -> bool:
        """Pass on what else Twilio says; whether it was something that it says."""
        if message.event == "connected":
            return True
        if message.event == "mark" and message.mark is not None:
            if self.session is not None:
                self.session.marked(message.mark.name)
            return True
        if message.event == "dtmf" and message.dtmf is not None:
            known = message.dtmf.digit in _KEYS
            if self.session is not None and known:
                self.session.pressed(message.dtmf.digit)
            return known
        return False

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        await self._finish("closed")
        raise StopConsumer

    def _parse(self, text: str) -> MediaFrame | _Message:
        if len(text) > MAX_MESSAGE:
            raise ValueError("message too long")
        message = _decode(text)
        if message.event != "media":
            return message
        if message.media is None:
            raise ValueError("media without media")
        timestamp = int(message.media.timestamp)
        age = (timezone.now() - self.connected_at).total_seconds()
        if not 0 <= timestamp <= (age + MAX_EARLY_SECONDS) * 1000:
            raise ValueError("a frame of another time")
        return MediaFrame(
            track=message.media.track,
            timestamp=timestamp,
            payload=base64.b64decode(message.media.payload, validate=True),
        )

    async def _start(self, start: _Start | None) -> None:
        if start is None or self.session is not None or self.open_session is None:
            await self._count_bad()
            return
        opened = await database_sync_to_async(_open)(start, self.connected_at)
        if opened is None:
            logger.warning("stream %s has no right to its call", start.stream_sid)
            await self.send({"type": "websocket.close", "code": 1008})
            return
        logger.info("stream %s of call %s begins", start.stream_sid, opened.sid)
        self.stream = opened
        outlet = Outlet(start.stream_sid, self.send)
        self.session = await self.open_session(opened, outlet)
        # Neither outlives the socket: _finish awaits the one and ends the other.
        self.work = asyncio.create_task(self._work(self.session))  # noqa: TID251
        self.writing = asyncio.create_task(outlet.run())  # noqa: TID251

    async def _work(self, session: MediaSession) -> None:
        """Let the session work; where it breaks Twilio learns of it, and the call goes on."""
        try:
            await session.run()
        finally:
            if self.session is session:
                await self.send({"type": "websocket.close", "code": 1011})

    async def _finish(self, reason: str) -> None:
        session, work, stream = self.session, self.work, self.stream
        self.session = self.work = self.stream = None
        if session is None or work is None or stream is None:
            return
        try:
            # First, for the desk must know at once, and the last words take seconds.
            await database_sync_to_async(streams.close_stream)(
                call_id=stream.call_id,
                stream_sid=stream.stream_sid,
                lost=reason != "stop",
                answered_at=datetime.fromtimestamp(stream.clock.zero, UTC),
            )
        finally:
            if self.writing is not None:
                self.writing.cancel()
            await session.close(reason)
            await work

    async def _count_bad(self) -> None:
        self.bad += 1
        if self.bad == MAX_BAD_MESSAGES:
            logger.warning("media socket closed after %d bad messages", self.bad)
            await self.send({"type": "websocket.close", "code": 1007})


def _open(start: _Start, connected_at: datetime) -> MediaStart | None:
    call = streams.open_stream(
        call_sid=start.call_sid,
        stream_sid=start.stream_sid,
        token=start.custom_parameters.get("token", ""),
        connected_at=connected_at,
        tracks=start.tracks,
    )
    return None if call is None else _described(call, start, connected_at)


def _described(call: Call, start: _Start, connected_at: datetime) -> MediaStart:
    answered = call.answered_at or connected_at
    return MediaStart(
        call_id=call.pk,
        sid=call.sid,
        stream_sid=start.stream_sid,
        tracks=tuple(start.tracks),
        offset=(connected_at - answered).total_seconds(),
        clock=CallClock(zero=answered.timestamp()),
        agent_connected=call.agent_joined_at is not None,
        on_hold=call.held_at is not None,
        recording_paused=call.recording_paused_at is not None,
        two_way=call.stream_two_way,
        mode=call.mode,
        assistant_id=call.assistant_id,
    )
