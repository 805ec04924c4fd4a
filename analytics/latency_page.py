"""What the page of assistants' answer times shows, and the same as a table of values; it decides nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.answer_times import MEASURED, WHOLE, Row, Spread, between
from analytics.lanes import share
from analytics.latency import STAGES
from analytics.trend import trend

PERIODS: Final = (7, 30, 90)
USUAL: Final = 30
# Of these the silence is made that the caller hears.
_SILENT: Final = ("understood", "thought", "voiced")
_ANSWER: Final = _("Answer")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which days, and of which assistant; None is all of them."""

    days: int
    assistant: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A stage in a version's bar, in percent of the longest bar."""

    key: str
    title: Promise
    seconds: float
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Made:
    """What the median answer of a version is made of."""

    row: Row
    parts: list[Part]


def period(asked: Asked, today: date) -> tuple[date, date]:
    """The first and the last day that are shown."""
    return today - timedelta(days=asked.days - 1), today


def context(asked: Asked, today: date) -> dict[str, Any]:
    """All of the page, from one query."""
    first, last = period(asked, today)
    rows = between(first, last)
    chosen = [row for row in rows if _belongs(row, asked)]
    by_day = {
        row.day: row.spreads[WHOLE]
        for row in rows
        if row.day and row.version is None and row.assistant == asked.assistant
    }
    return {
        "asked": asked,
        "periods": PERIODS,
        "first": first,
        "last": last,
        "assistants": [
            (row.assistant, row.name)
            for row in rows
            if row.assistant and row.day is None and row.version is None
        ],
        "all": _sum(rows, asked),
        "measured": [(key, *_titles()[key]) for key in MEASURED],
        "stages": STAGES,
        "trend": trend(
            first, last, {day: found for day, found in by_day.items() if found}
        ),
        "versions": _made([row for row in chosen if row.day is None]),
        "rows": [row for row in chosen if row.day is not None],
    }


def table(asked: Asked, today: date) -> Iterator[list[Any]]:
    """The rows of the page as values, a line of names first; seconds, empty where unknown."""
    yield [
        *("day", "assistant", "version", "answers", "waited_for_release"),
        *(f"{key}_{which}" for key in MEASURED for which in ("p50", "p95")),
    ]
    for row in between(*period(asked, today)):
        if row.day is not None and _belongs(row, asked):
            spreads = [row.spreads[key] or ("", "") for key in MEASURED]
            values = [value for spread in spreads for value in spread]
            name = _harmless(row.name)
            yield [row.day, name, row.version, row.answers, row.waited, *values]


def _belongs(row: Row, asked: Asked) -> bool:
    """Whether it is one version's, of the chosen assistant."""
    return row.version is not None and asked.assistant in {None, row.assistant}


def _sum(rows: Sequence[Row], asked: Asked) -> Row | None:
    for row in rows:
        if row.day is None and row.version is None and row.assistant == asked.assistant:
            return row if row.answers else None
    return None


def _made(rows: Sequence[Row]) -> list[Made]:
    stages = {stage.key: stage.title for stage in STAGES}
    longest = max((_silence(row) for row in rows), default=0.0)
    found = []
    for row in rows:
        parts, begin = [], 0.0
        for key in _SILENT:
            seconds = _median(row.spreads[key])
            if seconds and longest:
                left, width = share(begin, longest), share(seconds, longest)
                parts.append(Part(key, stages[key], seconds, left, width))
                begin += seconds
        found.append(Made(row, parts))
    return found


def _silence(row: Row) -> float:
    return sum(_median(row.spreads[key]) for key in _SILENT)


def _median(spread: Spread | None) -> float:
    return 0.0 if spread is None else spread.median


def _titles() -> dict[str, tuple[Promise, Promise]]:
    whole = _("From the caller's last sound to the first sound that leaves us.")
    return {
        WHOLE: (_ANSWER, whole),
        **{stage.key: (stage.title, stage.text) for stage in STAGES},
    }


def _harmless(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
