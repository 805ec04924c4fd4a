"""daphne, which on SIGTERM finishes what it has begun: `python -m callcenter.serve --port 8000`.

By itself daphne cuts sockets without a close frame and drops requests in flight.
"""

import asyncio
import logging
import os
import socket
import threading
import time
from typing import Any

from twisted.internet import asyncioreactor

from callcenter.loops import make_loop

# Twisted takes its reactor at the first import of it: before daphne.server. It has
# types, but not for this function.
asyncioreactor.install(make_loop())  # type: ignore[no-untyped-call]

from daphne.endpoints import build_endpoint_description_strings  # noqa: E402
from daphne.server import Server  # noqa: E402
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol  # noqa: E402
from twisted.internet import defer  # noqa: E402

from callcenter import garbage  # noqa: E402
from callcenter.listening import arguments, listen, refuse_if_misconfigured  # noqa: E402
from callcenter.messages import texts  # noqa: E402
from vendors.openai import clients  # noqa: E402

DRAIN_SECONDS = 8.0
SERVICE_RESTART = 1012
# Twilio's and the desk's messages stay far below this.
MAX_SOCKET_MESSAGE = 64 * 1024
# Bytes that may wait for a socket, beside what the system keeps for it. More than any
# desk is sent at once; whoever takes that little reads nothing.
MOST_WAITING = 4 * 1024 * 1024

logger = logging.getLogger(__name__)


class Socket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """A websocket that can say why it closes."""

    # What is too big or garbled is answered with a close code, not with a cut.
    failByDrop = False  # noqa: N815  its name
    # What has come and has not been looked at.
    data: bytes

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  its name
        """Messages that are nothing but text go straight to the application.

        By themselves they pass through some twenty methods of autobahn's, each; whatever
        is not as simple still does.
        """
        if (
            self.state == self.STATE_OPEN
            and self.current_frame is None
            and not self.inside_message
        ):
            found, data = texts(self.data + data)
            self.data = b""
            if found:
                self.last_ping = time.time()
            for text in found:
                self.application_queue.put_nowait(
                    {"type": "websocket.receive", "text": text}
                )
        if data:
            self._dataReceived(data)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  daphne's name
        """By itself daphne raises for every code between 1001 and 2999."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=1000 if code is None else code)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """What is the same for a thousand sockets comes with its frame (copilot.hub)."""
        frame = message.get("frame")
        if frame is None or self.state != self.STATE_OPEN:
            super().handle_reply(message)
        else:
            self.sendData(frame)

    def sendData(  # noqa: N802  its name
        self,
        data: bytes,
        sync: bool = False,  # noqa: FBT001, FBT002  its signature
        chopsize: int | None = None,
    ) -> None:
        """Straight into the socket if nothing waits before it.

        Twisted's own way has the poll changed twice and comes back later for each message.
        """
        transport = self.transport
        waiting = self.send_queue or transport._tempDataBuffer or transport.dataBuffer
        if waiting and self._waits_for_nobody():
            return
        if sync or chopsize or waiting or not transport.connected:
            super().sendData(data, sync, chopsize)
            return
        sent = transport.writeSomeData(data)
        if not isinstance(sent, int):  # lost, which Twisted finds out for itself
            sent = 0
        if sent < len(data):
            super().sendData(data[sent:])

    def _waits_for_nobody(self) -> bool:
        """Cut a socket for which too much waits: it can come back, and catch up.

        Without a close frame, which would have to wait behind all the rest. By itself
        Twisted keeps whatever it is given, without end.
        """
        transport = self.transport
        waiting = transport._tempDataLen + len(transport.dataBuffer) - transport.offset
        if waiting <= MOST_WAITING:
            return False
        if transport.connected:
            logger.warning("a socket that reads nothing is cut: %d bytes wait", waiting)
            transport.abortConnection()
        return True


class DrainingServer(Server):  # type: ignore[misc]  # daphne has no types
    """Says good-bye to its sockets and lets handlers come to their end before it stops."""

    def kill_all_applications(self) -> Any:
        for protocol in tuple(self.connections):
            if isinstance(protocol, Socket):
                protocol.serverClose(code=SERVICE_RESTART)
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drained()))

    async def _drained(self) -> None:
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        if running:
            _done, late = await asyncio.wait(running, timeout=DRAIN_SECONDS)
            for application in late:
                application.cancel()
        await clients.close()


def main() -> None:
    options = arguments(__doc__)
    # Its threads come and go, and a new connection for each look would cost more than
    # the look.
    os.environ.setdefault("DATABASE_POOL", "true")
    from callcenter.asgi import application

    refuse_if_misconfigured()
    threading.Thread(target=_warm_up, daemon=True).start()
    serve(application, listen(options.host, options.port, shared=options.shared))


def _warm_up() -> None:
    clients.warm_up()
    garbage.settle()


def serve(application: Any, listening: socket.socket) -> None:
    """Until SIGTERM or Ctrl-C, and then until what has begun is done."""
    WebSocketFactory.protocol = Socket
    DrainingServer(
        application=application,
        endpoints=build_endpoint_description_strings(
            file_descriptor=listening.fileno()
        ),
        server_name="",
        websocket_max_message_size=MAX_SOCKET_MESSAGE,
        websocket_max_frame_size=MAX_SOCKET_MESSAGE,
    ).run()


if __name__ == "__main__":
    main()
