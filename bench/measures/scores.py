"""How far what was heard is from the truth; it hears nothing itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from analytics.metrics import Result
from audio.intervals import Interval, intersect, total, union
from bench.tables import percentile

# Whether a pause is bridged hangs on hundredths around 0.3 s: such boundaries are not
# counted, nor are those that a hold has made.
_UNSURE = (0.15, 0.5)
_MISSED = 9.0


@dataclass(slots=True)
class Score:
    """Of some calls together."""

    boundaries: list[float] = field(default_factory=list)
    hits: int = 0
    wanted: int = 0
    found: int = 0
    wanted_seconds: float = 0.0
    found_seconds: float = 0.0
    invented: float = 0.0

    def add(self, truth: Result, found: Result) -> None:
        """One call more."""
        for who, parts in truth.speech.items():
            heard = found.speech.get(who, [])
            self.boundaries += _errors(parts, heard, truth.holds)
        wanted = [Interval(part.start, part.end) for part in truth.dead_air]
        silences = [Interval(part.start, part.end) for part in found.dead_air]
        self.hits += sum(any(_same(a, b) for b in silences) for a in wanted)
        self.wanted += len(wanted)
        self.found += len(silences)
        self.wanted_seconds += total(wanted)
        self.found_seconds += total(silences)
        self.invented += sum(
            part.length for part in silences if not intersect([part], wanted)
        )

    @property
    def f1(self) -> float | None:
        """Of silences found; one is, if it and the true one share half of their time."""
        both = self.wanted + self.found
        return 2 * self.hits / both if both else None

    @property
    def total_error(self) -> float | None:
        """Of all dead air, in percent."""
        if not self.wanted_seconds:
            return None
        return 100 * (self.found_seconds / self.wanted_seconds - 1)

    def boundary(self, share: float) -> float | None:
        """Milliseconds that so great a share of the boundaries is off, at most."""
        error = percentile(self.boundaries, share)
        return None if error is None else 1000 * error


def _errors(
    truth: Sequence[Interval], found: Sequence[Interval], holds: Iterable[Interval]
) -> list[float]:
    held = list(holds)
    errors = []
    for number, part in enumerate(truth):
        before = truth[number - 1].end if number else -1.0
        after = truth[number + 1].start if number + 1 < len(truth) else part.end + 9
        if _counts(part.start - before, part.start, held):
            errors.append(_nearest(part.start, [each.start for each in found]))
        if _counts(after - part.end, part.end, held):
            errors.append(_nearest(part.end, [each.end for each in found]))
    return errors


def _counts(pause: float, at: float, holds: Iterable[Interval]) -> bool:
    is_sure = not _UNSURE[0] < pause < _UNSURE[1]
    return is_sure and not any(
        hold.start - _UNSURE[1] <= at <= hold.end + _UNSURE[1] for hold in holds
    )


def _nearest(at: float, others: Sequence[float]) -> float:
    return min((abs(at - other) for other in others), default=_MISSED)


def _same(one: Interval, other: Interval) -> bool:
    return 2 * total(intersect([one], [other])) >= total(union([one], [other]))
