"""The work in a consumer as Channels' documentation writes it, on daphne as it comes.

`daphne bench.media.references.stock:application`.
"""

import django

django.setup()  # what follows needs the apps

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

from bench.media.references.work import Work  # noqa: E402


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One call."""

    async def connect(self) -> None:
        self.work = Work()
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data:
            await self.work.take(text_data)

    async def disconnect(self, code: int) -> None:
        await self.work.close()


application = ProtocolTypeRouter({"websocket": Consumer.as_asgi()})
