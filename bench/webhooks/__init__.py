"""How fast Twilio's callbacks are answered, one by one and in a storm, and what the storm leaves behind."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from twilio.request_validator import RequestValidator

from bench import cores, orders, product
from bench.load import Load, cpu_seconds, generating
from bench.product import Product
from bench.report import Report, Size
from bench.tables import Cell, Table, percentile
from bench.webhooks import history
from bench.webhooks.history import Callback, Names

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "webhooks"
DESCRIPTION: Final = (
    "how fast callbacks are answered, idle and in a storm, and with which end"
)

# A call has twelve different callbacks, of which a quarter come twice: 10,000 of them, among
# other subjects 2,000, and 90.
_EACH: Final = 12
_CALLS: Final = 667
_CALLS_AMONG: Final = 134
_BRIEF_CALLS: Final = 6
_IDLE: Final = 200
_BRIEF_IDLE: Final = 12
# Of a page without content at most so many are enough.
_BARE: Final = 1000
# So many of them are on their way at any moment of the storm.
_AT_ONCE: Final = 20
_TWILIO_WAITS: Final = 15.0
_TICK: Final = 0.01
# A stretch in which we were kept from our work is measured anew, so often in all.
_SPOILT_AT_MOST: Final = 4


@dataclass(slots=True)
class Answered:
    """One stretch of requests; seconds."""

    took: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0
    server: float | None = None
    load: Load = field(default_factory=Load)


def run(size: Size) -> Report:
    """Start the product; tell it of calls in order and in disorder; compare the ends."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    nowhere = f"http://127.0.0.1:{product.free_port()}"
    with (
        product.running(vendors=nowhere, core=ours) as running,
        cores.on(generators),
    ):
        office = running.office("bench.webhooks.office")
        bench = _Bench(running, office, size)
        report = asyncio.run(bench.measure())
        if report.missing:
            report.missing.append(f"The server's last words: {running.last_words()}")
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


class _Bench:
    def __init__(self, running: Product, office: orders.Office, size: Size) -> None:
        self._product = running
        self._office = office
        self._calls = size.of(_BRIEF_CALLS, _CALLS_AMONG, _CALLS)
        self._idle = _BRIEF_IDLE if size.brief else _IDLE
        self._url = running.environment["PUBLIC_BASE_URL"]
        self._validator = RequestValidator(running.auth_token)

    async def measure(self) -> Report:
        """In order first: that is the end which the storm must have too."""
        made = self._office.do(
            "prepare", calls=1 + self._calls + self._idle // _EACH + 1
        )
        model, *others = [Names(**names) for names in made]
        stormy, calm = others[: self._calls], others[self._calls :]
        async with ClientSession(
            connector=TCPConnector(limit=0), timeout=ClientTimeout(_TWILIO_WAITS)
        ) as http:
            post, get = self._posting(http), self._getting(http)
            await self._answered(post, history.of(model), at_once=1)
            told = [one for names in calm for one in history.of(names)][: self._idle]
            idle = await self._answered(post, told, at_once=1)
            bare = await self._got(get, told, at_once=1)
            told = history.storm(stormy, seed=1)
            storm = await self._answered(post, told, at_once=_AT_ONCE)
            bare_storm = await self._got(get, told[:_BARE], at_once=_AT_ONCE)
        sids = [model.call, *(names.call for names in stormy)]
        expected, *ends = self._office.do("ends", sids=sids)
        wrong = sum(end != expected for end in ends)
        if expected["status"] != "completed":
            raise product.NotStarted(f"In order a call ended as {expected}.")
        rows = [
            _row("callbacks, one at a time", 1, idle),
            _row("a page without content", 1, bare),
            _row("a storm of callbacks", _AT_ONCE, storm),
            _row("a page without content", _AT_ONCE, bare_storm),
        ]
        return _report(rows, [idle, bare, storm, bare_storm], wrong, len(ends))

    async def _got(
        self,
        get: Callable[[Callback], Awaitable[bool]],
        times: Sequence[Callback],
        *,
        at_once: int,
    ) -> Answered:
        """The page without content: once more if we were kept from our work, for it stays as it is."""
        for _ in range(_SPOILT_AT_MOST):
            found = await self._answered(get, times, at_once=at_once)
            if not found.load.troubles(""):
                break
        return found

    async def _answered(
        self,
        ask: Callable[[Callback], Awaitable[bool]],
        callbacks: Iterable[Callback],
        *,
        at_once: int,
    ) -> Answered:
        """Each as soon as one of so many lines is free."""
        waiting, found = deque(callbacks), Answered()
        before = cpu_seconds(self._product.process)
        with generating() as found.load:
            async with asyncio.TaskGroup() as tasks:
                ticking = tasks.create_task(_tick(found.load.late))
                await asyncio.gather(
                    *(_line(ask, waiting, found) for _ in range(at_once))
                )
                ticking.cancel()
        found.seconds = found.load.seconds
        after = cpu_seconds(self._product.process)
        if before is not None and after is not None:
            found.server = (after - before) / found.seconds
        return found

    def _posting(self, http: ClientSession) -> Callable[[Callback], Awaitable[bool]]:
        async def post(callback: Callback) -> bool:
            url = f"{self._url}{callback.path}"
            signed = self._validator.compute_signature(url, callback.form)
            headers = {"X-Twilio-Signature": signed}
            async with http.post(url, data=callback.form, headers=headers) as answer:
                await answer.read()
                return answer.status < 300

        return post

    def _getting(self, http: ClientSession) -> Callable[[Callback], Awaitable[bool]]:
        """What the server and Django take by themselves."""

        async def get(_callback: Callback) -> bool:
            async with http.get(f"{self._url}/healthz") as answer:
                await answer.read()
                return answer.status == 200

        return get


async def _line(
    ask: Callable[[Callback], Awaitable[bool]],
    waiting: deque[Callback],
    found: Answered,
) -> None:
    while waiting:
        callback = waiting.popleft()
        begun = time.monotonic()
        try:
            accepted = await ask(callback)
        except (ClientError, TimeoutError):
            accepted = False
        found.took.append(time.monotonic() - begun)
        found.refused += not accepted


async def _tick(late: list[float]) -> None:
    """How late we are ourselves."""
    while True:
        due = time.monotonic() + _TICK
        await asyncio.sleep(_TICK)
        late.append(time.monotonic() - due)


def _row(name: str, at_once: int, found: Answered) -> tuple[Cell, ...]:
    late = found.load.late_p99
    return (
        name,
        at_once,
        len(found.took),
        *(_ms(percentile(found.took, share)) for share in (0.5, 0.99, 1.0)),
        round(len(found.took) / found.seconds) if found.seconds else None,
        found.refused,
        None if found.server is None else found.server * 100,
        _ms(late),
        found.load.cpu * 100,
    )


def _report(
    rows: list[tuple[Cell, ...]], all_found: list[Answered], wrong: int, calls: int
) -> Report:
    table = Table(
        "Twilio's callbacks: milliseconds until they are answered",
        (
            *("what", "at once", "requests", "p50", "p99", "longest", "a second"),
            *("refused", "server %", "late p99", "generator %"),
        ),
        rows,
        notes=[f"Calls that ended otherwise than in order: {wrong} of {calls}."],
    )
    report = Report([table])
    if wrong:
        report.missing.append(f"{wrong} of {calls} calls have a wrong end.")
    for row, found in zip(rows, all_found, strict=True):
        if found.refused:
            report.missing.append(f"{row[0]}: {found.refused} were not accepted.")
        report.overloaded += found.load.troubles(f"{row[0]}, {row[1]} at once")
    return report


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
