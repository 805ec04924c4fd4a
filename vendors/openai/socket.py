"""A websocket to OpenAI: texts out, texts in, until it is lost; what they say is not known here.

The SDK opens such a socket too, on `websockets`. There a message of sound costs three times
as much (30 µs instead of 11) and a connection more than twice (6.9 ms instead of 2.8).
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport

# A ping after so many seconds without a word, and as many for the answer.
_PING_SECONDS: Final = 10.0
# How long the other side may take to answer a close.
_GOOD_BYE_SECONDS: Final = 1.0
_TEXT: Final = WSMsgType.TEXT
_SCHEMES: Final = {"http": "ws", "https": "wss"}


class Socket(WSListener):
    """One connection. Nothing is sent once it is lost, which only `receive` tells.

    `is_writable` says whether the other side takes as much as it is sent; when it does
    again after a while, `on_writable` is called.
    """

    def __init__(self, on_writable: Callable[[], None]) -> None:
        self.is_writable = True
        self._on_writable = on_writable
        self._transport: WSTransport | None = None
        self._came: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pieces = b""
        self._lost = False

    def send(self, text: bytes) -> None:
        """Send it, or keep it until the other side takes it."""
        if self._transport is not None and not self._lost:
            self._transport.send(_TEXT, text)

    async def receive(self) -> bytes:
        """The next text. Raises `ConnectionError` once the connection is lost."""
        if self._lost and self._came.empty():
            raise ConnectionResetError("The socket is closed.")
        text = await self._came.get()
        if text is None:
            raise ConnectionResetError("The socket is closed.")
        return text

    async def close(self) -> None:
        """Say good-bye, and wait a moment for the answer."""
        if self._transport is None:
            return
        self._transport.send_close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOOD_BYE_SECONDS):
                await self._transport.wait_disconnected()
        self._transport.disconnect(graceful=False)

    # What picows tells.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in {_TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION}:
            self._pieces += frame.get_payload_as_bytes()
            if frame.fin:
                self._came.put_nowait(self._pieces)
                self._pieces = b""

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self._lost = True
        self._came.put_nowait(None)

    def pause_writing(self) -> None:
        self.is_writable = False

    def resume_writing(self) -> None:
        self.is_writable = True
        self._on_writable()


@contextlib.asynccontextmanager
async def connected(
    address: str,
    headers: Mapping[str, str],
    *,
    within: float,
    on_writable: Callable[[], None],
) -> AsyncIterator[Socket]:
    """A socket to this address (http or https), open `within` seconds, until the block ends.

    Raises `TimeoutError`, `OSError` and `picows.WSError`.
    """
    parts = urlsplit(address)
    async with asyncio.timeout(within):
        _transport, socket = await picows.ws_connect(
            lambda: Socket(on_writable),
            parts._replace(scheme=_SCHEMES[parts.scheme]).geturl(),
            ssl_context=_certificates() if parts.scheme == "https" else None,
            websocket_handshake_timeout=None,
            extra_headers=headers,
            max_redirects=0,
            proxy=_proxy(parts.scheme, parts.hostname or ""),
            enable_auto_ping=True,
            auto_ping_idle_timeout=_PING_SECONDS,
            auto_ping_reply_timeout=_PING_SECONDS,
        )
    assert isinstance(socket, Socket)  # noqa: S101  we made it
    try:
        yield socket
    finally:
        await socket.close()


def _proxy(scheme: str, host: str) -> str | None:
    """Through whom this machine's environment wants it to go."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


@cache
def _certificates() -> ssl.SSLContext:
    """Reading every root certificate takes tens of milliseconds: once is enough."""
    return ssl.create_default_context()
