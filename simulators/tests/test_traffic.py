"""Callers who ring by themselves; the test is the clock and the stage."""

import asyncio
import itertools

import pytest

from simulators import scenarios, traffic
from simulators.stage import RingError

KNOWN = [scenarios.load(name) for name in scenarios.names()]


class Call:
    def __init__(self) -> None:
        self.over = asyncio.Event()


class Stage:
    """Remembers who rang and when; a call is over when the test says so."""

    def __init__(self, *, calls_last: float | None = None) -> None:
        self.now = 0.0
        self.rings: list[tuple[float, str, float | None]] = []
        self._calls: list[tuple[float, Call]] = []
        self._last = calls_last

    async def ring(self, *, scenario: str, taken_after: float | None) -> Call:
        self.rings.append((self.now, scenario, taken_after))
        call = Call()
        self._calls.append((self.now, call))
        return call

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        for began, call in self._calls:
            if self._last is not None and self.now >= began + self._last:
                call.over.set()
        if self.now > 1000:
            raise asyncio.CancelledError

    @property
    def running(self) -> int:
        return sum(not call.over.is_set() for _, call in self._calls)


async def run(stage: Stage, seed: int = 1) -> None:
    with pytest.raises(asyncio.CancelledError):
        await traffic.run(stage, KNOWN, seed=seed, sleep=stage.sleep)


async def test_the_first_comes_after_eight_seconds_and_the_others_now_and_then():
    stage = Stage(calls_last=20)
    await run(stage)
    times = [at for at, _, _ in stage.rings]
    assert times[0] == 8.0
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(30 <= gap <= 60 for gap in gaps)


async def test_never_more_than_two_are_on_the_line():
    stage = Stage()
    await run(stage)
    assert len(stage.rings) == stage.running == 2


async def test_every_scenario_comes_before_any_comes_again():
    stage = Stage(calls_last=20)
    await run(stage)
    first = [name for _, name, _ in stage.rings][: len(KNOWN)]
    assert sorted(first) == scenarios.names()


async def test_the_same_seed_gives_the_same_day():
    days = [Stage(calls_last=20), Stage(calls_last=20), Stage(calls_last=20)]
    for stage, seed in zip(days, (1, 1, 2), strict=True):
        await run(stage, seed)
    assert days[0].rings == days[1].rings != days[2].rings


async def test_only_the_caller_who_hangs_up_waiting_is_left_to_ring():
    stage = Stage(calls_last=20)
    await run(stage)
    left = {name for _, name, grace in stage.rings if grace is None}
    assert left == {"caller_hangs_up_waiting"}


async def test_a_ring_that_fails_does_not_end_the_traffic():
    class Broken(Stage):
        async def ring(self, *, scenario: str, taken_after: float | None) -> Call:
            await super().ring(scenario=scenario, taken_after=taken_after)
            raise RingError("no line")

    stage = Broken()
    await run(stage)
    assert len(stage.rings) > 5
