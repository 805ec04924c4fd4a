"""The vendors' open websockets, so that stopping the simulators closes them properly."""

import contextlib
from collections.abc import Iterator

from aiohttp import WSCloseCode, web

Sockets = dict[int, web.WebSocketResponse]
OPEN: web.AppKey[Sockets] = web.AppKey("open websockets", dict)


def install(app: web.Application) -> None:
    app[OPEN] = {}
    app.on_shutdown.append(_close)


@contextlib.contextmanager
def kept(request: web.Request, socket: web.WebSocketResponse) -> Iterator[None]:
    """While inside, the socket is told when the simulators stop."""
    opened = request.app[OPEN]
    opened[id(socket)] = socket
    try:
        yield
    finally:
        opened.pop(id(socket), None)


async def _close(app: web.Application) -> None:
    for socket in list(app[OPEN].values()):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"Server is stopping")
