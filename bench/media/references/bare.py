"""The work on a bare `websockets` server: `python -m bench.media.references.bare PORT`."""

import asyncio
import contextlib
import sys

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.media.references.work import Work


async def answer(twilio: ServerConnection) -> None:
    work = Work()
    with contextlib.suppress(ConnectionClosed):
        async for text in twilio:
            await work.take(text)
    await work.close()


async def main(port: int) -> None:
    async with serve(answer, "127.0.0.1", port, compression=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
