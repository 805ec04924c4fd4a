"""Values over equal places of an axis as SVG paths in a square of 100 by 100; it knows no figures and draws nothing."""

from collections.abc import Sequence
from typing import Final, TypeVar

_STEPS_OF_TEN: Final = (1.0, 2.0, 5.0)

Point = tuple[float, float]
Value = TypeVar("Value")


def nice_step(most: float, *, steps: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, 0.5 … of which at most so many reach `most`."""
    if most <= 0:
        return 1.0
    ten = 1e-6
    while True:
        for each in _STEPS_OF_TEN:
            if most / (each * ten) <= steps:
                return float(f"{each * ten:.6g}")
        ten *= 10


def end(most: float, step: float) -> float:
    """Where an axis of such steps ends that has room for `most`."""
    return step * max(1, -int(-most // step))


def x(place: float, number: int) -> float:
    """The middle of one of so many places, from the left."""
    return 100 * (place + 0.5) / number


def y(value: float, top: float) -> float:
    """From the top, of an axis that ends at `top`."""
    return 100 * (1 - value / top)


def percent(share: float) -> str:
    """For an attribute of SVG."""
    return f"{share:.3f}%"


def runs(values: Sequence[Value | None]) -> list[list[tuple[int, Value]]]:
    """Values that follow each other, with their places; what is not known parts them."""
    found: list[list[tuple[int, Value]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((place, value))
    return [run for run in found if run]


def line(points: Sequence[Point]) -> str:
    """Through these points; one alone is a dot."""
    text = "M" + " L".join(f"{left:.2f},{top:.2f}" for left, top in points)
    # With round ends a line without length is a dot.
    return text if len(points) > 1 else f"{text} h0"


def area(points: Sequence[Point], back: Sequence[Point]) -> str:
    """Between a line and another one, which is gone through backwards."""
    return f"{line([*points, *reversed(back)])} Z"
