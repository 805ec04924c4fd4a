"""The media door that Channels opens: its socket, and nothing else; see `calls.media_stream`."""

from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from calls.media import OpenSession
from calls.media_stream import MediaStream, is_twilio


class MediaConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One stream. Built with `as_asgi(open_session=…)`, so that this room knows no copilot."""

    # No channel layer: a restart of Redis must not cut live calls.
    channel_layer_alias = "none"
    open_session: OpenSession | None = None

    def __init__(self, *, open_session: OpenSession) -> None:
        self.stream = MediaStream(_Socket(self), open_session=open_session)

    async def __call__(self, *args: Any) -> None:
        """With a thread of its own for the database: one call waits for no other's query."""
        async with ThreadSensitiveContext():
            await super().__call__(*args)

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
