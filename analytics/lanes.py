"""The picture of a call as bars on a time axis, in percent of its length; it draws nothing itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

_NICE: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS: Final = 9
LANE_HEIGHT: Final = 30


class Bar(NamedTuple):
    """From `left` on, `width` wide, both in percent of the picture; seconds for the tooltip."""

    left: str
    width: str
    start: float
    end: float
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened in the call, in seconds of its clock; a moment ends where it starts."""

    kind: str
    title: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture."""

    kind: str
    top: int
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the time axis."""

    left: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Picture:
    """All rows above one axis."""

    length: float
    height: int
    lanes: list[Lane]
    ticks: list[Tick]

    @property
    def kinds(self) -> set[str]:
        """What is to be explained below it."""
        return {bar.kind for lane in self.lanes for bar in lane.bars}


def picture(result: Mapping[str, Any], marks: Iterable[Mark] = ()) -> Picture | None:
    """Rows for who spoke, and one for holds, silences and other moments; None without a length."""
    length = result["figures"].get("duration")
    if not length:
        return None
    rows = {
        speaker: _bars(result["speech"][speaker], length, speaker)
        for speaker in speakers(result)
    }
    rows["moments"] = [
        *_bars(result["unattended"], length, "waiting"),
        *_bars(result["holds"], length, "hold"),
        *_bars(result.get("secure", ()), length, "secure"),
        *_named(result["dead_air"], length, "dead-air"),
        *_named(result["overlaps"], length, "overlap"),
        *(_marked(mark, length) for mark in marks if mark.start <= length),
    ]
    lanes = [
        Lane(kind, number * LANE_HEIGHT, bars)
        for number, (kind, bars) in enumerate(rows.items())
    ]
    return Picture(length, len(lanes) * LANE_HEIGHT, lanes, _ticks(length))


def speakers(result: Mapping[str, Any]) -> list[str]:
    """Those who spoke, the caller first: JSON from the database has lost the order."""
    return sorted(result["speech"], key=lambda speaker: (speaker != "caller", speaker))


def share(seconds: float, length: float) -> str:
    """So many seconds of a length, in percent."""
    # A string: a template would write a number with the reader's decimal comma.
    return f"{100 * seconds / length:.3f}%"


def _bars(parts: Sequence[Sequence[float]], length: float, kind: str) -> list[Bar]:
    return [_bar(start, end, length, kind) for start, end in parts]


def _named(parts: Sequence[Mapping[str, Any]], length: float, kind: str) -> list[Bar]:
    return [_bar(part["start"], part["end"], length, kind) for part in parts]


def _bar(start: float, end: float, length: float, kind: str) -> Bar:
    return Bar(share(start, length), share(end - start, length), start, end, kind)


def _marked(mark: Mark, length: float) -> Bar:
    end = min(mark.end, length)
    width = share(end - mark.start, length)
    return Bar(share(mark.start, length), width, mark.start, end, mark.kind, mark.title)


def _ticks(length: float) -> list[Tick]:
    apart = next((nice for nice in _NICE if length / nice <= _MOST_TICKS), _NICE[-1])
    marks = range(0, int(length) + 1, apart)
    return [Tick(share(mark, length), float(mark)) for mark in marks]
