"""Somebody's web server with a recording on it, to be named to the product as a foreign address."""

import asyncio
import io
from functools import cache

from aiohttp import web

from audio import mulaw, wav
from simulators import voices

WORDS = "Hello, where is my lamp? I have waited for a week."


def add_routes(app: web.Application) -> None:
    """`GET /elsewhere/audio.wav`."""
    app.router.add_get("/elsewhere/audio.wav", _recording)


async def _recording(_request: web.Request) -> web.Response:
    content = await asyncio.to_thread(_rendered)
    return web.Response(body=content, content_type="audio/wav")


@cache
def _rendered() -> bytes:
    file = io.BytesIO()
    wav.write(file, [mulaw.decode(voices.render(WORDS).mulaw)])
    return file.getvalue()
