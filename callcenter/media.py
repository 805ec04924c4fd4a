"""The media server, for density: `python -m callcenter.media --port 8000`; no desks, and of pages `/metrics`.

Twilio is sent to it where MEDIA_BASE_URL leads there; without it `callcenter.serve`
takes the media sockets too.
"""

import asyncio
import os
import signal
import socket

import django

from callcenter import garbage
from callcenter.listening import arguments, listen, refuse_if_misconfigured
from callcenter.loops import make_loop


def main() -> None:
    options = arguments(__doc__)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    # As in callcenter.serve: its threads come and go.
    os.environ.setdefault("DATABASE_POOL", "true")
    django.setup()
    refuse_if_misconfigured()
    listening = listen(options.host, options.port, shared=options.shared)
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(serve(listening))


async def serve(listening: socket.socket) -> None:
    """Until SIGTERM or Ctrl-C, and then until what has begun is done."""
    # They need the apps to be ready.
    from callcenter import metrics
    from calls.media_server import MediaServer
    from copilot.session import open_session
    from vendors.openai import clients

    await asyncio.to_thread(clients.warm_up)
    garbage.settle()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    here = listening.getsockname()[0]
    server = MediaServer(
        open_session=open_session,
        pages={"/metrics": lambda headers: metrics.of_process(headers, here)},
    )
    await server.listen(listening)
    await asked.wait()
    await server.close()
    await clients.close()


if __name__ == "__main__":
    main()
