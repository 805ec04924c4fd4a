"""A figure over time, beside the period before, as shapes in a square of 100 by 100; it draws nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics import paths

_MOST_STEPS: Final = 4

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A line across the picture: where, in percent from the top, and what it stands for."""

    at: str
    value: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One place of the time axis over the whole height, and its bar from the bottom; percent."""

    left: str
    width: str
    bar_left: str
    bar_width: str
    top: str
    height: str
    value: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths of an SVG: places without a value interrupt the line, those alone are dots."""

    line: str
    dots: str
    area: str
    before: str
    bars: list[Bar]
    steps: list[Step]


def chart(
    values: Values, before: Values, *, most: float | None = None, seconds: bool = False
) -> Chart | None:
    """The picture; None if there is nothing to be drawn.

    `most` bounds the axis, as 1.0 does shares; one of `seconds` has round minutes from two on.
    """
    known = [value for value in (*values, *before) if value is not None]
    if not any(value is not None for value in values):
        return None
    unit = 60.0 if seconds and max(known) > 120 else 1.0
    step = unit * paths.nice_step(max(known) / unit, steps=_MOST_STEPS)
    top = paths.end(max(known), step)
    if most is not None and top > most:
        top = most
    number = len(values)
    lines = _lines(values, top)
    return Chart(
        line=" ".join(paths.line(points) for points in lines if len(points) > 1),
        dots=" ".join(paths.line(points) for points in lines if len(points) == 1),
        area=" ".join(_area(points) for points in lines if len(points) > 1),
        before=" ".join(paths.line(points) for points in _lines(before, top)),
        bars=[
            Bar(
                left=paths.percent(100 * n / number),
                width=paths.percent(100 / number),
                bar_left=paths.percent(100 * (n + 0.14) / number),
                bar_width=paths.percent(72 / number),
                top=paths.percent(paths.y(values[n] or 0.0, top)),
                height=paths.percent(100 - paths.y(values[n] or 0.0, top)),
                value=values[n],
                before=before[n] if n < len(before) else None,
            )
            for n in range(number)
        ],
        steps=[
            Step(paths.percent(paths.y(step * n, top)), step * n)
            for n in range(int(top / step + 1e-9) + 1)
        ],
    )


def _lines(values: Values, top: float) -> list[list[paths.Point]]:
    return [
        [(paths.x(n, len(values)), paths.y(value, top)) for n, value in run]
        for run in paths.runs(values)
    ]


def _area(points: Sequence[paths.Point]) -> str:
    return paths.area(points, [(left, 100.0) for left in (points[0][0], points[-1][0])])
