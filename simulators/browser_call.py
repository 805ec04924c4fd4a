"""One browser at the telephone network: its socket and its call; no message is judged."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from simulators.access_token import Grant
from simulators.browser_media import BrowserMedia
from simulators.twilio import Leg
from simulators.twilio.tasks import Tasks

log = logging.getLogger(__name__)

HEARTBEAT: Final = 5.0
BACK_WITHIN: Final = 5.0  # after a dropped socket, before the leg ends
Payload = dict[str, Any]


class Socket:
    """One browser's signalling connection."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self._ws = ws
        self.grant: Grant | None = None
        self.registered = False

    @property
    def identity(self) -> str | None:
        """Who it is, once its token was accepted."""
        return self.grant.identity if self.grant else None

    async def send(self, kind: str, payload: Payload) -> None:
        """Send a message; a socket that has gone is no error."""
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json(
                {"type": kind, "version": "1.6", "payload": payload}
            )

    async def close(self) -> None:
        """Close it from our side."""
        await self._ws.close()

    async def beat(self) -> None:
        """Keep the browser from believing that we are gone."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._ws.send_str("\n")
                await asyncio.sleep(HEARTBEAT)


class BrowserCall:
    """One leg whose far end is a browser; it is the leg's party."""

    def __init__(self, socket: Socket, tasks: Tasks, temporary: str = "") -> None:
        self.socket: Socket | None = socket
        self.media = BrowserMedia()
        self.temporary = temporary  # the browser's own name until it knows the SID
        self.token = secrets.token_hex(16)
        self.leg: Leg | None = None
        self.sdp = ""
        self._tasks = tasks
        self._is_answered = False
        self.when_over: Callable[[], None] = lambda: None

    # -- the leg's side ---------------------------------------------------------------

    def speak(self) -> bytes:
        """The browser's next 20 ms."""
        return self.media.speak()

    def hear(self, frame: bytes) -> None:
        """20 ms for the browser."""
        self.media.hear(frame)

    def answered(self) -> None:
        """Somebody took the call that the browser placed."""
        self._is_answered = True
        if self.sdp:  # otherwise the browser was called and has answered itself
            self._tasks.start(self.tell_answer(), f"answer to {self.temporary}")

    def ended(self, _status: str) -> None:
        """The leg is over."""
        self.when_over()
        self._tasks.start(self._say_goodbye(), "hang-up of a browser")

    # -- the browser's side -----------------------------------------------------------

    @property
    def sid(self) -> str:
        """The CallSid; empty until there is a leg."""
        return self.leg.sid if self.leg else ""

    async def tell_ringing(self) -> None:
        """The call is being placed."""
        await self._tell("ringing", {"callsid": self.sid})

    async def tell_answer(self) -> None:
        """The call is up; also what a browser hears that has come back."""
        if self._is_answered:
            await self._tell(
                "answer",
                {"callsid": self.sid, "sdp": self.sdp, "reconnect": self.token},
            )

    async def watch(self) -> None:
        """Hang up when the sound breaks off for good, as after a closed tab."""
        await self.media.lost.wait()
        if self.leg is not None:
            log.info("a browser's sound broke off on %s", self.leg.sid)
            self.leg.hangup()

    async def drop_unless_back(self) -> None:
        """The socket dropped: give the browser a few seconds to come back."""
        self.socket = None
        await asyncio.sleep(BACK_WITHIN)
        if self.socket is None and self.leg is not None:
            self.leg.hangup()

    async def _say_goodbye(self) -> None:
        await self._tell("hangup", {"callsid": self.sid})
        await self.media.close()

    async def _tell(self, kind: str, payload: Payload) -> None:
        if self.socket is not None:
            await self.socket.send(kind, payload)
