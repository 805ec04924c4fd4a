"""What we say on a two-way stream, in Twilio's messages: one writer, and silence overtakes all."""

import asyncio
import json
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable

Send = Callable[[str], Awaitable[None]]


class Outlet:
    """Nothing that is called here waits; `run` sends, for one task."""

    def __init__(self, stream_sid: str, send: Send) -> None:
        self._ending = f'"streamSid":{json.dumps(stream_sid)}}}'
        self._send = send
        self._messages: deque[str] = deque()
        self._news = asyncio.Event()

    def play(self, mulaw: bytes) -> None:
        """Play this after what was given before."""
        # By hand: nothing in it needs to be escaped, and it is what we say most often.
        payload = b64encode(mulaw).decode()
        self._put(f'{{"event":"media","media":{{"payload":"{payload}"}},{self._ending}')

    def mark(self, name: str) -> None:
        """Have Twilio say this name when all before it has been played."""
        self._put(
            f'{{"event":"mark","mark":{json.dumps({"name": name})},{self._ending}'
        )

    def clear(self) -> None:
        """What waits here is not sent any more, and what waits at Twilio not played."""
        self._messages.clear()
        self._put(f'{{"event":"clear",{self._ending}')

    async def run(self) -> None:
        """Send what comes, in its order, until cancelled."""
        while True:
            while self._messages:
                await self._send(self._messages.popleft())
            self._news.clear()
            await self._news.wait()

    def _put(self, message: str) -> None:
        self._messages.append(message)
        self._news.set()
