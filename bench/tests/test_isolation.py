"""What the table of the troubles says."""

import pytest

from bench.isolation import Seen, table
from bench.media.ladder import Step, Window


def step(*p99: float, lost: int = 0) -> Step:
    return Step(20, [Window(p / 2, p, 10e-6, 0.5) for p in p99], lost=lost)


def test_the_ratio_is_of_the_medians_of_the_windows() -> None:
    seen = Seen(step(0.002, 0.004, 0.1), step(0.003, 0.006, 0.009))
    assert seen.ratio == pytest.approx(1.5)


def test_a_run_in_which_nothing_came_has_no_ratio() -> None:
    found = table({"lamps": Seen(step(0.002), step())})
    assert found.rows == [("lamps", 20, 1.0, 2.0, None, None, None)]


def test_lost_frames_are_told() -> None:
    found = table({"lamps": Seen(step(0.002), step(0.002, lost=3))})
    assert "lamps: 3 frames of the other calls were lost." in found.notes
