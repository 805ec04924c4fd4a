"""One subscription to the channel layer per process, handed on to every desk and session in it."""

import asyncio
import json
import logging
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from calls.events import GROUP
from copilot import figures

logger = logging.getLogger(__name__)


class Message(dict[str, Any]):
    """What was announced; every subscriber gets the same one."""

    @cached_property
    def sending(self) -> dict[str, Any]:
        """As a desk's socket is to send it: written, and framed, once for all of them.

        `frame` is for a server that knows it (callcenter.serve); others see the text.
        """
        text = json.dumps(self)
        return {"type": "websocket.send", "text": text, "frame": _frame(text.encode())}


def _frame(payload: bytes) -> bytes:
    """A whole text message of a server (RFC 6455, 5.2)."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x81, length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x81, 126, length)
    else:
        head = struct.pack("!BBQ", 0x81, 127, length)
    return head + payload


_RETRY_SECONDS = 1.0
_MOST_WAITING = 1000


class Overrun(Exception):  # noqa: N818  a condition to recover from
    """This subscriber is so slow that messages were lost to it; it must catch up from the database."""


class Subscription:
    """The messages that one desk or session wants, in the order in which they came."""

    def __init__(self, wants: Callable[[Message], bool]) -> None:
        self.wants = wants
        # Half of what an asyncio.Queue takes, of which a thousand desks have one each.
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()
        self._overrun = False

    def offer(self, message: Message) -> bool:
        """Whether it is wanted, and kept."""
        if self._overrun or not self.wants(message):
            return False
        self._overrun = len(self._waiting) == _MOST_WAITING
        if not self._overrun:
            self._waiting.append(message)
        self._news.set()
        return not self._overrun

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._overrun:
                raise Overrun
            self._news.clear()
            await self._news.wait()


class Hub:
    """Listens while anybody in this process does."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def subscribe(self, wants: Callable[[Message], bool]) -> Iterator[Subscription]:
        """A subscription for as long as the block runs; needs a running event loop."""
        subscription = Subscription(wants)
        self._subscriptions.add(subscription)
        if self._listening is None or self._listening.done():
            # It belongs to the process, not to the first subscriber.
            self._listening = asyncio.create_task(self._listen())  # noqa: TID251
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions and self._listening is not None:
                self._listening.cancel()
                self._listening = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._receive()
            except (OSError, RedisError):
                logger.warning("the hub lost Redis and tries again")
                await asyncio.sleep(_RETRY_SECONDS)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        try:
            while True:
                message = Message((await layer.receive(channel))["message"])
                figures.DELIVERIES.inc(
                    sum(each.offer(message) for each in tuple(self._subscriptions))
                )
        finally:
            await layer.group_discard(GROUP, channel)


hub = Hub()
