"""The paths of the played AssemblyAI; each handler lives with its subject."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from simulators.assemblyai import speech, stream_socket, transcripts
from simulators.assemblyai.errors import RefusedError, guarded
from simulators.assemblyai.jobs import Jobs


async def _nowhere(_: web.Request) -> web.Response:
    raise RefusedError("Not found", 404)


async def _working(app: web.Application) -> AsyncIterator[None]:
    async with app[transcripts.JOBS].open():
        yield


def add_routes(app: web.Application, *, data: Path) -> None:
    for name in ("uploads", "redacted"):
        (data / name).mkdir(parents=True, exist_ok=True)
    app[transcripts.JOBS] = Jobs(data)
    app.cleanup_ctx.append(_working)
    one = "/v2/transcript/{id}"
    route = app.router
    route.add_post("/v2/upload", guarded(transcripts.upload))
    route.add_post("/v2/transcript", guarded(transcripts.create))
    route.add_get("/v2/transcript", guarded(transcripts.listed))
    route.add_get(one, guarded(transcripts.fetch))
    route.add_delete(one, guarded(transcripts.delete))
    route.add_get(f"{one}/sentences", guarded(transcripts.by_sentence))
    route.add_get(f"{one}/paragraphs", guarded(transcripts.by_paragraph))
    route.add_get(f"{one}/redacted-audio", guarded(transcripts.redacted_audio))
    route.add_get("/v3/ws", guarded(stream_socket.connect))
    route.add_post(speech.PATH, speech.guarded(speech.create))
    route.add_route("*", "/v2/{rest:.*}", guarded(_nowhere))
    route.add_get("/_sim/redacted/{name}", transcripts.redacted_file)
