"""Where in a call its measures come from, for an ear to check them; it measures nothing."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from analytics import speakers


class Place(NamedTuple):
    """A stretch of the call in seconds of its clock, and whose it was where that matters."""

    start: float
    end: float
    title: str = ""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


def of(result: Mapping[str, Any]) -> dict[str, list[Place]]:
    """By measure, in the order of the call; a measure that is nowhere in particular is not there."""
    title = cache(speakers.title)  # asked for each of thousands
    holds = [Place(start, end) for start, end in result["holds"]]
    silences = [
        Place(each["start"], each["end"], title(each["cause"]) if each["cause"] else "")
        for each in result["dead_air"]
    ]
    overlaps = [
        Place(each["start"], each["end"], title(each["by"]))
        for each in result["overlaps"]
    ]
    return {
        "wait_time": [Place(start, end) for start, end in result["unattended"][:1]],
        "hold_time": holds,
        "hold_count": holds,
        "longest_hold": _longest(holds),
        "dead_air_time": silences,
        "dead_air_count": silences,
        "longest_dead_air": _longest(silences),
        "overlap_time": overlaps,
        "interruptions": overlaps,
        "longest_monologue": _monologues(result),
    }


def _longest(found: Iterable[Place]) -> list[Place]:
    longest = max(found, key=lambda place: place.length, default=None)
    return [] if longest is None else [longest]


def _monologues(result: Mapping[str, Any]) -> list[Place]:
    found = (
        Place(start, end, speakers.title(who))
        for who, (start, end) in result["monologues"].items()
    )
    return sorted(found, key=lambda place: place.start)
