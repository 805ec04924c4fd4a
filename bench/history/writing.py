"""How fast words get into a full database: by the product, bare, and by COPY; it takes away what it adds."""

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from calls.models import Call, Utterance
from copilot.services import add_utterance

_CALLS: Final = 50
_SID: Final = "CAbench"
_TEXT: Final = (
    "Well, my lamp came broken on Saturday and I have called about it before."
)
_COLUMNS: Final = 'call_id, source, item, speaker, start, "end", text, words'  # as the writer fills them
_INSERT: Final = f"INSERT INTO calls_utterance ({_COLUMNS}) VALUES (%s, 'live', %s, 'caller', %s, %s, %s, '[]')"  # noqa: S608


def measured(*, each: int, copied: int) -> list[dict[str, Any]]:
    """Rows a second of each way; `each` utterances for each of the live calls, `copied` by COPY."""
    calls = list(_live_calls())
    try:
        return [
            _written(
                "the product's writer, a commit each", _through_writer(calls, each)
            ),
            _written("a bare INSERT, a commit each", _inserted(calls, each)),
            *_copied(copied),
        ]
    finally:
        Call.objects.filter(sid__startswith=_SID).delete()


def _written(how: str, took: tuple[int, float]) -> dict[str, Any]:
    rows, seconds = took
    return {"how": how, "rows": rows, "rows a second": rows / seconds}


def _live_calls() -> Iterator[Call]:
    for number in range(_CALLS):
        yield Call.objects.create(
            sid=f"{_SID}{number:027}",
            direction=Call.Direction.INBOUND,
            status=Call.Status.IN_PROGRESS,
            created_at=timezone.now(),
            answered_at=timezone.now(),
        )


def _through_writer(calls: list[Call], each: int) -> tuple[int, float]:
    """Turn by turn over all calls, in one thread; with the event for the desks."""
    began = time.perf_counter()
    for turn in range(each):
        for call in calls:
            add_utterance(
                call_id=call.pk,
                item=f"written-{turn}",
                speaker="caller",
                start=5.0 * turn,
                end=5.0 * turn + 4,
                text=_TEXT,
            )
    return each * len(calls), time.perf_counter() - began


def _inserted(calls: list[Call], each: int) -> tuple[int, float]:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for turn in range(each):
            for call in calls:
                at = 5.0 * turn
                row = (call.pk, f"inserted-{turn}", at, at + 4, _TEXT)
                cursor.execute(_INSERT, row)
    return each * len(calls), time.perf_counter() - began


def _copied(rows: int) -> Iterator[dict[str, Any]]:
    """Utterances that are there, into tables of their own: without an index, and with all."""
    with connection.cursor() as cursor:
        some = f"SELECT * FROM calls_utterance ORDER BY id LIMIT {rows}"  # noqa: S608
        whole = BytesIO()
        with cursor.cursor.copy(f"COPY ({some}) TO STDOUT") as out:
            for piece in out:
                whole.write(piece)
        number = min(rows, Utterance.objects.count())
        for how, including in (
            ("a bare COPY without index", ""),
            ("a bare COPY with its indexes", "INCLUDING INDEXES"),
        ):
            cursor.execute(
                f"CREATE TABLE bench_copy (LIKE calls_utterance {including})"
            )
            began = time.perf_counter()
            with cursor.cursor.copy("COPY bench_copy FROM STDIN") as into:
                into.write(whole.getbuffer())
            yield _written(how, (number, time.perf_counter() - began))
            cursor.execute("DROP TABLE bench_copy")
