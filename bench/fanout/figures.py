"""From what desks have seen to the tables; nothing is measured here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.load import Load
from bench.tables import Cell, Table, percentile


@dataclass(slots=True)
class Told:
    """So many desks of one design. Seconds; `server` is the share of its core that it used.

    `lags`: from the event to each delivery. `idle`: `server` while nothing happens.
    `rates`: deliveries a second when messages come faster than they can be delivered.
    """

    lags: list[float] = field(default_factory=list)
    lasts: list[float] = field(default_factory=list)
    idle: float | None = None
    server: float | None = None
    rates: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        """The median flood's."""
        return median(self.rates) if self.rates else None

    def add(self, moment: float, arrived: Sequence[float]) -> None:
        """One event, and when it came to each desk."""
        lags = [at - moment for at in arrived]
        self.lags += lags
        self.lasts.append(max(lags))


def table(measured: Sequence[tuple[int, Told, Told]]) -> Table:
    """Both designs, by the number of desks."""
    rows: list[tuple[Cell, ...]] = [
        (
            desks,
            name,
            len(told.lasts),
            _ms(percentile(told.lags, 0.5)),
            _ms(percentile(told.lags, 0.99)),
            _ms(percentile(told.lasts, 0.5)),
            _whole(told.rate),
            _whole(min(told.rates, default=None)),
            _whole(max(told.rates, default=None)),
            _percent(told.idle),
            _percent(told.server),
            _ms(max((load.late_p99 or 0.0 for load in told.loads), default=None)),
            _percent(max((load.cpu for load in told.loads), default=None)),
        )
        for desks, ours, stock in measured
        for name, told in (("ours", ours), ("stock", stock))
    ]
    return Table(
        "One event to all desks: milliseconds from its commit to each desk",
        (
            *("desks", "design", "events", "p50", "p99", "last p50"),
            *("deliveries/s", "from", "to"),
            *("idle %", "server %", "late p99", "generator %"),
        ),
        rows,
        notes=list(_ratios(measured)),
    )


def catch_up_table(desks: int, away: float, live: Told, missed: Told) -> Table:
    """What happened while Redis was away, and when it was back."""
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            len(told.lags),
            *(_ms(percentile(told.lags, share)) for share in (0.5, 0.99, 1.0)),
        )
        for name, told in (
            ("committed while it was away", missed),
            ("committed when it was back", live),
        )
    ]
    return Table(
        f"Redis restarts, {desks} desks: milliseconds to each desk",
        ("event", "deliveries", "p50", "p99", "last"),
        rows,
        notes=[
            f"Redis was away for {away:.1f} s. What was committed meanwhile is counted"
            " from its commit; desks learn of it from the beacon of every 3 s."
        ],
    )


def _ratios(measured: Iterable[tuple[int, Told, Told]]) -> Iterable[str]:
    for desks, ours, stock in measured:
        if ours.rate and stock.rate:
            yield (
                f"{desks} desks: {ours.rate / stock.rate:.1f} times the deliveries of"
                " the stock design."
            )


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
