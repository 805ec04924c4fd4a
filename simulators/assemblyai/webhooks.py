"""Delivers AssemblyAI's webhooks with the vendor's patience; what they say is not
decided here.
"""

import asyncio
import logging

import aiohttp

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 10
TIMEOUT = aiohttp.ClientTimeout(total=10)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0


async def deliver(
    http: aiohttp.ClientSession, url: str, body: dict[str, str], headers: dict[str, str]
) -> int | None:
    """Post until a 2xx or a 4xx comes, ten times at most; the last status, if any."""
    status: int | None = None
    pause = FIRST_PAUSE
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            async with http.post(
                url, json=body, headers=headers, timeout=TIMEOUT
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as trouble:
            log.warning(
                "webhook attempt %d failed: %s", attempt, type(trouble).__name__
            )
        else:
            if 200 <= status < 300 or 400 <= status < 500:
                return status
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return status
