"""More and more calls to one server, until it is late or loses a frame; what was seen on each step."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from bench.load import Load, cpu_seconds, generating
from bench.media.callers import FRAME, Exchange
from bench.media.servers import Server, Started
from bench.media.transcription import Heard
from bench.product import Product
from bench.tables import percentile

# A call in time: 99 of 100 messages at the transcription side within this, seconds.
IN_TIME: Final = 0.020
_CONNECTING_AT_ONCE: Final = 8
# So long calls must be in time before they are looked at, seconds.
_SETTLING: Final = 0.7
# Others use this machine too: a window in which we were kept from our work is measured
# anew, so often at a step, and after an ever longer while: that may go on for a minute.
_SPOILT_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """Which steps, and on each how many windows of how many seconds, once it has settled.

    It has when what connecting held up is made up for, or after `settles` seconds. `few`
    are those for a server that is known to carry all.
    """

    steps: tuple[int, ...]
    windows: int
    seconds: float
    settles: float = 6.0
    few: tuple[int, ...] = ()


@dataclass(slots=True)
class Window:
    """A stretch of time at one step. Seconds; `cpu` is of the server for each frame."""

    lag_p50: float
    lag_p99: float
    cpu: float
    busy: float


@dataclass(slots=True)
class Step:
    """So many calls at once; `lost` frames did not come, `garbled` ones not as they were sent."""

    calls: int
    windows: list[Window] = field(default_factory=list)
    lost: int = 0
    garbled: int = 0
    frames: int = 0
    broken: str = ""
    # Windows that were measured anew, for we ourselves were late or busy.
    spoilt: int = 0
    troubles: list[str] = field(default_factory=list)
    load: Load = field(default_factory=Load)

    @property
    def lag_p99(self) -> float:
        """The median of the windows."""
        return median(window.lag_p99 for window in self.windows)

    @property
    def cpu(self) -> float:
        """Of the server for each frame, seconds; the median of the windows."""
        return median(window.cpu for window in self.windows)

    @property
    def is_carried(self) -> bool:
        """Whether the server carries so many calls."""
        return self._is_clean and self.lag_p99 < IN_TIME

    @property
    def is_late(self) -> bool:
        """Whether that fails by nothing but the time."""
        return self._is_clean and self.lag_p99 >= IN_TIME

    @property
    def _is_clean(self) -> bool:
        return bool(self.windows) and not (self.lost or self.garbled or self.broken)


@contextlib.asynccontextmanager
async def at_work(
    server: Server, running: Product, port: int, core: int | None, heard: Heard
) -> AsyncIterator[tuple[Started, Exchange]]:
    """The server, started, and Twilio for it, sending to the calls that are connected."""
    with contextlib.ExitStack() as stack:
        # Its start waits for answers, while we answer it.
        started = await asyncio.to_thread(
            stack.enter_context, server.start(running, port, core)
        )
        heard.forget()
        token = running.auth_token
        twilio = Exchange(started.url, token, heard.sound, started.tracks)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(twilio.run())
            try:
                yield started, twilio
            finally:
                sending.cancel()
                twilio.close()


async def climb(
    started: Started, twilio: Exchange, heard: Heard, plan: Plan
) -> list[Step]:
    """Step by step, up to the first that is not carried, or that we cannot generate."""
    steps: list[Step] = []
    for calls in plan.steps:
        step = Step(calls)
        steps.append(step)
        try:
            await connect(started, twilio, calls - len(twilio.callers))
        except* (OSError, TimeoutError) as group:
            step.broken = repr(group.exceptions[0])
        if not step.broken:
            await settle(twilio, heard, plan.settles)
            await look(started, twilio, heard, step, plan)
            if step.is_late and not step.troubles:
                # Whatever else the machine did meanwhile can only have made it later.
                step = steps[-1] = Step(calls, spoilt=step.spoilt)
                await look(started, twilio, heard, step, plan)
        if not step.is_carried or step.troubles:
            break
    return steps


async def connect(started: Started, twilio: Exchange, more: int) -> None:
    """So many calls more, some at a time, as callers come."""
    calls = await asyncio.to_thread(started.calls, more)
    places = asyncio.Semaphore(_CONNECTING_AT_ONCE)
    first = len(twilio.callers)

    async def one(place: int) -> None:
        async with places:
            await twilio.connect(calls[place], first + place)

    async with asyncio.TaskGroup() as tasks:
        for place in range(more):
            tasks.create_task(one(place))


async def settle(twilio: Exchange, heard: Heard, longest: float) -> None:
    """Wait until calls are in time, as they are between the beginnings of others."""
    until = time.monotonic() + longest
    p99: float | None = None
    while (p99 is None or p99 >= IN_TIME) and time.monotonic() < until:
        heard.arrivals.clear()
        await asyncio.sleep(min(_SETTLING, longest))
        p99 = percentile(_lags(twilio, heard.arrivals), 0.99)


async def look(
    started: Started, twilio: Exchange, heard: Heard, step: Step, plan: Plan
) -> None:
    """Watch for all windows of a step, and then look at what has come."""
    for track in heard.tracks.values():
        track.missed = track.garbled = 0
    heard.strange = 0
    sent = twilio.sent
    while len(step.windows) < plan.windows and not step.troubles:
        twilio.late.clear()
        with generating() as load:
            window = await _window(started, twilio, heard, plan.seconds)
        load.late = list(twilio.late)
        troubles = load.troubles(f"{step.calls} calls")
        if troubles and step.spoilt < _SPOILT_AT_MOST:
            step.spoilt += 1
            await asyncio.sleep(plan.seconds * step.spoilt)
            continue
        step.troubles = troubles
        step.load.add(load)
        if window is None:
            break
        step.windows.append(window)
    step.frames = twilio.sent - sent
    _count_lost(twilio, heard, step)


async def _window(
    started: Started, twilio: Exchange, heard: Heard, seconds: float
) -> Window | None:
    """A stretch of so many seconds; None if nothing came in it."""
    heard.arrivals.clear()
    used, sent, begun = cpu_seconds(started.process), twilio.sent, time.monotonic()
    await asyncio.sleep(seconds)
    after, took = cpu_seconds(started.process), time.monotonic() - begun
    lags = _lags(twilio, heard.arrivals)
    p50, p99 = percentile(lags, 0.5), percentile(lags, 0.99)
    if p50 is None or p99 is None or used is None or after is None:
        return None
    cpu = after - used
    return Window(p50, p99, cpu / max(1, twilio.sent - sent), cpu / took)


def _lags(twilio: Exchange, arrivals: Sequence[tuple[int, int, float]]) -> list[float]:
    """From the time of a message's last frame until the message was there."""
    began = {caller.number: caller.began for caller in twilio.callers}
    return [
        moment - began[track // 2] - number * FRAME
        for track, number, moment in arrivals
        if track // 2 in began
    ]


def _count_lost(twilio: Exchange, heard: Heard, step: Step) -> None:
    """What is not the next frame, and all of what has stopped coming."""
    step.lost = sum(track.missed for track in heard.tracks.values())
    step.garbled = heard.strange + sum(track.garbled for track in heard.tracks.values())
    for caller in twilio.callers:
        for place in range(len(twilio.tracks)):
            track = heard.tracks.get(2 * caller.number + place)
            behind = caller.next - (0 if track is None else track.next)
            # A second: what is on its way, however late, is not lost.
            step.lost += max(0, behind - 50)
    if any(caller.broken for caller in twilio.callers):
        step.broken = "a socket was closed"
