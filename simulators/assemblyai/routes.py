"""The paths of the played AssemblyAI; each handler lives with its subject."""

from pathlib import Path

from aiohttp import web

from simulators.assemblyai.errors import RefusedError, guarded


async def _nowhere(_: web.Request) -> web.Response:
    raise RefusedError("Not found", 404)


def add_routes(app: web.Application, *, data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    app.router.add_route("*", "/v2/{rest:.*}", guarded(_nowhere))
