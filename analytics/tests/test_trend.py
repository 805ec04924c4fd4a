"""The trend is drawn on round seconds, and days without answers interrupt it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.answer_times import Spread
from analytics.trend import trend

FIRST = date(2026, 11, 1)


def drawn(*spreads):
    """One day after the other from the first of the month on; None is a day without answers."""
    known = {
        FIRST + timedelta(days=n): Spread(*each)
        for n, each in enumerate(spreads)
        if each
    }
    return trend(FIRST, FIRST + timedelta(days=len(spreads) - 1), known)


def test_without_answers_nothing_is_drawn():
    assert drawn(None, None) is None


def test_lines_go_through_the_middle_of_the_days():
    found = drawn((1.0, 2.0), (0.5, 1.0))
    assert found.medians == "M25.00,50.00 L75.00,75.00"
    assert found.slowest == "M25.00,0.00 L75.00,50.00"
    assert found.between == ("M25.00,0.00 L75.00,50.00 L75.00,75.00 L25.00,50.00 Z")


def test_a_day_without_answers_interrupts_the_line_and_a_day_alone_is_a_dot():
    found = drawn((1.0, 2.0), None, (1.0, 2.0), (1.0, 2.0))
    assert found.medians == "M12.50,50.00 h0 M62.50,50.00 L87.50,50.00"
    assert found.between.count("Z") == 1


def test_the_seconds_are_round_and_begin_with_nothing():
    found = drawn((0.7, 1.8))
    assert [label.value for label in found.seconds] == [0, 0.5, 1.0, 1.5, 2.0]
    assert (found.seconds[0].at, found.seconds[-1].at) == ("100.000%", "0.000%")


def test_of_many_days_a_few_are_named():
    found = drawn(*[(1.0, 2.0)] * 90)
    assert len(found.columns) == 90
    assert [label.value.day for label in found.days] == [1, 16, 1, 16, 31, 15]


@given(
    st.lists(
        st.tuples(st.integers(0, 9000), st.integers(0, 9000)).map(
            lambda pair: tuple(n / 100 for n in sorted(pair))
        ),
        min_size=1,
        max_size=9,
    )
)
def test_everything_is_within_the_picture(spreads):
    found = drawn(*spreads)
    points = found.slowest.replace("M", "").replace("h0", "").split(" L")
    for point in points:
        x, y = (float(part) for part in point.split(","))
        assert 0 <= x <= 100
        assert -1e-3 <= y <= 100
