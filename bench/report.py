"""What the harness asks of a subject, and what it gets back."""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bench.tables import Table

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: `brief` is the form of seconds, in which nothing can rot unseen.

    `alone`: no other subject was asked for, so that this one may take its time.
    `soak`: what is looked at for its memory is looked at for ten minutes.
    """

    brief: bool = False
    alone: bool = False
    soak: bool = False

    def of(self, brief: _T, among: _T, alone: _T) -> _T:
        """Of three amounts the one to measure; `among` is among all subjects."""
        return brief if self.brief else alone if self.alone else among


@dataclass(slots=True)
class Report:
    """A subject's tables, and in sentences why they are not worth what they seem.

    `missing`: something was not measured at all, which is an error of ours.
    `overloaded`: the load generator was itself too slow, so the figures are its own.
    `seconds` is what all of it took. `more` is for the file alone.
    """

    tables: list[Table] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    overloaded: list[str] = field(default_factory=list)
    seconds: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self, *, brief: bool) -> dict[str, Any]:
        """For the file that machines read; what is brief never counts."""
        return {
            "counts": not (brief or self.missing or self.overloaded),
            "seconds": round(self.seconds, 1),
            "missing": self.missing,
            "overloaded": self.overloaded,
            "tables": [table.as_json() for table in self.tables],
            **self.more,
        }


class Subject(Protocol):
    """A module that measures one thing."""

    @property
    def NAME(self) -> str:  # noqa: N802  a constant of the module
        """As it is chosen on the command line."""

    @property
    def DESCRIPTION(self) -> str:  # noqa: N802  likewise
        """What is measured, in one line."""

    def run(self, size: Size) -> Report:
        """Measure, within minutes; whatever was started has ended on return."""
