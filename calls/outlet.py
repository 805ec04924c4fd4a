"""What we say on a two-way stream, in Twilio's messages: one writer, and silence overtakes all."""

import asyncio
import json
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[str], Awaitable[None]]


class Outlet:
    """Nothing that is called here waits; `run` sends, for one task."""

    def __init__(self, stream_sid: str, send: Send) -> None:
        self._sid = stream_sid
        self._send = send
        self._messages: deque[str] = deque()
        self._news = asyncio.Event()

    def play(self, mulaw: bytes) -> None:
        """Play this after what was given before."""
        sound = b64encode(mulaw).decode()
        self._put({"event": "media", "media": {"payload": sound}})

    def mark(self, name: str) -> None:
        """Have Twilio say this name when all before it has been played."""
        self._put({"event": "mark", "mark": {"name": name}})

    def clear(self) -> None:
        """What waits here is not sent any more, and what waits at Twilio not played."""
        self._messages.clear()
        self._put({"event": "clear"})

    async def run(self) -> None:
        """Send what comes, in its order, until cancelled."""
        while True:
            while self._messages:
                await self._send(self._messages.popleft())
            self._news.clear()
            await self._news.wait()

    def _put(self, message: dict[str, Any]) -> None:
        self._messages.append(json.dumps({**message, "streamSid": self._sid}))
        self._news.set()
