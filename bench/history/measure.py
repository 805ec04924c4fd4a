"""Asks a full database through the product's own pages, in the product's own process; prints JSON.

Database time is what all statements of a page took together, page time the whole answer
without the network.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

import django

# With DEBUG its files need not be collected first; from here on nothing else of it holds.
os.environ["DEBUG"] = "true"
django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics import find_csv
from analytics.find_form import FindForm
from bench.history import writing
from bench.tables import percentile
from calls.models import Call, Customer, User, Utterance
from calls.services import customers

LIST, SEARCH, TRENDS = 5.0, 100.0, 20.0  # milliseconds wanted, database time at p95
_LINES: Final = 200_000
_REFERENCE_SECONDS: Final = 60
# Utterances by each way of writing: of each live call, and by COPY; of a brief run a twentieth.
_TURNS, _COPIED = 20, 200_000
# The second: a search that was given up after the list's patience.
_ANSWERS: Final = (200, 503)


@dataclass(slots=True)
class Sample:
    """One answer: seconds, and each statement with what it took."""

    page: float = 0.0
    statements: list[tuple[float, str, Any]] = field(default_factory=list)

    @property
    def database(self) -> float:
        """All statements together."""
        return sum(seconds for seconds, _, _ in self.statements)


@contextmanager
def sampled() -> Iterator[Sample]:
    """Every statement until the end is timed."""
    sample = Sample()

    def timed(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: ANN401, FBT001
        began = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            sample.statements.append((time.perf_counter() - began, sql, parameters))

    began = time.perf_counter()
    with connection.execute_wrapper(timed):
        yield sample
    sample.page = time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, how fast it is wanted, and how it would be asked without thought."""

    what: str
    wanted: float | None
    ask: Callable[[], None]
    reference: str = ""
    sql: str = ""

    def measured(self, repeats: int) -> dict[str, Any]:
        """Its row."""
        sys.stderr.write(f"{self.what}\n")
        self.ask()  # once, so that what is read is in memory as it is on a busy day
        samples = []
        for _ in range(repeats if self.wanted else 2):
            with sampled() as sample:
                self.ask()
            samples.append(sample)
        database = [sample.database * 1000 for sample in samples]
        pages = [sample.page * 1000 for sample in samples]
        slowest = max(
            (each for each in samples[-1].statements if each[1].startswith("SELECT")),
            key=lambda each: each[0],
        )
        return {
            "what": self.what,
            "database p50 ms": percentile(database, 0.5),
            "p95 ms": percentile(database, 0.95),
            "page p50 ms": percentile(pages, 0.5),
            "page p95 ms": percentile(pages, 0.95),
            "wanted ms": self.wanted,
            "queries": len(samples[-1].statements),
            "reference": self.reference or None,
            "reference ms": _reference(self.sql),
            "slowest ms": slowest[0] * 1000,
            "plan": _plan(slowest[1], slowest[2]),
        }


