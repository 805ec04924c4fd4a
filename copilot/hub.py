"""One subscription to the channel layer per process, handed on to every desk and session in it."""

import asyncio
import json
import logging
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from calls.events import GROUP

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
_QUEUE = 1000


class Overrun(Exception):  # noqa: N818  a condition to recover from
    """This subscriber is so slow that messages were lost to it; it must catch up from the database."""


class Subscription:
    """The messages that one desk or session wants, in the order in which they came."""

    def __init__(self, wants: Callable[[Message], bool]) -> None:
        self.wants = wants
        self._queue: asyncio.Queue[Message] = asyncio.Queue(_QUEUE)
        self._overrun = False

    def offer(self, message: Message) -> None:
        if self._overrun or not self.wants(message):
            return
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self._overrun = True

    async def __aiter__(self) -> AsyncIterator[Message]:
        while not (self._overrun and self._queue.empty()):
            yield await self._queue.get()
        raise Overrun


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
                for subscription in tuple(self._subscriptions):
                    subscription.offer(message)
        finally:
            await layer.group_discard(GROUP, channel)


hub = Hub()
