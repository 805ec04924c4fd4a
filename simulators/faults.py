"""Faults that can be switched on per vendor, and the door that makes them happen; it
decides nothing about the product.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Cut = Callable[[], object]

ANY_REQUEST = frozenset({"delay", "429", "500", "hang", "drop"})
CALLBACKS = frozenset({"duplicate", "reorder"})
# What happens on a two-way stream; a path that is given must be that of the streams.
STREAMS = frozenset({"marks_lost", "marks_twice", "cut_on_clear"})
MEDIA_STREAMS = "/media"
MODEL = frozenset(
    {
        "fabricate",
        "garbage",
        "incomplete",
        "obey",
        "ramble",
        "refuse",
        "wrong_language",
    }
)
SPEECH = frozenset({"odd", "garbage", "html", "empty", "stall"})
# A transcript that ends in the status error; that is never done; no JSON; JSON that is odd.
TRANSCRIPTS = frozenset({"error", "stuck", "garbage", "odd"})
KINDS = {
    "twilio": ANY_REQUEST | CALLBACKS | STREAMS,
    "openai": ANY_REQUEST | MODEL | SPEECH,
    "assemblyai": ANY_REQUEST | SPEECH | TRANSCRIPTS,
}
PREFIXES = {
    "/2010-04-01/": "twilio",
    "/signal": "twilio",
    "/v1/openai/": "assemblyai",
    "/v1/": "openai",
    "/v2/": "assemblyai",
    "/v3/": "assemblyai",
}
FOREVER = 3600.0


@dataclass(slots=True)
class Fault:
    """One fault in force: `left` requests more, or any number when None."""

    vendor: str
    kind: str
    seconds: float | None = None
    left: int | None = None
    path: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "kind": self.kind,
            "seconds": self.seconds,
            "count": self.left,
            "path": self.path,
        }


class Board:
    """The faults in force and the live sockets that a drop cuts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._sockets: dict[int, tuple[str, str, Cut]] = {}

    def listed(self) -> list[Fault]:
        return list(self._faults)

    def switch_on(self, fault: Fault) -> None:
        """Put a fault in force; a drop also cuts the sockets that are open now."""
        if fault.kind == "drop" and self._cut_live(fault):
            if fault.left is not None:
                fault.left -= 1
            if fault.left == 0:
                return
        self._faults.append(fault)

    def clear(self, vendor: str | None = None) -> None:
        self._faults = [f for f in self._faults if vendor and f.vendor != vendor]

    def take(self, vendor: str, path: str, kinds: frozenset[str]) -> Fault | None:
        """The first fault in force for this request, counted as used."""
        for fault in self._faults:
            if (
                fault.vendor == vendor
                and fault.kind in kinds
                and path.startswith(fault.path)
            ):
                self._use(fault)
                return fault
        return None

    @contextlib.contextmanager
    def cuttable(self, vendor: str, path: str, cut: Cut) -> Iterator[None]:
        """While inside, a drop of this vendor and path calls `cut` at once.

        A cut that answers 0 had nothing to cut, and does not use the fault up.
        """
        key = id(cut)
        self._sockets[key] = (vendor, path, cut)
        try:
            yield
        finally:
            self._sockets.pop(key, None)

    def _use(self, fault: Fault) -> None:
        if fault.left is None:
            return
        fault.left -= 1
        if fault.left <= 0:
            self._faults.remove(fault)

    def _cut_live(self, fault: Fault) -> bool:
        hit = [
            cut
            for vendor, path, cut in list(self._sockets.values())
            if vendor == fault.vendor and path.startswith(fault.path)
        ]
        # All of them, not only until the first that had something to cut.
        return any([cut() != 0 for cut in hit])  # noqa: C419


board = Board()


def callbacks(path: str = "") -> frozenset[str]:
    """What shall happen to Twilio's callback to `path`: any of duplicate, reorder."""
    return frozenset(
        kind for kind in CALLBACKS if board.take("twilio", path, frozenset({kind}))
    )


def stream(kind: str) -> bool:
    """Whether this shall happen to a two-way stream of Twilio's now."""
    return board.take("twilio", MEDIA_STREAMS, frozenset({kind})) is not None


