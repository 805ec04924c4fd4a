"""A figure over time, beside the period before, as shapes in a square of 100 by 100; it draws nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_STEPS_OF_TEN: Final = (1.0, 2.0, 5.0)
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


def chart(values: Values, before: Values, *, most: float | None = None) -> Chart | None:
    """The picture; None if there is nothing to be drawn. `most` bounds the axis, as 1.0 does shares."""
    known = [value for value in (*values, *before) if value is not None]
    if not any(value is not None for value in values):
        return None
    step = nice_step(max(known))
    top = step * max(1, -int(-max(known) // step))
    if most is not None and top > most:
        top = most
    number = len(values)
    return Chart(
        line=" ".join(_line(run) for run in _runs(values, top) if len(run) > 1),
        dots=" ".join(_line(run) for run in _runs(values, top) if len(run) == 1),
        area=" ".join(_area(run) for run in _runs(values, top) if len(run) > 1),
        before=" ".join(_line(run) for run in _runs(before, top)),
        bars=[
            Bar(
                left=f"{100 * n / number:.3f}%",
                width=f"{100 / number:.3f}%",
                bar_left=f"{100 * (n + 0.14) / number:.3f}%",
                bar_width=f"{72 / number:.3f}%",
                top=f"{_y(values[n] or 0.0, top):.3f}%",
                height=f"{100 - _y(values[n] or 0.0, top):.3f}%",
                value=values[n],
                before=before[n] if n < len(before) else None,
            )
            for n in range(number)
        ],
        steps=[
            Step(f"{_y(step * n, top):.3f}%", step * n)
            for n in range(int(top / step + 1e-9) + 1)
        ],
    )


def nice_step(most: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 0.5 … of which a few reach `most`."""
    if most <= 0:
        return 1.0
    ten = 1e-6
    while True:
        for each in _STEPS_OF_TEN:
            if most / (each * ten) <= _MOST_STEPS:
                return float(f"{each * ten:.6g}")
        ten *= 10


def _runs(values: Values, top: float) -> list[list[tuple[float, float]]]:
    """Values that follow each other, as points."""
    runs: list[list[tuple[float, float]]] = [[]]
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((100 * (n + 0.5) / len(values), _y(value, top)))
    return [run for run in runs if run]


def _y(value: float, top: float) -> float:
    return 100 * (1 - value / top)


def _line(points: Sequence[tuple[float, float]]) -> str:
    text = "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points)
    # With round ends a line without length is a dot.
    return text if len(points) > 1 else f"{text} h0"


def _area(points: Sequence[tuple[float, float]]) -> str:
    return f"{_line(points)} L{points[-1][0]:.2f},100 L{points[0][0]:.2f},100 Z"
