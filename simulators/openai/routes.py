"""The paths of the played OpenAI; each handler lives with its subject."""

from aiohttp import web

from simulators.openai import embeddings, models, realtime, responses, speech
from simulators.openai.errors import RefusedError, guarded


async def _nowhere(request: web.Request) -> web.Response:
    raise RefusedError(f"Invalid URL ({request.method} {request.path})", status=404)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/v1/models", guarded(models.listed))
    app.router.add_get("/v1/models/{model}", guarded(models.one))
    app.router.add_post("/v1/embeddings", guarded(embeddings.create))
    app.router.add_post("/v1/audio/speech", guarded(speech.create))
    app.router.add_post("/v1/responses", guarded(responses.create))
    app.router.add_get("/v1/realtime", guarded(realtime.connect))
    app.router.add_route("*", "/v1/{rest:.*}", guarded(_nowhere))
