"""The one application that plays every vendor on one port; each vendor brings its own
routes.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from simulators import faults, sockets
from simulators.assemblyai import routes as assemblyai
from simulators.openai import routes as openai

BIGGEST_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """Where we listen, where the product listens, and where files are kept."""

    port: int
    web: str
    data: Path
    callers: bool = False


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def build(config: Config) -> web.Application:
    """The whole outside as one application."""
    config.data.mkdir(parents=True, exist_ok=True)
    app = web.Application(middlewares=[faults.middleware], client_max_size=BIGGEST_BODY)
    app.router.add_get("/_sim/healthz", _healthz)
    faults.add_routes(app)
    sockets.install(app)
    openai.add_routes(app)
    assemblyai.add_routes(app, data=config.data / "assemblyai")
    return app


async def serve(config: Config) -> AsyncIterator[None]:
    """Listen on loopback until the caller is done; OSError when the port is taken."""
    runner = web.AppRunner(
        build(config), access_log=None, shutdown_timeout=1.0, handler_cancellation=True
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", config.port).start()
        yield
    finally:
        await runner.cleanup()
