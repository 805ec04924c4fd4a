"""The socket of a realtime transcription session: reads messages, paces events; what
they say is decided elsewhere.
"""

import asyncio
import json
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from simulators import sockets
from simulators.openai.errors import RefusedError
from simulators.openai.transcription import Session, error

LARGEST_MESSAGE = 24 * 1024 * 1024

NO_MODEL = RefusedError("You must provide a model parameter.", code="missing_model")
BETA = RefusedError(
    "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA"
    " API.",
    code="beta_api_shape_disabled",
)
CONVERSATION = RefusedError(
    "Passing a transcription session update event to a realtime session is not"
    " allowed.",
    "session.type",
    "invalid_value",
)


async def connect(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise RefusedError("This endpoint takes websocket connections only.")
    socket = web.WebSocketResponse(
        max_msg_size=LARGEST_MESSAGE, protocols=("realtime",), compress=False
    )
    await socket.prepare(request)
    with sockets.kept(request, socket):
        if "OpenAI-Beta" in request.headers:
            await _turned_away(socket, BETA)
        elif "model" in request.query:
            await _conversation(socket, request.query["model"])
        elif request.query.get("intent") != "transcription":
            await _turned_away(socket, NO_MODEL)
        else:
            await _transcribe(socket)
    return socket


async def _transcribe(socket: web.WebSocketResponse) -> None:
    session = Session()
    await _send(socket, session.opened())
    async with asyncio.TaskGroup() as group:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                wrong = RefusedError("Binary messages are not supported.")
                await _send(socket, error(wrong))
                continue
            out = session.receive(message.data)
            for event in out.now:
                await _send(socket, event)
            for steps in out.later:
                group.create_task(_play(socket, steps))


async def _play(
    socket: web.WebSocketResponse, steps: list[tuple[float, dict[str, Any]]]
) -> None:
    for pause, event in steps:
        await asyncio.sleep(pause)
        if not await _send(socket, event):
            return


async def _conversation(socket: web.WebSocketResponse, model: str) -> None:
    """A model in the address makes a conversation, which no update can turn round."""
    session = {
        "type": "realtime",
        "object": "realtime.session",
        "id": f"sess_{uuid4().hex[:21]}",
        "model": model,
        "output_modalities": ["audio"],
    }
    await _send(socket, {"type": "session.created", "session": session})
    async for message in socket:
        try:
            given = json.loads(message.data)
        except (ValueError, TypeError):
            given = {}
        told = given.get("event_id") if isinstance(given, dict) else None
        if '"transcription"' in str(message.data):
            await _send(socket, error(CONVERSATION, told))
        else:
            why = "The simulator holds no spoken conversations, only transcription."
            await _send(socket, error(RefusedError(why), told))


async def _turned_away(socket: web.WebSocketResponse, why: RefusedError) -> None:
    await _send(socket, error(why))
    await socket.close(code=4000, message=f"{why.type}.{why.code}".encode())


async def _send(socket: web.WebSocketResponse, event: dict[str, Any]) -> bool:
    """Send one event; False when the client has gone."""
    if socket.closed:
        return False
    try:
        await socket.send_json({"event_id": f"event_{uuid4().hex[:21]}", **event})
    except ConnectionError:
        return False
    return True
