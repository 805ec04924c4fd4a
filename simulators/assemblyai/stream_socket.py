"""The socket of a streaming v3 session: passes messages both ways and closes with the
vendor's codes.
"""

import time
from typing import Any

from aiohttp import WSMsgType, web

from simulators import sockets
from simulators.assemblyai.errors import RefusedError
from simulators.assemblyai.streaming import ClosedError, Session, settings

LARGEST_MESSAGE = 1024 * 1024


async def connect(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise RefusedError("This endpoint takes websocket connections only")
    socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, compress=False)
    await socket.prepare(request)
    with sockets.kept(request, socket):
        try:
            await _talk(socket, Session(settings(request.query), time.time()))
        except ClosedError as closed:
            await _send(socket, [closed.as_json()])
            await socket.close(code=closed.code, message=str(closed).encode()[:120])
    return socket


async def _talk(socket: web.WebSocketResponse, session: Session) -> None:
    await _send(socket, [session.begin()])
    async for message in socket:
        if message.type is WSMsgType.BINARY:
            await _send(socket, session.audio(message.data))
        elif message.type is WSMsgType.TEXT:
            await _send(socket, session.message(message.data, time.time()))
        if session.ended:
            await socket.close()


async def _send(socket: web.WebSocketResponse, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        if socket.closed:
            return
        try:
            await socket.send_json(message)
        except ConnectionError:
            return
