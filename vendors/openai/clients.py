"""The SDK's clients, one per configuration, shared; no requests are made here."""

import asyncio
from collections.abc import Callable, Hashable
from functools import lru_cache
from weakref import WeakKeyDictionary

from openai import AsyncOpenAI, OpenAI, Timeout
from openai.types.responses import Response

from vendors.openai.config import OpenAIConfig, SpeechConfig

# A client holds a pool of connections, which belong to the event loop that opened
# them, and making one reads every root certificate: too slow for once per sentence.
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, AsyncOpenAI]] = (
    WeakKeyDictionary()
)


def for_this_loop(config: OpenAIConfig) -> AsyncOpenAI:
    """The asynchronous client of the running event loop."""
    return _kept(
        config,
        lambda: AsyncOpenAI(
            api_key=config.require_key(),
            base_url=config.base_url,
            timeout=Timeout(config.reply_timeout, connect=config.connect_timeout),
            max_retries=config.max_retries,
        ),
    )


def for_speech(config: SpeechConfig) -> AsyncOpenAI:
    """The running event loop's client of a voice, which neither waits nor repeats by itself."""
    return _kept(
        config,
        lambda: AsyncOpenAI(
            api_key=config.require_key(),
            base_url=config.base_url,
            timeout=Timeout(None, connect=config.connect_timeout),
            max_retries=0,
        ),
    )


async def close() -> None:
    """Close the running loop's connections: at the end of a process or a test."""
    for client in _by_loop.pop(asyncio.get_running_loop(), {}).values():
        await client.close()


@lru_cache(maxsize=8)
def for_workers(config: OpenAIConfig) -> OpenAI:
    """The blocking client of this process."""
    return OpenAI(
        api_key=config.require_key(),
        base_url=config.base_url,
        timeout=Timeout(config.report_timeout, connect=config.connect_timeout),
        max_retries=config.max_retries,
    )


def _kept(config: Hashable, make: Callable[[], AsyncOpenAI]) -> AsyncOpenAI:
    clients = _by_loop.setdefault(asyncio.get_running_loop(), {})
    if config not in clients:
        clients[config] = make()
    return clients[config]


def warm_up() -> None:
    """Have the SDK build now what it builds at its first use; no request is made.

    It takes about a second, for which the first caller after a start would wait.
    """
    client = AsyncOpenAI(api_key="none")
    for resource in ("responses", "audio"):
        getattr(client, resource)
    words = {"type": "output_text", "text": "", "annotations": []}
    message = {"type": "message", "role": "assistant", "content": [words]}
    Response.construct(id="", output=[message])
