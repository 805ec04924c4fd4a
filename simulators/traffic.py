"""Callers who ring by themselves now and then; who answers them is not decided here."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, Protocol

from simulators.performance import Performance
from simulators.scenarios import Scenario
from simulators.stage import RingError

log = logging.getLogger(__name__)

FIRST: Final = 8.0  # seconds until the first caller
BETWEEN: Final = (30.0, 60.0)
AT_ONCE: Final = 2
GRACE: Final = 5.0  # seconds, so that a person at a screen sees it ring


class Stage(Protocol):
    """Where a call is asked for."""

    async def ring(self, *, scenario: str, taken_after: float | None) -> Performance:
        """Let somebody call."""


def order(scenarios: list[Scenario], seed: int) -> Iterator[Scenario]:
    """All scenarios in a random order, then all in another, and so on without end."""
    chance = random.Random(seed)  # noqa: S311  an order that can be repeated
    while True:
        yield from chance.sample(scenarios, len(scenarios))


async def run(
    stage: Stage,
    scenarios: list[Scenario],
    *,
    seed: int = 1,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Ring until cancelled, never with more than two calls at once."""
    pauses = random.Random(seed)  # noqa: S311  likewise
    running: list[Performance] = []
    await sleep(FIRST)
    for scenario in order(scenarios, seed):
        running = [call for call in running if not call.over.is_set()]
        while len(running) >= AT_ONCE:
            await sleep(1.0)
            running = [call for call in running if not call.over.is_set()]
        grace = GRACE if scenario.answered else None
        try:
            running.append(await stage.ring(scenario=scenario.name, taken_after=grace))
        except RingError as error:
            log.warning("nobody rings: %s", error)
        await sleep(pauses.uniform(*BETWEEN))
