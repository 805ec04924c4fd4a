"""Median and 95th percentile over days as shapes in a square of 100 by 100; it draws nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from analytics.answer_times import Spread

_NICE: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
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
    known = [(n, spreads[day]) for n, day in enumerate(days) if day in spreads]
    if not known:
        return None
    step = _step(max(spread.p95 for _, spread in known))
    top = step * _steps(max(spread.p95 for _, spread in known), step)
    runs = [
        [
            (_x(n, days), _y(spread.median, top), _y(spread.p95, top))
            for n, spread in run
        ]
        for run in _runs(known)
    ]
    return Trend(
        medians=" ".join(_line([(x, median) for x, median, _ in run]) for run in runs),
        slowest=" ".join(_line([(x, p95) for x, _, p95 in run]) for run in runs),
        between=" ".join(_area(run) for run in runs if len(run) > 1),
        columns=[
            Column(
                days[n],
                f"{100 * n / len(days):.3f}%",
                f"{100 / len(days):.3f}%",
                spread,
            )
            for n, spread in known
        ],
        seconds=[
            Label(f"{_y(step * n, top):.3f}%", round(step * n, 1))
            for n in range(round(top / step) + 1)
        ],
        days=[
            Label(f"{_x(n, days):.3f}%", days[n])
            for n in range(0, len(days), -(-len(days) // _MOST_DAYS))
        ],
    )


def _step(most: float) -> float:
    return next((nice for nice in _NICE if most / nice <= _MOST_STEPS), most)


def _steps(most: float, step: float) -> int:
    return max(1, -int(-most // step))


def _runs(known: Sequence[tuple[int, Spread]]) -> list[list[tuple[int, Spread]]]:
    """Days that follow each other."""
    runs: list[list[tuple[int, Spread]]] = []
    for number, spread in known:
        if runs and runs[-1][-1][0] == number - 1:
            runs[-1].append((number, spread))
        else:
            runs.append([(number, spread)])
    return runs


def _x(number: int, days: Sequence[date]) -> float:
    """The middle of a day's column."""
    return 100 * (number + 0.5) / len(days)


def _y(seconds: float, top: float) -> float:
    return 100 * (1 - seconds / top)


def _line(points: Sequence[tuple[float, float]]) -> str:
    text = "M" + " L".join(f"{x:.3f},{y:.3f}" for x, y in points)
    # With round ends a line without length is a dot.
    return text if len(points) > 1 else f"{text} h0"


def _area(run: Sequence[tuple[float, float, float]]) -> str:
    there = [(x, p95) for x, _, p95 in run]
    back = [(x, median) for x, median, _ in reversed(run)]
    return f"{_line([*there, *back])} Z"