def vendor_of(path: str) -> str | None:
    for prefix, vendor in PREFIXES.items():
        if path.startswith(prefix):
            return vendor
    return None


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the faults in force happen to this request."""
    vendor = vendor_of(request.path)
    if vendor is None:
        return await handler(request)
    fault = board.take(vendor, request.path, ANY_REQUEST)
    if fault is None:
        return await _served(request, handler, vendor)
    match fault.kind:
        case "429" | "500":
            return failure(vendor, int(fault.kind), fault.seconds)
        case "drop":
            return await _dropped(request, handler, fault)
        case "hang":
            await asyncio.sleep(fault.seconds or FOREVER)
        case _:
            await asyncio.sleep(1.0 if fault.seconds is None else fault.seconds)
    return await _served(request, handler, vendor)


async def _served(
    request: web.Request, handler: Handler, vendor: str
) -> web.StreamResponse:
    transport = request.transport
    if transport is None:
        return await handler(request)
    with board.cuttable(vendor, request.path, transport.abort):
        return await handler(request)


async def _dropped(
    request: web.Request, handler: Handler, fault: Fault
) -> web.StreamResponse:
    """Cut the connection in the middle of the answer, or of the stream, it carries."""
    transport = request.transport
    if transport is None:
        return await handler(request)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        transport.abort()
        return web.Response(status=500)
    cutting = asyncio.get_running_loop().call_later(
        fault.seconds or 0.3, transport.abort
    )
    response = await handler(request)
    cutting.cancel()
    if isinstance(response, web.Response) and not response.prepared:
        await _half(request, response)
    transport.abort()
    return response


async def _half(request: web.Request, response: web.Response) -> None:
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers=response.headers)
    half.content_length = max(len(body), 2)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])


def failure(vendor: str, status: int, retry_after: float | None) -> web.Response:
    """The vendor's own answer for too many requests and for its own failure."""
    headers = {}
    if status == 429 and vendor != "twilio":
        headers["retry-after"] = f"{1 if retry_after is None else retry_after:g}"
    return web.json_response(FAILURES[vendor][status], status=status, headers=headers)


FAILURES: dict[str, dict[int, dict[str, Any]]] = {
    "openai": {
        429: {
            "error": {
                "message": "Rate limit reached for requests. Please try again in 1s.",
                "type": "requests",
                "param": None,
                "code": "rate_limit_exceeded",
            }
        },
        500: {
            "error": {
                "message": "The server had an error while processing your request.",
                "type": "server_error",
                "param": None,
                "code": None,
            }
        },
    },
    "twilio": {
        429: {
            "code": 20429,
            "message": "Too Many Requests",
            "more_info": "https://www.twilio.com/docs/errors/20429",
            "status": 429,
        },
        500: {
            "code": 20500,
            "message": "Internal Server Error",
            "more_info": "https://www.twilio.com/docs/errors/20500",
            "status": 500,
        },
    },
    "assemblyai": {
        429: {"error": "Too many requests, please try again later."},
        500: {"error": "Server error, developers have been alerted."},
    },
}


def read(body: object) -> Fault:
    """A fault from the control door's JSON; ValueError says what is wrong with it."""
    if not isinstance(body, dict):
        raise ValueError("A fault is a JSON object.")  # noqa: TRY004  bad value sent
    vendor, kind = str(body.get("vendor")), str(body.get("kind"))
    if vendor not in KINDS:
        raise ValueError(f"vendor is one of {', '.join(sorted(KINDS))}.")
    if kind not in KINDS[vendor]:
        raise ValueError(f"kind is one of {', '.join(sorted(KINDS[vendor]))}.")
    seconds, count = body.get("seconds"), body.get("count")
    if seconds is not None and (not isinstance(seconds, int | float) or seconds < 0):
        raise ValueError("seconds is a number from 0.")
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError("count is a whole number from 1.")
    return Fault(vendor, kind, seconds, count, str(body.get("path") or ""))


async def _post(request: web.Request) -> web.Response:
    try:
        fault = read(await request.json())
    except ValueError as wrong:
        return web.json_response({"error": str(wrong)}, status=400)
    board.switch_on(fault)
    return web.json_response(fault.as_json(), status=201)


async def _get(_: web.Request) -> web.Response:
    return web.json_response({"faults": [f.as_json() for f in board.listed()]})


async def _delete(request: web.Request) -> web.Response:
    board.clear(request.query.get("vendor"))
    return web.json_response({"faults": [f.as_json() for f in board.listed()]})


def add_routes(app: web.Application) -> None:
    app.router.add_post("/_sim/faults", _post)
    app.router.add_get("/_sim/faults", _get)
    app.router.add_delete("/_sim/faults", _delete)
