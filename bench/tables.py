"""Figures, and the tables in which they stand; nothing is measured here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = str | int | float | None


def percentile(samples: Sequence[float], share: float) -> float | None:
    """The smallest sample that so great a share of all does not exceed (nearest rank).

    `share` is over 0 and at most 1. None of no samples.
    """
    if not samples:
        return None
    rank = math.ceil(round(share * len(samples), 9))
    return sorted(samples)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the names of their columns; None stands for what is not known."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    notes: list[str] = field(default_factory=list)

    def as_text(self) -> str:
        """For a terminal: numbers to the right, notes below."""
        cells = [self.columns, *(tuple(map(_shown, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        head, *body = cells
        lines = [
            self.title,
            "",
            _line(head, widths),
            _line(["-" * width for width in widths], widths),
            *(_line(row, widths) for row in body),
            "",
            *self.notes,
        ]
        return "\n".join(lines).rstrip()

    def as_json(self) -> dict[str, Any]:
        """Every row as an object."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": self.notes}


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
