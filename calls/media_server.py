"""The media door for density: its own process, whose sockets picows reads; see `calls.media_stream`.

It serves Twilio's media path, `/healthz` and the pages that it was given, and nothing else.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, NamedTuple, cast

import picows
from asgiref.sync import ThreadSensitiveContext
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

from calls.addresses import MEDIA_PATH
from calls.media import OpenSession
from calls.media_stream import BROKEN, MAX_MESSAGE, MediaStream, is_twilio

logger = logging.getLogger(__name__)

HEALTH_PATH: Final = "/healthz"
# How long a session may take for its last words when the process ends.
DRAIN_SECONDS: Final = 8.0
# How long the other side may take to answer a close.
_GOOD_BYE_SECONDS: Final = 1.0
# What Twilio does not take within that many bytes waits with us.
_SENT_AHEAD: Final = 64 * 1024
# What is a little too long is counted by the stream; what is more ends the socket.
_LONGEST_FRAME: Final = 4 * MAX_MESSAGE
# Of a process, for all its calls' rows. They share the interpreter with the sound: with
# one for each call it was kept waiting by all of them in turn.
_DATABASE_THREADS: Final = 4
_TEXT: Final = WSMsgType.TEXT


class Answer(NamedTuple):
    """What a page says."""

    status: HTTPStatus
    headers: Mapping[str, str]
    body: bytes = b""


# From a request's headers. It must not wait: sound would wait with it.
Page = Callable[[Mapping[str, str]], Answer]


class MediaServer:
    """All sockets of this process, from the first handshake until the last session's end.

    `pages` are what it answers besides, by their paths.
    """

    def __init__(
        self, *, open_session: OpenSession, pages: Mapping[str, Page] | None = None
    ) -> None:
        self._open_session = open_session
        self._pages = {HEALTH_PATH: _is_well, **(pages or {})}
        self._server: asyncio.Server | None = None
        self._sockets: dict[asyncio.Task[None], _Socket] = {}
        self._threads = deque(
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
            for _ in range(_DATABASE_THREADS)
        )

    async def listen(self, listening: socket.socket) -> None:
        """Take connections from this socket."""
        self._server = await picows.ws_create_server(
            self._greet,
            sock=listening,
            max_frame_size=_LONGEST_FRAME,
            # A caller's network may be away for a while, and the call be there still.
            enable_auto_ping=False,
        )

    async def close(self, code: int = WSCloseCode.SERVICE_RESTART.value) -> None:
        """Say good-bye to Twilio, and let the sessions come to their end."""
        if self._server is not None:
            self._server.close()
        for each in self._sockets.values():
            await each.close(code)
        if self._sockets:
            _done, late = await asyncio.wait(self._sockets, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
        for thread in self._threads:
            thread.shutdown(wait=False)

    @property
    def open(self) -> int:
        """How many sockets are open, or not yet done with."""
        return len(self._sockets)

    def _greet(
        self, request: WSUpgradeRequest
    ) -> "_Socket | WSUpgradeResponseWithListener | None":
        path = request.path.partition(b"?")[0].decode("latin-1")
        page = self._pages.get(path)
        if page is not None:
            return WSUpgradeResponseWithListener(_response(page(request.headers)), None)
        if path != MEDIA_PATH:
            return None  # HTTP 404
        if not is_twilio(request.headers.get("X-Twilio-Signature", "")):
            return WSUpgradeResponseWithListener(
                WSUpgradeResponse.create_error_response(403), None
            )
        self._threads.rotate()
        return _Socket(self._open_session, self._sockets, self._threads[0])


def _is_well(_headers: Mapping[str, str]) -> Answer:
    return Answer(HTTPStatus.OK, {}, b"ok")


def _response(answer: Answer) -> WSUpgradeResponse:
    response = WSUpgradeResponse.create_ok_response(answer.body, answer.headers)
    response.status = answer.status
    return cast("WSUpgradeResponse", response)


class _Socket(WSListener):
    """One of Twilio's sockets. What takes time is done by its task, in the order it came in."""

    def __init__(
        self,
        open_session: OpenSession,
        sockets: "dict[asyncio.Task[None], _Socket]",
        thread: Executor,
    ) -> None:
        self._stream = MediaStream(self, open_session=open_session)
        self._sockets = sockets
        self._thread = thread
        self._transport: WSTransport | None = None
        # What the task does now, and the messages that came meanwhile.
        self._slow: Awaitable[None] | None = None
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._gone = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._pieces = b""

    # What picows tells.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(_SENT_AHEAD)
        # Known to the server until it is done; see MediaServer.close.
        task = asyncio.get_running_loop().create_task(self._follow())
        self._sockets[task] = self
        task.add_done_callback(self._sockets.pop)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin:
            if self._slow is None:
                # In the buffer where it lies: a copy is made of the sound alone.
                self._take(frame.get_payload_as_memoryview())
            else:
                self._waiting.append(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif kind in {_TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION}:
            self._join(frame)

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self._gone = True
        self._writable.set()
        self._news.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What the stream asks for.

    async def send(self, text: str) -> None:
        await self._writable.wait()
        if self._transport is not None and not self._gone:
            self._transport.send(_TEXT, text.encode())

    async def close(self, code: int) -> None:
        if self._transport is not None and not self._gone:
            self._transport.send_close(WSCloseCode(code))
            # Twilio answers with the same, and then the connection ends.
            loop = asyncio.get_running_loop()
            loop.call_later(_GOOD_BYE_SECONDS, self._transport.disconnect)

    # In between.

    def _join(self, frame: WSFrame) -> None:
        """A message in pieces, which Twilio never sends, or bytes, which are no message."""
        self._pieces += frame.get_payload_as_bytes()[: MAX_MESSAGE + 1]
        if not frame.fin:
            self._pieces = self._pieces[: MAX_MESSAGE + 1]
            return
        whole, self._pieces = self._pieces, b""
        if self._slow is None:
            self._take(whole)
        else:
            self._waiting.append(whole)

    def _take(self, message: bytes | memoryview) -> None:
        self._slow = self._stream.take(message)
        if self._slow is not None and self._transport is not None:
            # What is in the buffer still comes: hence `_waiting`.
            self._transport.underlying_transport.pause_reading()
            self._news.set()

    async def _follow(self) -> None:
        """From the handshake to the session's end, with one thread for its rows, which keep their order."""
        async with ThreadSensitiveContext(executor=self._thread):
            try:
                while not self._gone:
                    await self._news.wait()
                    self._news.clear()
                    await self._catch_up()
            except Exception:
                await self.close(BROKEN)
                raise
            finally:
                await self._stream.end()

    async def _catch_up(self) -> None:
        while self._slow is not None:
            await self._slow
            self._slow = None
            while self._waiting and self._slow is None:
                self._slow = self._stream.take(self._waiting.popleft())
        if self._transport is not None and not self._gone:
            self._transport.underlying_transport.resume_reading()
