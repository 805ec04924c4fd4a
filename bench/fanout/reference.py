"""The stock design: each socket is a member of the layer's group; no login, no database, the same server.

`python -m bench.fanout.reference --port N`.
"""

import argparse
from typing import Any

from callcenter.serve import serve  # isort: skip  # first: it takes Twisted's reactor
from callcenter.listening import listen

import django  # isort: skip

django.setup()  # what follows needs the settings

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

from bench.fanout.desks import STOCK  # noqa: E402


class Desk(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # no types
    """As the documentation of Channels has it."""

    groups = (STOCK,)

    async def wake(self, event: dict[str, Any]) -> None:
        """What was sent to the group."""
        await self.send_json(event["message"])

    async def receive_json(self, content: object, **_: object) -> None:
        """A heartbeat."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    application = ProtocolTypeRouter({"websocket": Desk.as_asgi()})
    serve(application, listen("127.0.0.1", options.port, shared=False))


if __name__ == "__main__":
    main()
