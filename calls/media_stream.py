"""What Twilio says on one media socket, and what becomes of it; whose socket it is, is not known here.

Both doors (`calls.consumers`, `calls.media_server`) give it every message and have
nothing to decide but who gets in, which is asked here too.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Annotated, Final, Protocol

import msgspec
from channels.db import database_sync_to_async
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
MAX_MESSAGE: Final = 64 * 1024
MAX_BAD_MESSAGES: Final = 50
# A frame may be late and never early, but for the two clocks.
MAX_EARLY_SECONDS: Final = 10.0
_KEYS = frozenset("0123456789*#ABCD")

# Reasons of a socket's end.
NO_RIGHT: Final = 1008
BAD_MESSAGES: Final = 1007
BROKEN: Final = 1011

_CallSid = Annotated[str, msgspec.Meta(pattern="^CA[0-9a-zA-Z]{32}$")]
_StreamSid = Annotated[str, msgspec.Meta(pattern="^MZ[0-9a-zA-Z]{32}$")]


class _Start(msgspec.Struct, rename="camel"):
    call_sid: _CallSid
    stream_sid: _StreamSid
    tracks: list[str] = []
    custom_parameters: dict[str, str] = {}


class _Mark(msgspec.Struct):
    name: str


class _Dtmf(msgspec.Struct):
    digit: str


class _Message(msgspec.Struct, gc=False):
    event: str
    media: MediaFrame | None = None
    start: _Start | None = None
    mark: _Mark | None = None
    dtmf: _Dtmf | None = None


# Not strict: Twilio writes its numbers as texts.
_decode = msgspec.json.Decoder(_Message, strict=False).decode


class Socket(Protocol):
    """What the stream asks of the socket that it is on."""

    async def send(self, text: str) -> None:
        """Say this to Twilio; waits while Twilio does not listen."""

    async def close(self, code: int) -> None:
        """Say good-bye for this reason."""


def is_twilio(signature: str) -> bool:
    """Whether a handshake with this X-Twilio-Signature is Twilio's."""
    genuine = is_genuine_handshake(
        token=settings.TWILIO_AUTH_TOKEN, url=media_url(), signature=signature
    )
    if not genuine:
        logger.warning("unsigned media socket refused")
    return genuine


class MediaStream:
    """One socket's stream: from Twilio's JSON to the session, and back through an outlet.

    `take` is to be given the messages one after another: not the next one before what
    it returned has been awaited. `end` comes last, whoever has hung up.
    """

    def __init__(self, socket: Socket, *, open_session: OpenSession) -> None:
        self._socket = socket
        self._open_session = open_session
        self._session: MediaSession | None = None
        self._work: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._start: MediaStart | None = None
        self._bad = 0
        self._connected_at = timezone.now()
        # To the same moment, and nothing that sets the clock makes a frame early.
        self._connected = time.monotonic()
        # Milliseconds since the stream began that are not too early, as far as is known.
        self._latest = 0.0

    def take(self, message: str | bytes | memoryview) -> Awaitable[None] | None:
        """Hear one message. Sound is passed on at once; only what takes time is returned."""
        try:
            parsed = _decode(message) if len(message) <= MAX_MESSAGE else None
        # Python's own limit on nesting speaks up as RecursionError.
        except (msgspec.DecodeError, ValueError, RecursionError):
            return self._count_bad()
        if parsed is None:
            return self._count_bad()
        if parsed.event == "media":
            return self._hear(parsed.media)
        if parsed.event == "start":
            return self._begin(parsed.start)
        if parsed.event == "stop":
            return self.end("stop")
        return None if self._tell(parsed) else self._count_bad()

    def _hear(self, frame: MediaFrame | None) -> Awaitable[None] | None:
        session, start = self._session, self._start
        if frame is None or session is None or start is None:
            return self._count_bad()
        if frame.timestamp > self._latest and self._is_early(frame.timestamp):
            return self._count_bad()
        if start.offset == 0.0:
            start.clock.hear(frame.timestamp)
        session.hear(frame)
        return None

    def _is_early(self, timestamp: int) -> bool:
        age = time.monotonic() - self._connected
        self._latest = (age + MAX_EARLY_SECONDS) * 1000
        return timestamp > self._latest

    async def end(self, reason: str = "closed") -> None:
        """The stream is over: close what is open and wait for the session's last words."""
        session, work, start = self._session, self._work, self._start
        self._session = self._work = self._start = None
        if session is None or work is None or start is None:
            return
        try:
            # First, for the desk must know at once, and the last words take seconds.
            await database_sync_to_async(streams.close_stream)(
                call_id=start.call_id,
                stream_sid=start.stream_sid,
                lost=reason != "stop",
                answered_at=datetime.fromtimestamp(start.clock.zero, UTC),
            )
        finally:
            if self._writing is not None:
                self._writing.cancel()
            await session.close(reason)
            await work

    def _tell(self, message: _Message) -> bool:
        """Pass on what else Twilio says; whether it was something that it says."""
        if message.event == "connected":
            return True
        if message.event == "mark" and message.mark is not None:
            if self._session is not None:
                self._session.marked(message.mark.name)
            return True
        if message.event == "dtmf" and message.dtmf is not None:
            known = message.dtmf.digit in _KEYS
            if self._session is not None and known:
                self._session.pressed(message.dtmf.digit)
            return known
        return False

    def _begin(self, start: _Start | None) -> Awaitable[None] | None:
        if start is None or self._session is not None:
            return self._count_bad()
        return self._opened(start)

    async def _opened(self, start: _Start) -> None:
        opened = await database_sync_to_async(_open)(start, self._connected_at)
        if opened is None:
            logger.warning("stream %s has no right to its call", start.stream_sid)
            await self._socket.close(NO_RIGHT)
            return
        logger.info("stream %s of call %s begins", start.stream_sid, opened.sid)
        outlet = Outlet(start.stream_sid, self._socket.send)
        self._start = opened
        self._session = session = await self._open_session(opened, outlet)
        # Neither outlives the socket: `end` awaits the one and ends the other.
        self._work = asyncio.create_task(self._run(session))  # noqa: TID251
        self._writing = asyncio.create_task(outlet.run())  # noqa: TID251

    async def _run(self, session: MediaSession) -> None:
        """Let the session work; where it breaks Twilio learns of it, and the call goes on."""
        try:
            await session.run()
        finally:
            if self._session is session:
                await self._socket.close(BROKEN)

    def _count_bad(self) -> Awaitable[None] | None:
        self._bad += 1
        if self._bad != MAX_BAD_MESSAGES:
            return None
        logger.warning("media socket closed after %d bad messages", self._bad)
        return self._socket.close(BAD_MESSAGES)


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
