"""The media door that Channels opens: its socket, and nothing else; see `calls.media_stream`."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from calls.media import OpenSession
from calls.media_stream import MediaStream, is_twilio

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class MediaConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One stream. Built with `as_asgi(open_session=…)`, so that this room knows no copilot."""

    open_session: OpenSession | None = None

    def __init__(self, *, open_session: OpenSession) -> None:
        self.stream = MediaStream(_Socket(self), open_session=open_session)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One message after the other, with a thread of its own for the database.

        Channels' way has a task for each message, which may also come from a channel
        layer. There is none: a restart of Redis must not cut live calls.
        """
        self.scope, self.base_send = scope, send
        with contextlib.suppress(StopConsumer):
            async with ThreadSensitiveContext():
                while True:
                    await self.dispatch(await receive())

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Frames go straight to the stream: Channels' way takes a thread hop for each."""
        if message["type"] != "websocket.receive":
            await super().dispatch(message)
        elif (more := self.stream.take(message.get("text") or "")) is not None:
            await more

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        headers = dict(self.scope["headers"])
        if not is_twilio(headers.get(b"x-twilio-signature", b"").decode("latin-1")):
            await self.send({"type": "websocket.close"})  # before accept: HTTP 403
            raise StopConsumer
        await self.send({"type": "websocket.accept"})

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        await self.stream.end()
        raise StopConsumer


class _Socket:
    """The consumer's socket, as the stream wants it."""

    def __init__(self, consumer: MediaConsumer) -> None:
        self._consumer = consumer

    async def send(self, text: str) -> None:
        await self._consumer.send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        await self._consumer.send({"type": "websocket.close", "code": code})
