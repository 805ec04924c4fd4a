"""From what happened on the calls to the figures of the table; nothing is measured here."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.load import Load
from bench.tables import Cell, Table, percentile
from bench.voice.caller import Moments, Spoken
from bench.voice.script import Script
from bench.voice.vendors import Asked

REQUEST: Final = "caller's speech ends → request to the model"
FRAME: Final = "voice's first byte → first frame to the caller"
BARGE_IN: Final = "caller speaks against it → clear"
CLEAR: Final = "takeover is committed → clear"
LAST_FRAME: Final = "takeover is committed → last frame of sound"
FIGURES: Final = (REQUEST, FRAME, BARGE_IN, CLEAR, LAST_FRAME)

COLUMNS: Final = (
    "milliseconds",
    "calls",
    "samples",
    "all p50",
    "waits p50",
    "vendor p50",
    "ours p50",
    "ours p99",
    "bare p50",
    "bare p99",
    "late p99",
    "generator %",
    "server %",
)


@dataclass(frozen=True, slots=True)
class Lag:
    """One sample, seconds: from cause to effect, what of it is meant to be, and the vendor's part."""

    all: float
    waits: float = 0.0
    vendor: float = 0.0

    @property
    def ours(self) -> float:
        """What is left is our doing."""
        return self.all - self.waits - self.vendor


@dataclass(frozen=True, slots=True)
class Held:
    """One call that is over, and what the vendors know of it."""

    moments: Moments
    asked: Sequence[Asked]
    voiced: Sequence[float]


@dataclass(slots=True)
class Side:
    """All calls of one server under one load: its samples, figure by figure.

    `stray` counts frames of sound that came after the `clear` that was to end it. `broken`
    names the errors with which calls ended that should have gone on.
    """

    lags: dict[str, list[Lag]] = field(default_factory=dict)
    stray: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, held: Held) -> None:
        """Take what one call tells."""
        moments = held.moments
        for spoken, asked in _turns(held):
            self._keep(REQUEST, _request(spoken, asked))
            self._keep(BARGE_IN, _barge_in(moments, spoken, asked))
        for at in held.voiced:
            if at > moments.since:
                self._keep(FRAME, _until_first(moments.media, at))
        if moments.taken_over is not None:
            self._keep(CLEAR, _until_first(moments.clears, moments.taken_over))
            self._keep(LAST_FRAME, _last_frame(moments, moments.taken_over))
        self.stray += _stray(held)

    def _keep(self, name: str, lag: Lag | None) -> None:
        if lag is not None:
            self.lags.setdefault(name, []).append(lag)


def expected(*, calls: int, turns: int) -> dict[str, int]:
    """How many samples of each figure so many calls, of so many turns each, must give."""
    turns *= calls
    return {
        REQUEST: turns,
        FRAME: turns,
        BARGE_IN: turns,
        CLEAR: calls,
        LAST_FRAME: calls,
    }


def missing(side: Side, wanted: dict[str, int], name: str) -> Iterator[str]:
    """What was not measured, in sentences."""
    for figure, number in wanted.items():
        found = len(side.lags.get(figure, ()))
        if found != number:
            yield f"{name}: {found} instead of {number} samples of “{figure}”."


@dataclass(frozen=True, slots=True)
class Measured:
    """The same calls on our server and on the bare one; `server` is our share of a core."""

    calls: int
    ours: Side
    bare: Side
    loads: Sequence[Load]
    server: float | None

    @property
    def is_carried(self) -> bool:
        """Whether our server held all calls to their end."""
        return not self.ours.broken

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """A row for each figure."""
        late = max((load.late_p99 or 0.0 for load in self.loads), default=None)
        busy = max((load.cpu for load in self.loads), default=None)
        for figure in FIGURES:
            lags = self.ours.lags.get(figure, [])
            bare = self.bare.lags.get(figure, [])
            yield (
                figure,
                self.calls,
                len(lags),
                _ms([lag.all for lag in lags], 0.5),
                _ms([lag.waits for lag in lags], 0.5),
                _ms([lag.vendor for lag in lags], 0.5),
                *_both([lag.ours for lag in lags]),
                *_both([lag.ours for lag in bare]),
                None if late is None else late * 1000,
                None if busy is None else busy * 100,
                None if self.server is None else self.server * 100,
            )


