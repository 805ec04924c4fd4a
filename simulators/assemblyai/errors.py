"""AssemblyAI's refusals in the vendor's shape; it decides nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from simulators import accounts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, eq=False)
class RefusedError(Exception):
    """A request the vendor would refuse."""

    message: str
    status: int = 400


def authorise(request: web.Request) -> None:
    """Let only the played account in, by its raw key."""
    if request.headers.get("Authorization") != accounts.ASSEMBLYAI_API_KEY:
        raise RefusedError("Authentication error, API token missing/invalid", 401)


def guarded(handler: Handler) -> Handler:
    """Authorise first, and answer a refusal in the vendor's shape."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            authorise(request)
            return await handler(request)
        except RefusedError as refused:
            return web.json_response({"error": refused.message}, status=refused.status)

    return guard
