"""From the steps' rows, the vendors' notes and the workers' CPU to the tables; nothing is measured here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from analytics.pipeline import DONE, STEPS, TRANSCRIBE
from bench.tables import Cell, Table

Row = Mapping[str, Any]
# Where the vendors note how long a transcript took from its order.
TRANSCRIBING: Final = "transcribing"


@dataclass(frozen=True, slots=True)
class Done:
    """Many calls, or chains, by one worker. Seconds; CPU is of the worker, and of the web process.

    `vendor` is the time in which the worker waited for an answer that was being made.
    """

    name: str
    calls: int
    seconds: float
    vendor: float
    worker: float
    web: float | None

    @property
    def per_minute(self) -> float:
        """Without the vendors' time."""
        return self.calls / (self.seconds - self.vendor) * 60


def alone(calls: Sequence[Sequence[Row]], took: Mapping[str, list[float]]) -> Table:
    """The steps of calls that came one at a time; `took` is what was the vendors' of all of them."""
    rows: list[tuple[Cell, ...]] = []
    for place, name in enumerate(STEPS):
        mine = [steps[place] for steps in calls]
        lasted = [each["ended"] - each["began"] for each in mine]
        vendor = sum(took.get(name, ())) / len(calls)
        if name == TRANSCRIBE:
            vendor += sum(took.get(TRANSCRIBING, ())) / len(calls)
        waited = [steps[place]["began"] - _before(steps, place) for steps in calls]
        rows.append(
            (
                name,
                len(mine),
                median(waited) * 1000 if place else None,
                median(lasted) * 1000,
                vendor * 1000,
                (median(lasted) - vendor) * 1000,
                (max(lasted) - vendor) * 1000,
            )
        )
    whole = [steps[-1]["ended"] - steps[0]["began"] for steps in calls]
    vendor = sum(map(sum, took.values())) / len(calls)
    rows.append(
        (
            "all of it",
            len(calls),
            None,
            median(whole) * 1000,
            vendor * 1000,
            (median(whole) - vendor) * 1000,
            (max(whole) - vendor) * 1000,
        )
    )
    return Table(
        "One call after the other: milliseconds of each step",
        ("step", "calls", "before it", "all", "vendor", "ours", "ours, worst"),
        rows,
        notes=[
            "Medians; the vendor's is the mean. Before it: from the end of the step"
            " before until a worker has begun this one."
        ],
    )


def many(found: Iterable[Done]) -> Table:
    """The product's worker, and the one that does nothing."""
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            one.calls,
            round(one.per_minute),
            one.seconds / one.calls * 1000,
            one.vendor / one.calls * 1000,
            one.worker / one.calls * 1000,
            None if one.web is None else one.web / one.calls * 1000,
            100 * one.worker / one.seconds,
        )
        for one in found
    ]
    return Table(
        "Many calls at once, a worker with one process",
        (
            *("what", "calls", "calls/min", "ms a call", "vendor ms"),
            *("CPU ms, worker", "CPU ms, web", "worker %"),
        ),
        rows,
        notes=["Calls a minute are without the vendors' time."],
    )


def undone(steps: Iterable[Row]) -> list[str]:
    """What did not become what it should."""
    return [
        f"{step['name']} of call {step['call']} is {step['state']}: {step['reason']}."
        for step in steps
        if step["state"] != DONE
    ]


def by_call(steps: Iterable[Row]) -> list[list[Row]]:
    """The steps of each call, in their order."""
    found: dict[int, list[Row]] = {}
    for step in steps:
        found.setdefault(step["call"], []).append(step)
    return list(found.values())


def _before(steps: Sequence[Row], place: int) -> float:
    """When the step before ended; its own begin for the first."""
    ends = [steps[0]["began"], *(before["ended"] for before, _ in pairwise(steps))]
    return float(ends[place])
