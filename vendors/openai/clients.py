"""The SDK's clients, one per configuration, shared; no requests are made here."""

import asyncio
from functools import lru_cache
from weakref import WeakKeyDictionary

from openai import AsyncOpenAI, OpenAI, Timeout

from vendors.openai.config import OpenAIConfig

# A client holds a pool of connections, which belong to the event loop that opened
# them, and making one reads every root certificate: too slow for once per sentence.
_by_loop: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[OpenAIConfig, AsyncOpenAI]
] = WeakKeyDictionary()


def for_this_loop(config: OpenAIConfig) -> AsyncOpenAI:
    """The asynchronous client of the running event loop."""
    clients = _by_loop.setdefault(asyncio.get_running_loop(), {})
    if config not in clients:
        clients[config] = AsyncOpenAI(
            api_key=config.require_key(),
            base_url=config.base_url,
            timeout=Timeout(config.reply_timeout, connect=config.connect_timeout),
            max_retries=config.max_retries,
        )
    return clients[config]


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
