"""The socket to OpenAI, against another library's server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import picows
import pytest
from websockets.asyncio.server import ServerConnection, serve

from vendors.openai.socket import Socket, connected

Answer = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def to_a_server(
    answer: Answer, on_writable: Callable[[], None] = lambda: None
) -> AsyncIterator[Socket]:
    async with serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        headers = {"Authorization": "Bearer key"}
        address = f"http://127.0.0.1:{port}/v1"
        async with connected(
            address, headers, within=5, on_writable=on_writable
        ) as socket:
            yield socket


async def test_texts_go_both_ways_in_their_order() -> None:
    async def echo(vendor: ServerConnection) -> None:
        assert vendor.request is not None
        await vendor.send(vendor.request.headers["Authorization"])
        async for text in vendor:
            await vendor.send(text)

    async with to_a_server(echo) as socket:
        assert await socket.receive() == b"Bearer key"
        for number in range(3):
            socket.send(b"text %d" % number)
        assert [await socket.receive() for _ in range(3)] == [
            b"text 0",
            b"text 1",
            b"text 2",
        ]


async def test_a_text_in_pieces_is_one() -> None:
    async def answer(vendor: ServerConnection) -> None:
        await vendor.send(["in ", "three ", "pieces"])
        await vendor.send("and another")

    async with to_a_server(answer) as socket:
        assert await socket.receive() == b"in three pieces"
        assert await socket.receive() == b"and another"


async def test_what_came_before_the_end_is_heard_and_then_the_end() -> None:
    async def answer(vendor: ServerConnection) -> None:
        await vendor.send("good-bye")
        await vendor.close()

    async with to_a_server(answer) as socket:
        await asyncio.sleep(0.05)
        assert await socket.receive() == b"good-bye"
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await socket.receive()
        socket.send(b"too late")


async def test_it_is_told_whether_the_other_side_takes_what_it_is_sent() -> None:
    reads, writable = asyncio.Event(), asyncio.Event()

    async def answer(vendor: ServerConnection) -> None:
        vendor.transport.pause_reading()
        await reads.wait()
        vendor.transport.resume_reading()
        async for _ in vendor:
            pass

    async with to_a_server(answer, writable.set) as socket, asyncio.timeout(10):
        while socket.is_writable:
            socket.send(bytes(64 * 1024))
        assert not writable.is_set()
        reads.set()
        await writable.wait()
        assert socket.is_writable


async def test_who_does_not_answer_in_time_is_not_waited_for() -> None:
    async def silent(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TimeoutError):
        async with connected(
            f"http://127.0.0.1:{port}/", {}, within=0.05, on_writable=bool
        ):
            pass
    server.close()


async def test_a_page_is_no_socket() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(picows.WSInvalidStatusError):
        async with connected(
            f"http://127.0.0.1:{port}/", {}, within=5, on_writable=bool
        ):
            pass
    server.close()
