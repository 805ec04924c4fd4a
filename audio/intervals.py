"""Sets of stretches of time as sorted lists; knows nothing of what happened in them.

Every function takes intervals in any order, overlapping or not, and returns them
sorted, disjoint and not empty. Intervals that touch are one.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Final, NamedTuple

# Lengths are differences of floats: 64.1 - 64 is a hair less than 0.1.
_HAIR: Final = 1e-9


class Interval(NamedTuple):
    """From `start` up to, not including, `end`, in seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


def union(*lists: Iterable[Interval]) -> list[Interval]:
    """The time that is in at least one of the lists."""
    merged: list[Interval] = []
    for start, end in sorted(chain.from_iterable(lists)):
        if end <= start:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Interval(start, end))
    return merged


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """The time that is in both."""
    left, right = union(a), union(b)
    shared: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            shared.append(Interval(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return shared


def gaps(intervals: Iterable[Interval], within: Interval) -> list[Interval]:
    """The time of `within` that is in none of the intervals."""
    found: list[Interval] = []
    free_from = within.start
    for start, end in union(intervals):
        if start >= within.end:
            break
        if start > free_from:
            found.append(Interval(free_from, start))
        free_from = max(free_from, end)
    if free_from < within.end:
        found.append(Interval(free_from, within.end))
    return found


def subtract(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """The time that is in `a` and not in `b`."""
    kept = union(a)
    if not kept:
        return []
    return intersect(kept, gaps(b, Interval(kept[0].start, kept[-1].end)))


def total(intervals: Iterable[Interval]) -> float:
    """Seconds covered; time that is in two intervals counts once."""
    return sum(interval.length for interval in union(intervals))


def close_gaps(intervals: Iterable[Interval], shorter_than: float) -> list[Interval]:
    """Neighbours less than `shorter_than` seconds apart become one."""
    closed: list[Interval] = []
    for start, end in union(intervals):
        if closed and start - closed[-1].end < shorter_than - _HAIR:
            closed[-1] = Interval(closed[-1].start, end)
        else:
            closed.append(Interval(start, end))
    return closed


def at_least(intervals: Iterable[Interval], seconds: float) -> list[Interval]:
    """Those that last `seconds` or longer."""
    least = seconds - _HAIR
    return [interval for interval in union(intervals) if interval.length >= least]
