"""The two media doors, dialled in one way: as Channels' own communicator does it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from channels.testing import WebsocketCommunicator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from calls.addresses import MEDIA_PATH
from calls.consumers import MediaConsumer
from calls.media import OpenSession
from calls.media_server import MediaServer


class Door(Protocol):
    """A door that is open."""

    def dial(self, signature: str) -> Any:
        """A socket that is not yet connected."""


class _Channels:
    def __init__(self, open_session: OpenSession) -> None:
        self._open_session = open_session

    def dial(self, signature: str) -> WebsocketCommunicator:
        return WebsocketCommunicator(
            MediaConsumer.as_asgi(open_session=self._open_session),
            MEDIA_PATH,
            headers=[(b"x-twilio-signature", signature.encode("latin-1"))],
        )


class _Dedicated:
    def __init__(self, server: MediaServer, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}{MEDIA_PATH}"
        self._server = server
        self._connected = 0

    def dial(self, signature: str) -> "RealSocket":
        return RealSocket(self, signature)

    def connected(self) -> None:
        self._connected += 1

    async def disconnected(self) -> None:
        """When the server has done with as many as are no longer connected."""
        self._connected -= 1
        for _ in range(1000):
            if self._server.open <= self._connected:
                return
            await asyncio.sleep(0.005)
        raise AssertionError("a session does not end")


class RealSocket:
    """What the tests use of a communicator, over the wire."""

    def __init__(self, door: _Dedicated, signature: str) -> None:
        self._door = door
        self._signature = signature
        self._socket: ClientConnection | None = None

    async def connect(self) -> tuple[bool, int | None]:
        headers = {"X-Twilio-Signature": self._signature}
        try:
            self._socket = await connect(
                self._door.url,
                additional_headers=headers,
                proxy=None,
                compression=None,
            )
        except InvalidStatus as refused:
            if refused.response.status_code != 403:
                raise
            return False, None
        self._door.connected()
        return True, None

    async def send_to(
        self, *, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self._open.send(bytes_data if text_data is None else text_data)

    async def receive_from(self) -> str:
        return str(await asyncio.wait_for(self._open.recv(), 2))

    async def receive_output(self) -> dict[str, Any]:
        try:
            text = await self.receive_from()
        except ConnectionClosed as closed:
            code = 1006 if closed.rcvd is None else closed.rcvd.code
            return {"type": "websocket.close", "code": code}
        return {"type": "websocket.send", "text": text}

    async def receive_nothing(self, timeout: float) -> bool:  # noqa: ASYNC109  as Channels has it
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._open.recv(), timeout)
            return False
        return True

    async def disconnect(self, code: int = 1000) -> None:
        """Without a close frame where the code says that there was none."""
        if code == 1006:
            self._open.transport.abort()
        else:
            await self._open.close(code)
        await self._open.wait_closed()
        await self._door.disconnected()

    @property
    def _open(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket


@contextlib.asynccontextmanager
async def _channels(open_session: OpenSession) -> AsyncIterator[Door]:
    yield _Channels(open_session)


@contextlib.asynccontextmanager
async def served(open_session: OpenSession) -> AsyncIterator[tuple[MediaServer, int]]:
    """The media server, and its port."""
    server = MediaServer(open_session=open_session)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        await server.listen(listening)
        try:
            yield server, listening.getsockname()[1]
        finally:
            await server.close()


@contextlib.asynccontextmanager
async def _dedicated(open_session: OpenSession) -> AsyncIterator[Door]:
    async with served(open_session) as (server, port):
        yield _Dedicated(server, port)


OpenDoor = Callable[[OpenSession], contextlib.AbstractAsyncContextManager[Door]]
DOORS: list[OpenDoor] = [_channels, _dedicated]
