"""Interval algebra against the plain idea of a set of points."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audio import intervals
from audio.intervals import Interval

INTERVALS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: Interval(*pair)),
    max_size=6,
)


def points(found):
    return {n for start, end in found for n in range(int(start), int(end))}


def is_tidy(found):
    lengths = all(i.start < i.end for i in found)
    return lengths and all(a.end < b.start for a, b in pairwise(found))


@given(INTERVALS, INTERVALS)
def test_union_has_the_points_of_both(a, b):
    found = intervals.union(a, b)
    assert points(found) == points(a) | points(b)
    assert is_tidy(found)


@given(INTERVALS, INTERVALS)
def test_intersection_has_the_points_in_common(a, b):
    found = intervals.intersect(a, b)
    assert points(found) == points(a) & points(b)
    assert is_tidy(found)


@given(INTERVALS, INTERVALS)
def test_subtraction_leaves_the_points_of_the_first_alone(a, b):
    found = intervals.subtract(a, b)
    assert points(found) == points(a) - points(b)
    assert is_tidy(found)


@given(INTERVALS, st.integers(0, 15), st.integers(0, 15))
def test_gaps_are_the_rest_of_the_window(a, start, length):
    within = Interval(start, start + length)
    found = intervals.gaps(a, within)
    assert points(found) == points([within]) - points(a)
    assert is_tidy(found)


@given(INTERVALS)
def test_total_counts_every_point_once(a):
    assert intervals.total(a) == len(points(a))


@given(INTERVALS, st.integers(0, 10))
def test_closing_gaps_leaves_none_that_is_shorter(a, shortest):
    found = intervals.close_gaps(a, shortest)
    assert points(found) >= points(a)
    assert all(right.start - left.end >= shortest for left, right in pairwise(found))


@given(INTERVALS, st.integers(1, 10))
def test_at_least_keeps_the_long_ones_whole(a, seconds):
    kept = intervals.at_least(a, seconds)
    assert kept == [i for i in intervals.union(a) if i.length >= seconds]


def test_a_length_is_the_same_late_in_a_call():
    late = Interval(64.0, 64.1)
    assert intervals.at_least([late], 0.1) == [late]
    assert intervals.close_gaps([Interval(0, 64), Interval(64.1, 65)], 0.1) == [
        Interval(0, 64),
        Interval(64.1, 65),
    ]


def test_neighbours_that_touch_are_one():
    assert intervals.union([Interval(0, 1), Interval(1, 2)]) == [Interval(0, 2)]
