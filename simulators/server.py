"""The one application that plays every vendor on one port; each brings its routes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from simulators import cast, elsewhere, faults, sockets
from simulators.assemblyai import routes as assemblyai
from simulators.openai import routes as openai
from simulators.twilio import Engine

BIGGEST_BODY = 4 * 1024 * 1024
STOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """Where we listen, where the product listens, where files are kept, who plays.

    `colleagues` are user names of the product that simulated agents log in with.
    """

    port: int
    web: str
    data: Path
    callers: bool = False
    colleagues: tuple[str, ...] = ()
    password: str = ""


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def build(config: Config) -> web.Application:
    """The whole outside as one application."""
    app = web.Application(middlewares=[faults.middleware], client_max_size=BIGGEST_BODY)
    app.router.add_get("/_sim/healthz", _healthz)
    sockets.install(app)
    faults.add_routes(app)
    elsewhere.add_routes(app)
    # Before OpenAI, whose paths end in one that takes all that is left.
    assemblyai.add_routes(app, data=config.data / "assemblyai")
    openai.add_routes(app)
    _telephony(app, config)
    return app


def _telephony(app: web.Application, config: Config) -> None:
    engine = Engine(
        web_url=config.web,
        data_dir=config.data / "twilio",
        api_url=f"http://127.0.0.1:{config.port}",
        faults=faults,
    )
    engine.add_routes(app)
    cast.install(
        app,
        engine=engine,
        web_url=config.web,
        colleagues=config.colleagues,
        password=config.password,
        callers=config.callers,
    )

    async def droppable(_: web.Application) -> AsyncIterator[None]:
        with faults.board.cuttable(
            "twilio", faults.MEDIA_STREAMS, engine.exchange.drop_streams
        ):
            yield

    async def close(_: web.Application) -> None:
        await engine.close()

    app.cleanup_ctx.append(droppable)

    # After the people have left, so that their calls end as calls and not as errors.
    app.on_cleanup.append(close)


async def serve(config: Config) -> AsyncIterator[None]:
    """Listen on loopback until the caller is done; OSError when the port is taken."""
    runner = web.AppRunner(
        build(config),
        access_log=None,
        shutdown_timeout=STOP_SECONDS,
        handler_cancellation=True,
    )
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", config.port).start()
        yield
    finally:
        await runner.cleanup()
