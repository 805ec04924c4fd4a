"""From what was seen on each step to the table; nothing is measured here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bench.media.ladder import Step
from bench.media.servers import IN_C, OURS_CHANNELS, OURS_DEDICATED, PIPECAT, STOCK
from bench.tables import Cell, Table

FEW: Final = 40
MANY: Final = 200
_COLUMNS: Final = (
    *("server", "calls", "p99 there", "lag from", "to"),
    *("next step", "p99", "lost", "garbled"),
    *("µs a frame, 40", "from", "to", "µs a frame, 200", "late p99", "generator %"),
)


def ceiling(steps: Sequence[Step]) -> Step | None:
    """The highest step that was carried, and that was generated as it should be."""
    carried = [step for step in steps if step.is_carried and not step.troubles]
    return carried[-1] if carried else None


def table(found: Mapping[str, Sequence[Step]], absent: Mapping[str, str]) -> Table:
    """A row for each server, with those that could not be measured."""
    rows = [_row(name, steps) for name, steps in found.items()]
    for name, why in absent.items():
        if why:
            rows.append((name, why, *[None] * (len(_COLUMNS) - 2)))
    title = "Calls that one core carries: p99 under 20 ms, no frame lost"
    return Table(title, _COLUMNS, rows, [*_ratios(found), *_notes(found)])


def missing(server: str, steps: Sequence[Step]) -> Iterator[str]:
    """What kept a server from being measured at all."""
    if not any(step.windows for step in steps):
        why = steps[-1].broken if steps else "no step"
        yield f"{server}: nothing was measured ({why})."


def spoilt(steps: Iterable[Step]) -> Iterator[str]:
    """How often a window was measured anew, for somebody else used our core."""
    times = sum(step.spoilt for step in steps)
    if times:
        yield f"{times} windows were measured anew: in them the generator was late or busy."


def troubles(found: Mapping[str, Sequence[Step]]) -> list[str]:
    """Where the generator, and not the server, was the bottleneck."""
    return [
        f"{name}, {trouble}"
        for name, steps in found.items()
        for step in steps
        if step.is_carried
        for trouble in step.troubles
    ]


def _row(name: str, steps: Sequence[Step]) -> tuple[Cell, ...]:
    best = ceiling(steps)
    last = steps[-1] if steps and steps[-1] is not best else None
    return (
        name,
        0 if best is None else best.calls,
        *_lag(best),
        None if last is None else last.calls,
        None if last is None or not last.windows else 1000 * last.lag_p99,
        None if last is None else last.lost,
        None if last is None else last.garbled,
        *_cost(steps),
        _many(steps),
        *_load(best or last),
    )


def _lag(step: Step | None) -> tuple[Cell, ...]:
    if step is None:
        return (None, None, None)
    lags = [1000 * window.lag_p99 for window in step.windows]
    return (1000 * step.lag_p99, min(lags), max(lags))


def cost(steps: Sequence[Step], calls: int) -> float | None:
    """Microseconds a frame at so many calls, if so many were carried."""
    for step in steps:
        if step.calls == calls and step.windows and step.is_carried:
            return 1e6 * step.cpu
    return None


def _cost(steps: Sequence[Step]) -> tuple[Cell, ...]:
    for step in steps:
        if step.calls == FEW and step.windows:
            costs = [1e6 * window.cpu for window in step.windows]
            return (cost(steps, FEW), min(costs), max(costs))
    return (None, None, None)


def _many(steps: Sequence[Step]) -> Cell:
    return cost(steps, MANY)


def _load(step: Step | None) -> tuple[Cell, ...]:
    if step is None or step.load.late_p99 is None:
        return (None, None)
    return (1000 * step.load.late_p99, 100 * step.load.cpu)


def _ratios(found: Mapping[str, Sequence[Step]]) -> Iterator[str]:
    """What we want, and what it is."""
    wanted = (
        (OURS_CHANNELS, STOCK, 3),
        (OURS_DEDICATED, STOCK, 8),
        (OURS_DEDICATED, PIPECAT, 5),
    )
    for ours, other, times in wanted:
        mine, theirs = ceiling(found.get(ours, ())), ceiling(found.get(other, ()))
        if mine is None or theirs is None:
            continue
        what, ratio = "calls", mine.calls / theirs.calls
        if other == PIPECAT:
            what, ratio = "tracks", 2 * ratio
        yield f"{ours}: {ratio:.1f} times the {what} of: {other} (wanted: {times})."
    for calls in (FEW, MANY):
        mine_cost = cost(found.get(OURS_DEDICATED, ()), calls)
        in_c = cost(found.get(IN_C, ()), calls)
        if mine_cost is not None and in_c:
            yield (
                f"{OURS_DEDICATED}: {mine_cost / in_c:.1f} times the CPU a frame of C"
                f" at {calls} calls (wanted: at most 2)."
            )


def _notes(found: Mapping[str, Sequence[Step]]) -> Iterator[str]:
    frames = sum(step.frames for steps in found.values() for step in steps)
    yield f"{frames} frames were sent, and each that came was compared bit by bit."
    yield from spoilt(step for steps in found.values() for step in steps)
    for name, steps in found.items():
        if steps and steps[-1].broken:
            yield f"{name}, {steps[-1].calls} calls: {steps[-1].broken}."
