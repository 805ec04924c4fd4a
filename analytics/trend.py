"""Median and 95th percentile over days as shapes in a square of 100 by 100; it draws nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Final

from analytics import paths
from analytics.answer_times import Spread

# Shorter ones nobody reads.
_LEAST_STEP: Final = 0.1
_MOST_STEPS: Final = 5
_MOST_DAYS: Final = 6


@dataclass(frozen=True, slots=True)
class Label:
    """A mark on an axis: where, in percent from the left or the top, and what it stands for."""

    at: str
    value: float | date


@dataclass(frozen=True, slots=True)
class Column:
    """One day, over the whole height."""

    day: date
    left: str
    width: str
    spread: Spread


@dataclass(frozen=True, slots=True)
class Trend:
    """Paths of an SVG: days without answers interrupt them, a day alone is a dot."""

    medians: str
    slowest: str
    between: str
    columns: list[Column]
    seconds: list[Label]
    days: list[Label]


def trend(first: date, last: date, spreads: Mapping[date, Spread]) -> Trend | None:
    """The picture of these days, `first` to `last`; None if there is nothing to be drawn."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    runs = paths.runs([spreads.get(day) for day in days])
    if not runs:
        return None
    most = max(spread.p95 for run in runs for _, spread in run)
    step = max(_LEAST_STEP, paths.nice_step(most, steps=_MOST_STEPS))
    top, number = paths.end(most, step), len(days)
    under, above = (
        [
            [(paths.x(n, number), paths.y(of(spread), top)) for n, spread in run]
            for run in runs
        ]
        for of in (attrgetter("median"), attrgetter("p95"))
    )
    return Trend(
        medians=" ".join(map(paths.line, under)),
        slowest=" ".join(map(paths.line, above)),
        between=" ".join(
            paths.area(upper, lower)
            for upper, lower in zip(above, under, strict=True)
            if len(upper) > 1
        ),
        columns=[
            Column(
                days[n],
                paths.percent(100 * n / number),
                paths.percent(100 / number),
                spread,
            )
            for run in runs
            for n, spread in run
        ],
        seconds=[
            Label(paths.percent(paths.y(step * n, top)), round(step * n, 1))
            for n in range(round(top / step) + 1)
        ],
        days=[
            Label(paths.percent(paths.x(n, number)), days[n])
            for n in range(0, number, -(-number // _MOST_DAYS))
        ],
    )