def cases(client: Client) -> Iterator[Case]:
    """All of them."""
    middle = Call.objects.order_by("-created_at")[Call.objects.count() // 2]
    deep = f"{middle.created_at.isoformat()}_{middle.pk}"
    rare = _rare_word()
    agent = User.objects.filter(username="played-3").get().pk
    month = (timezone.localdate() - timedelta(days=30)).isoformat()

    def listed(**asked: Any) -> Callable[[], None]:
        return lambda: _get(client, reverse("calls"), asked)

    def searched(words: str) -> str:
        return (
            "SELECT DISTINCT call_id FROM calls_utterance"
            f" WHERE text ILIKE '%%{words}%%' LIMIT 50"
        )

    yield Case(
        "list, first page",
        LIST,
        listed(),
        "count(*) of all calls",
        "SELECT count(*) FROM calls_call",
    )
    yield Case(
        "list, in the middle",
        LIST,
        listed(before=deep),
        "OFFSET",
        "SELECT * FROM calls_call ORDER BY created_at DESC, id DESC"
        f" LIMIT 50 OFFSET {Call.objects.count() // 2}",
    )
    yield Case("list of an agent", LIST, listed(agent=agent))
    yield Case("list, abandoned calls", LIST, listed(outcome="abandoned"))
    yield Case(
        "list, much dead air, low score",
        None,
        listed(dead_air_min=40, score_max=55),
        "JSON of measures and reports",
        "SELECT m.call_id FROM analytics_measures m JOIN analytics_qualityreport r"
        " ON r.call_id = m.call_id JOIN calls_call c ON c.id = m.call_id"
        " WHERE m.current AND r.current AND r.score <= 55"
        " AND (m.result -> 'figures' ->> 'dead_air_time')::float >= 40"
        " ORDER BY c.created_at DESC LIMIT 50",
    )
    yield Case("search, common word", SEARCH, listed(q="lamp"))
    yield Case("search, rare word", SEARCH, listed(q=rare), "ILIKE", searched(rare))
    yield Case("search, common phrase", SEARCH, listed(phrase="new lamp cost"))
    yield Case(
        "search, rare phrase",
        SEARCH,
        listed(phrase="repair that came saturday is confirmed"),
        "ILIKE",
        searched("repair that came saturday is confirmed"),
    )
    # Of words that nearly all calls have: it is given up after the list's patience.
    yield Case("search, phrase nobody said", None, listed(phrase="lamp my late"))
    yield Case(
        "search, two words, caller", SEARCH, listed(q="chandelier voucher", by="caller")
    )
    yield Case(
        "search, any of two, none of one",
        SEARCH,
        listed(any="catalogue receipt", none="lamp"),
    )
    yield Case(
        "search with agent, month and score",
        SEARCH,
        listed(q="warranty", agent=agent, since=month, score_min=70),
    )
    yield Case("search with dead air", SEARCH, listed(q="voucher", dead_air_min=30))
    yield Case("timeline of a customer", LIST, _timeline())
    for days in (30, 365):
        yield Case(
            f"trends, {days} days",
            TRENDS,
            lambda days=days: _get(client, reverse("trends"), {"days": days}),  # type: ignore[misc]
            "GROUP BY over calls",
            "SELECT c.created_at::date, count(*), avg(m.wait_time), avg(m.hold_time),"
            " avg(m.dead_air_time), avg(r.score) FROM calls_call c"
            " LEFT JOIN analytics_measures m ON m.call_id = c.id AND m.current"
            " LEFT JOIN analytics_qualityreport r ON r.call_id = c.id AND r.current"
            f" WHERE c.created_at > now() - interval '{2 * days} days' GROUP BY 1",
        )
    yield Case(
        "trends, a year of an agent",
        TRENDS,
        lambda: _get(client, reverse("trends"), {"days": 365, "agent": agent}),
    )
    asked = "customer 7777"
    yield Case(
        "admin, customers by name",
        None,
        lambda: _get(client, reverse("admin:calls_customer_changelist"), {"q": asked}),
        "ILIKE",
        f"SELECT * FROM calls_customer WHERE name ILIKE '%%{asked}%%'"
        " ORDER BY id DESC LIMIT 50",
    )
    for name in ("calls_call", "calls_utterance", "analytics_measures"):
        address = reverse(f"admin:{name}_changelist")
        yield Case(
            f"admin list {name}",
            None,
            lambda address=address: _get(client, address, {}),  # type: ignore[misc]
        )


def main(repeats: int) -> None:
    """Print all rows."""
    settings.DEBUG = False
    client = Client(headers={"host": "localhost"})
    sam, _made = User.objects.get_or_create(
        username="bench", is_superuser=True, is_staff=True, role=User.Role.SUPERVISOR
    )
    client.force_login(sam, backend="calls.roles.RoleBackend")
    rows = [case.measured(repeats) for case in cases(client)]
    part = 1 if repeats > 1 else 20
    found = {
        "calls": Call.objects.count(),
        "utterances": Utterance.objects.count(),
        "bytes": _scalar("SELECT pg_database_size(current_database())"),
        "file": _file(sam),
        "cases": rows,
        "writing": writing.measured(each=_TURNS // part, copied=_COPIED // part),
    }
    sys.stdout.write(json.dumps(found))


def _get(client: Client, address: str, asked: dict[str, Any]) -> None:
    answer = client.get(address, asked)
    if answer.status_code not in _ANSWERS:
        raise SystemExit(f"{address} {asked}: {answer.status_code}")


def _timeline() -> Callable[[], None]:
    """Of one who calls often."""
    customer = Customer.objects.order_by("pk").first()
    assert customer is not None  # noqa: S101  the database was filled

    def ask() -> None:
        customers.timeline(customer)

    return ask


def _rare_word() -> str:
    """The number of an order that one caller named, from the middle."""
    texts = Utterance.objects.filter(
        pk__gt=Utterance.objects.order_by("-pk").first().pk // 2,  # type: ignore[union-attr]
        text__startswith="The number of my order",
    )
    return texts.order_by("pk").values_list("text", flat=True)[0].strip(".").split()[-1]


def _file(user: User) -> dict[str, float]:
    """The first lines of the file of all calls; by how many MiB the process grew after a fifth of them."""
    form = FindForm({}, user=user)  # type: ignore[arg-type]
    form.is_valid()
    began, lines, size, early = time.perf_counter(), 0, 0, 0.0
    for piece in find_csv.pieces(form.cleaned_data, user):
        lines += piece.count(b"\n")
        size += len(piece)
        if not early and lines > _LINES // 5:
            early = _highest()
        if lines > _LINES:
            break
    seconds = time.perf_counter() - began
    return {
        "lines": lines,
        "lines a second": lines / seconds,
        "MiB": size / 2**20,
        "grew by MiB": _highest() - (early or _highest()),
    }


def _highest() -> float:
    """The most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reference(sql: str) -> float | None:
    if not sql:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {1000 * _REFERENCE_SECONDS}")
        # Twice, the second time from memory; what takes seconds takes them once.
        seconds = _timed(cursor, sql)
        if seconds < 1.0:
            seconds = min(seconds, _timed(cursor, sql))
        cursor.execute("SET statement_timeout = 0")
    return seconds * 1000


def _timed(cursor: Any, sql: str) -> float:  # noqa: ANN401
    began = time.perf_counter()
    cursor.execute(sql.replace("%%", "%"))
    cursor.fetchall()
    return time.perf_counter() - began


def _plan(sql: str, parameters: Any) -> str:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def _scalar(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main(int(sys.argv[1]))
