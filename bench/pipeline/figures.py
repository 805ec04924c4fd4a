"""From turns, the vendor's notes and the desks' to the tables; nothing is measured here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import linear_regression, median
from typing import Final

from bench.load import Load
from bench.pipeline.talk import Turn
from bench.tables import Cell, Table, percentile
from bench.voice.vendors import Heard

WORDS: Final = "speech begins → first words on the desk"
TEXT: Final = "speech ends → its text on the desk"
COLUMNS: Final = (
    *("milliseconds", "calls", "server", "samples", "all p50", "waits p50"),
    *("vendor p50", "ours p50", "ours p99", "server %", "late p99", "generator %"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds. `waits` is the part that is meant, `vendor` the part that the vendor took."""

    all: float
    waits: float
    vendor: float

    @property
    def ours(self) -> float:
        """What is left."""
        return self.all - self.waits - self.vendor


@dataclass(slots=True)
class Side:
    """One server with so many calls. `server` is the share of its core that it used."""

    name: str
    calls: int
    words: list[Sample] = field(default_factory=list)
    texts: list[Sample] = field(default_factory=list)
    server: float | None = None
    load: Load = field(default_factory=Load)


def words(turn: Turn, heard: Heard, arrived: float) -> Sample | None:
    """First words of a sentence that came to the desk at that moment."""
    if heard.words is None:
        return None
    return Sample(
        arrived - turn.began, turn.sure - turn.began, heard.words - heard.began
    )


def text(turn: Turn, heard: Heard, arrived: float) -> Sample | None:
    """The whole text of a sentence, likewise."""
    if heard.committed is None or heard.completed is None:
        return None
    vendor = heard.completed - heard.committed
    return Sample(arrived - turn.ended, turn.over - turn.ended, vendor)


def table(sides: Iterable[Side]) -> Table:
    """Both figures by the number of calls, each server's under the other's."""
    rows: list[tuple[Cell, ...]] = []
    sides = list(sides)
    for name in (WORDS, TEXT):
        for side in sides:
            samples = side.words if name == WORDS else side.texts
            rows.append((name, side.calls, side.name, *_told(samples), *_load(side)))
    return Table("A spoken word on its way to the desk", COLUMNS, rows)


def _told(samples: Sequence[Sample]) -> tuple[Cell, ...]:
    ours = [one.ours for one in samples]
    return (
        len(samples),
        _ms(percentile([one.all for one in samples], 0.5)),
        _ms(percentile([one.waits for one in samples], 0.5)),
        _ms(percentile([one.vendor for one in samples], 0.5)),
        _ms(percentile(ours, 0.5)),
        _ms(percentile(ours, 0.99)),
    )


def _load(side: Side) -> tuple[Cell, ...]:
    server = None if side.server is None else side.server * 100
    return (server, _ms(side.load.late_p99), side.load.cpu * 100)


@dataclass(frozen=True, slots=True)
class Memory:
    """The server's memory with so many calls, KiB."""

    calls: int
    kibibytes: float


@dataclass(frozen=True, slots=True)
class Soak:
    """So many calls for a while: moments, seconds, and the memory at each, KiB."""

    calls: int
    speaking: int
    at: Sequence[float]
    kibibytes: Sequence[float]
    server: float | None

    @property
    def slope(self) -> float:
        """KiB for each call and minute."""
        return linear_regression(self.at, self.kibibytes).slope * 60 / self.calls

    @property
    def course(self) -> list[float]:
        """MiB, the medians of up to five equal parts: a rise at the beginning alone is no leak."""
        count = len(self.kibibytes)
        parts = min(5, count)
        ends = [count * part // parts for part in range(parts + 1)]
        return [
            median(self.kibibytes[begin:end]) / 1024 for begin, end in pairwise(ends)
        ]


def memory_table(found: Sequence[Memory], soak: Soak) -> Table:
    """What a call takes, and what becomes of it in time."""
    idle = found[0].kibibytes
    rows: list[tuple[Cell, ...]] = [
        (
            one.calls,
            one.kibibytes / 1024,
            (one.kibibytes - idle) / one.calls if one.calls else None,
        )
        for one in found
    ]
    share = "" if soak.server is None else f" The server used {soak.server:.0%}."
    seconds = soak.at[-1] - soak.at[0]
    return Table(
        "Memory of the media server with live calls",
        ("calls", "MiB", "KiB a call"),
        rows,
        notes=[
            f"Then {soak.calls} calls for {seconds:.0f} s: {soak.kibibytes[0] / 1024:.1f}"
            f" to {soak.kibibytes[-1] / 1024:.1f} MiB, a slope of {soak.slope:.1f} KiB"
            f" for each call and minute.{share}",
            f"The medians of {len(soak.course)} equal parts of that time: "
            + ", ".join(f"{part:.1f}" for part in soak.course)
            + " MiB.",
            f"{soak.speaking} of them sent 100 frames a second and spoke; of the others"
            " a frame of each track came a second, with silence to be put before it.",
        ],
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
