"""A vendor that says, byte by byte, what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Play = Callable[["Answer"], Awaitable[None]]


@dataclass
class Answer:
    """One answer on its way."""

    request: web.Request
    response: web.StreamResponse

    async def begin(self, content_type: str, **headers: str) -> None:
        self.response.headers.update(headers)
        self.response.content_type = content_type
        await self.response.prepare(self.request)

    async def send(self, data: bytes) -> None:
        await self.response.write(data)

    async def events(self, *events: object) -> None:
        """Server-sent events, each given as what its JSON says."""
        for event in events:
            await self.send(f"data: {json.dumps(event)}\n\n".encode())

    async def hang(self) -> None:
        """Be silent, with the connection open, until the other side closes it."""
        await asyncio.Event().wait()

    def drop(self) -> None:
        """Cut the connection."""
        assert self.request.transport is not None
        self.request.transport.abort()


@dataclass
class Vendor:
    """What is played next, what was asked so far, and who hung up on it."""

    url: str = ""
    plays: list[Play] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append({"path": request.path, **await request.json()})
        self.came.set()
        answer = Answer(request, web.StreamResponse())
        # The last one is played again to whoever asks again.
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        try:
            await play(answer)
        except asyncio.CancelledError:
            self.left.set()
            raise
        return answer.response


@asynccontextmanager
async def playing(*plays: Play) -> AsyncIterator[Vendor]:
    """A vendor on loopback, for as long as it is needed."""
    vendor = Vendor(plays=list(plays))
    app = web.Application()
    app.router.add_post("/{path:.*}", vendor.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield vendor
    finally:
        await runner.cleanup()
