"""Filling a database by COPY: a few thousand calls at a time, so that memory stays what it is."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any, Final, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Model

from analytics import daily, occupancy
from analytics.filling import played, rows, speech
from calls.models import Call, Customer, Disposition, Queue, User, Utterance

CHUNK: Final = 4_000
# From here on it is quicker to make the words' index afterwards.
_MANY: Final = 20_000
AGENTS: Final = 40
_QUEUES: Final = (
    "Orders",
    "Deliveries",
    "Repairs",
    "Billing",
    "Business",
    "Complaints",
)
_DISPOSITIONS: Final = ("Solved", "Follow-up needed", "Complaint", "Wrong number")
_FIRST_NAMES: Final = (
    *("Nora", "Elif", "Jonas", "Mira", "Tom", "Aya", "Luca", "Ines", "Piet", "Zoe"),
    *("Karim", "Ruth", "Milo", "Hana", "Oskar", "Lena", "Ivo", "Dana", "Felix", "Amal"),
)
_INDEX: Final = "document_words"
_INDEX_AGAIN: Final = (
    f"CREATE INDEX {_INDEX} ON analytics_calldocument USING gin (words)"
    " WITH (fastupdate = off)"
)
Tell = Callable[[str], None]
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of what; `seed` makes the same calls again."""

    calls: int
    utterances: int
    days: int
    seed: int


def holds_real_calls() -> bool:
    """Whether there is a call that was not made here."""
    return Call.objects.exclude(sid__startswith=rows.SID).exists()


def fill(wish: Wish, *, now: datetime, tell: Tell) -> None:
    """Add so many calls up to now with all that belongs to them, and count the days anew."""
    random = Random(wish.seed)  # noqa: S311  played calls keep no secret
    stock = speech.Stock(random)
    company, known = _company(wish, random, now)
    lines = rows.Lines(known, call=_next(Call), utterance=_next(Utterance), now=now)
    moments = played.moments(wish.calls, wish.days, now, random)
    many = wish.calls >= _MANY
    began, done = time.monotonic(), 0
    _without_triggers(tell)
    if many:
        _execute(f"DROP INDEX {_INDEX}")
    for texts in _ahead(_texts(played.calls(moments, company, stock, random), lines)):
        with transaction.atomic():
            for table, some in texts.items():
                _copy(table, rows.names(table), some)
        done += len(texts["calls_call"])
        seconds = time.monotonic() - began
        left = seconds / done * (wish.calls - done)
        tell(
            f"{done:,} of {wish.calls:,} calls, {done / seconds:,.0f} a second,"
            f" {left:.0f} s to go"
        )
    _finish(many, now, tell)


def _texts(
    calls: Iterable[played.Played], lines: rows.Lines
) -> Iterator[dict[str, list[str]]]:
    for chunk in _batched(calls):
        for call in chunk:
            lines.add(call)
        yield lines.taken()


def _ahead(things: Iterator[Thing]) -> Iterator[Thing]:
    """Each is made while the one before is written: the database has a core of its own."""
    with ThreadPoolExecutor(1) as maker:
        ready = maker.submit(next, things, None)
        while (thing := ready.result()) is not None:
            ready = maker.submit(next, things, None)
            yield thing


def _finish(many: bool, now: datetime, tell: Tell) -> None:  # noqa: FBT001
    if many:
        tell("indexing the words …")
        _execute("SET maintenance_work_mem = '512MB'")
        _execute(_INDEX_AGAIN)
        _execute("RESET maintenance_work_mem")
    _execute("RESET session_replication_role")
    for model in (Call, Utterance, Customer):
        table = model._meta.db_table
        _execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        )
    tell("tidying up …")
    for table in ("calls_customer", *rows.TABLES):
        _execute(f"VACUUM (ANALYZE) {table}")
    tell("counting the days …")
    daily.count_all()
    occupancy.count_all(now=now)
    for table in ("analytics_dailyfigures", "analytics_dailypresence"):
        _execute(f"VACUUM (ANALYZE) {table}")


def _company(
    wish: Wish, random: Random, now: datetime
) -> tuple[played.Company, rows.Known]:
    queues = [_of_name(Queue, name) for name in _QUEUES]
    dispositions = [_of_name(Disposition, name) for name in _DISPOSITIONS]
    agents = [_agent(n) for n in range(AGENTS)]
    of_queue: list[list[int]] = [[] for _ in queues]
    for n in range(AGENTS):
        of_queue[n % len(queues)].append(n)
        of_queue[random.randrange(len(queues))].append(n)
    number = max(10, wish.calls // 4)
    first = _next(Customer)
    taken = Customer.objects.filter(number__startswith="+1999").order_by("pk").first()
    if taken is not None:
        first, number = taken.pk, min(number, _customers_from(taken.pk))
    else:
        columns = ["id", "number", "name", "notes", "do_not_call", "created_at"]
        _copy("calls_customer", columns, rows.customers(first, number, now.isoformat()))
    return (
        played.Company(number, len(dispositions), of_queue, wish.utterances),
        rows.Known(agents, queues, dispositions, first),
    )


def _customers_from(first: int) -> int:
    """How many there are already, one after the other."""
    return Customer.objects.filter(pk__gte=first, number__startswith="+1999").count()


def _agent(number: int) -> int:
    name = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    user, _made = User.objects.get_or_create(
        username=f"played-{number + 1}",
        defaults={
            "first_name": name,
            "last_name": f"{'AB'[number // len(_FIRST_NAMES)]}.",
            "password": make_password(None),
            "is_active": False,
        },
    )
    return int(user.pk)


def _of_name(model: type[Queue | Disposition], name: str) -> int:
    row, _made = model.objects.get_or_create(name=name)
    return int(row.pk)


def _next(model: type[Model]) -> int:
    highest = model._default_manager.aggregate(highest=Max("pk"))["highest"]
    return int(highest or 0) + 1


def _copy(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    named = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        into = cursor.cursor.copy(f"COPY {table} ({named}) FROM STDIN")
        with into as copy:
            for some in _batched(lines):
                copy.write("".join(some))


def _without_triggers(tell: Tell) -> None:
    """Every foreign key is right by the way it is made, and checking each costs most of the time."""
    try:
        _execute("SET session_replication_role = replica")
    except DatabaseError:
        tell("without a superuser's right each row is checked: this takes longer")


def _execute(statement: str) -> Any:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _batched(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    rest = iter(things)
    while some := list(islice(rest, CHUNK)):
        yield some