def table(
    measured: Iterable[Measured], script: Script, *, untried: Sequence[int] = ()
) -> Table:
    """All of it, one figure after the other; `untried` are numbers of calls."""
    measured = list(measured)
    rows = [row for one in measured for row in one.rows()]
    rows.sort(key=lambda row: FIGURES.index(str(row[0])))  # stable: by calls within
    ours = sum(one.ours.stray for one in measured)
    bare = sum(one.bare.stray for one in measured)
    return Table(
        title="The AI voice: what it adds, beside the same calls on bare sockets",
        columns=COLUMNS,
        rows=rows,
        notes=[
            *_carried(measured, untried),
            f"Frames of sound after a clear: {ours}; from the bare server: {bare}.",
            "Our detector hears the caller's speech end"
            f" {script.ends_early * 1000:.0f} ms before its last sound; that is where the"
            " first figure begins.",
        ],
    )


def _carried(measured: Sequence[Measured], untried: Sequence[int]) -> Iterator[str]:
    """How many calls at once were carried, and why not more."""
    for one in measured:
        for name, side in (("our", one.ours), ("the bare", one.bare)):
            if side.broken:
                why = ", ".join(
                    f"{number} {error}"
                    for error, number in Counter(side.broken).items()
                )
                yield (
                    f"{one.calls} calls were not carried by {name} server:"
                    f" {len(side.broken)} broke off ({why})."
                )
    if untried:
        yield f"Not tried after that: {', '.join(map(str, untried))} calls."
    most = max((one.calls for one in measured if one.is_carried), default=0)
    yield f"The most calls at once that our server carried: {most}."


def _turns(held: Held) -> Iterator[tuple[Spoken, Asked]]:
    """The caller's sentences, each with the request to the model that followed."""
    since = held.moments.since
    spoken = [one for one in held.moments.spoken if one.began > since > 0.0]
    ends = [*(one.began for one in spoken), math.inf][1:]
    for one, end in zip(spoken, ends, strict=False):
        for asked in held.asked:
            if one.over and one.ended < asked.at < end:
                yield one, asked
                break


def _request(spoken: Spoken, asked: Asked) -> Lag | None:
    heard = asked.heard
    if heard.completed is None or heard.committed is None:
        return None
    transcribing = heard.completed - heard.committed
    silence = spoken.over - spoken.ended
    return Lag(asked.at - spoken.ended, waits=silence, vendor=transcribing)


def _barge_in(moments: Moments, spoken: Spoken, asked: Asked) -> Lag | None:
    """From a sentence's first frame; words that were heard before the clear are the vendor's."""
    cleared = next((at for at in moments.clears if at > spoken.began), None)
    if cleared is None:
        return None
    heard = asked.heard
    by_words = heard.words is not None and heard.words < cleared
    vendor = heard.words - heard.began if heard.words and by_words else 0.0
    return Lag(cleared - spoken.began, waits=spoken.sure - spoken.began, vendor=vendor)


def _until_first(moments: Sequence[float], at: float) -> Lag | None:
    first = next((moment for moment in moments if moment > at), None)
    return None if first is None else Lag(first - at)


def _last_frame(moments: Moments, at: float) -> Lag | None:
    """Zero if none came after the commit; None if it never became silent."""
    if not any(moment > at for moment in moments.clears):
        return None
    last = moments.media[-1] if moments.media else at
    return Lag(max(0.0, last - at))


def _stray(held: Held) -> int:
    """Frames that came after a clear and before the next voice could have begun."""
    found = 0
    for cleared in held.moments.clears:
        begins = next((at for at in held.voiced if at > cleared), math.inf)
        found += sum(cleared < at < begins for at in held.moments.media)
    return found


def _both(seconds: Sequence[float]) -> tuple[Cell, Cell]:
    return _ms(seconds, 0.5), _ms(seconds, 0.99)


def _ms(seconds: Sequence[float], share: float) -> Cell:
    found = percentile(seconds, share)
    return None if found is None else found * 1000
