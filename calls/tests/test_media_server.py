"""What the media server does beside its streams: it is asked how it is, and told to end."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from calls.addresses import media_url
from calls.media import MediaStart, Outlet
from calls.media_server import MediaServer
from calls.tests import doors
from calls.tests.test_media_doors import STREAM, Listener, call, media, start, until

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["call"]


@pytest.fixture
def sessions() -> list[Listener]:
    return []


@pytest.fixture
async def served(sessions) -> AsyncIterator[tuple[MediaServer, str]]:
    async def open_session(start: MediaStart, outlet: Outlet) -> Listener:
        sessions.append(Listener(start, outlet))
        return sessions[-1]

    async with doors.served(open_session) as (server, port):
        yield server, f"127.0.0.1:{port}"


async def twilio(address: str, sign) -> ClientConnection:
    return await connect(
        f"ws://{address}/ws/media/",
        additional_headers={"X-Twilio-Signature": sign(media_url(), {})},
        proxy=None,
    )


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/admin/", 404)])
async def test_it_says_that_it_is_well_and_serves_nothing_else(served, path, status):
    _server, address = served
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def look() -> int:
        try:
            with direct.open(f"http://{address}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    assert await asyncio.to_thread(look) == status


async def test_at_the_end_twilio_hears_why_and_the_session_finishes(
    served, sign, call, sessions
):
    server, address = served
    socket = await twilio(address, sign)
    await socket.send(start(call.stream_token))
    await socket.send(media())
    await until(lambda: sessions and sessions[0].frames)
    ending = asyncio.ensure_future(server.close())
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    await ending
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert (sessions[0].reason, server.open) == ("closed", 0)


async def test_a_message_in_pieces_is_one_message(served, sign, call, sessions):
    _server, address = served
    async with await twilio(address, sign) as socket:
        await socket.send(start(call.stream_token))
        text = media("20")
        await socket.send([text[:30], text[30:60], text[60:]])
        await until(lambda: sessions and sessions[0].frames)
        assert sessions[0].frames[0].timestamp == 20


async def test_twilio_that_takes_nothing_holds_up_only_its_own_sound(
    served, sign, call, sessions
):
    """What is said meanwhile waits in the outlet, where a clear can still forget it."""
    _server, address = served
    socket = await twilio(address, sign)
    await socket.send(start(call.stream_token))
    await until(lambda: sessions)
    socket.transport.pause_reading()
    for _ in range(400):
        sessions[0].outlet.play(b"\x7f" * 24_000)
    await asyncio.sleep(0.1)
    sessions[0].outlet.clear()
    await socket.send(media())
    await until(lambda: sessions[0].frames)
    socket.transport.resume_reading()
    said = [json.loads(await socket.recv())]
    while said[-1]["event"] != "clear":
        said.append(json.loads(await socket.recv()))
    assert len(said) < 400
    assert said[-1]["streamSid"] == STREAM
    await socket.close()
