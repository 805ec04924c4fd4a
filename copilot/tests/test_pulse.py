"""An event loop with too much to do is noticed by itself, and nothing is left out when nobody is there."""

import asyncio
import time

from copilot.pressure import NO_WORDS, NOTHING
from copilot.pulse import Pulse


async def stutter(seconds: float) -> None:
    """Other work on the same loop, each piece of which takes so long."""
    while True:
        time.sleep(seconds)  # noqa: ASYNC251
        await asyncio.sleep(0)


async def test_other_work_on_the_loop_is_felt_until_nobody_feels_it() -> None:
    pulse = Pulse()
    async with asyncio.timeout(40), asyncio.TaskGroup() as tasks:
        with pulse.felt():
            load = tasks.create_task(stutter(0.4))
            while pulse.level != NO_WORDS:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            load.cancel()
        assert pulse.level == NOTHING
