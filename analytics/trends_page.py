"""What the page of trends shows: each figure with its picture, its change, and the tables; it decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from analytics import trends
from analytics.chart import Chart, chart
from analytics.trends import FIGURES, Figure, Scope, Sums
from calls.models import Queue, User

PERIODS: Final = (7, 30, 90, 365)
USUAL: Final = 30
# Of a longer period weeks are shown.
_MOST_DAYS: Final = 120
_MOST_DATES: Final = 6
# So small a change of a figure is none: of itself, and in percent points of a share.
_STEADY: Final = 0.005

# Who may have calls.
_TALK: Final = (User.Role.AGENT, User.Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Asked:
    """So many days up to the last one, of these calls."""

    days: int
    last: date
    scope: Scope

    @property
    def first(self) -> date:
        """The first day that is shown."""
        return self.last - timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before: as a text, and whether that is good, bad or neither."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Column:
    """A place on the time axis: what it stands for, and the list of its calls."""

    first: date
    last: date
    address: str
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """A figure over the period; `missing` says why there is none."""

    figure: Figure
    value: str
    before: str
    change: Change | None
    chart: Chart | None
    steps: list[tuple[str, str]]
    columns: list[tuple[Any, Column, str]]
    missing: str


def context(asked: Asked, today: date) -> dict[str, Any]:
    """All of the page."""
    length = timedelta(days=asked.days)
    days = trends.by_day(asked.first - length, asked.last, asked.scope)
    size = 1 if asked.days <= _MOST_DAYS else 7
    now = trends.buckets(days, asked.first, asked.last, size)
    before = trends.buckets(days, asked.first - length, asked.last - length, size)
    columns = [_column(first, last, asked.scope) for first, last, _sums in now]
    agents, queues = _split(asked, trends.added(sums for *_, sums in now))
    people = {each.pk: str(each) for each in User.objects.filter(role__in=_TALK)}
    names = dict(Queue.objects.values_list("pk", "name"))
    return {
        "asked": asked,
        "periods": PERIODS,
        "is_today": asked.last == today,
        "agents": sorted(people.items(), key=lambda each: each[1].casefold()),
        "queues": sorted(names.items(), key=lambda each: each[1].casefold()),
        "figures": FIGURES,
        "threshold": settings.SERVICE_LEVEL_SECONDS,
        "is_empty": not any(_has_any(sums) for *_, sums in now),
        "by_week": size > 1,
        "cards": [
            _card(figure, now, before, columns, asked.scope) for figure in FIGURES
        ],
        "dates": _dates(now),
        "day_rows": [
            (column.title, column.address, _values(sums))
            for column, (*_, sums) in reversed(list(zip(columns, now, strict=True)))
            if _has_any(sums)
        ],
        "agent_rows": _named(agents, people, _("No agent"), asked, "agent"),
        "queue_rows": _named(queues, names, _("No queue"), asked, "queue"),
    }


def _split(
    asked: Asked, whole: Sums
) -> tuple[dict[int | None, Sums], dict[int | None, Sums]]:
    """The sums of the period by agent and by queue; of one of them that is all of it."""
    period, scope = (asked.first, asked.last), asked.scope
    agents: dict[int | None, Sums] = {scope.agent: whole}
    queues: dict[int | None, Sums] = {scope.queue: whole}
    if scope.agent is None:
        agents = trends.by_agent(*period, scope)
    if scope.queue is None:
        queues = trends.by_queue(*period, scope)
    return agents, queues


def shown(figure: Figure, value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if figure.unit == "count":
        return f"{value:,.0f}"
    if figure.unit == "share":
        return f"{100 * value:.1f} %"
    if figure.unit == "percent":
        return f"{value:.1f} %"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60}:{int(value) % 60:02} min"


def change(figure: Figure, now: float | None, before: float | None) -> Change | None:
    """From the period before to this one; None where either is not known."""
    if now is None or before is None:
        return None
    if figure.unit in {"share", "percent"}:
        points = (now - before) * (100 if figure.unit == "share" else 1)
        steady = abs(points) < 100 * _STEADY / 5
        text = _("%(points)+.1f points") % {"points": points}
        up = points > 0
    else:
        if not before:
            return None
        share = now / before - 1
        steady, up = abs(share) < _STEADY, share > 0
        text = f"{100 * share:+.0f} %"
    if steady:
        return Change(_("unchanged"), "steady")
    good = figure.better * (1 if up else -1)
    arrow = "▲" if up else "▼"
    tone = {1: "good", -1: "bad", 0: "steady"}[good]
    return Change(f"{arrow} {text}", tone)


def _card(
    figure: Figure,
    now: Sequence[tuple[date, date, Sums]],
    before: Sequence[tuple[date, date, Sums]],
    columns: Sequence[Column],
    scope: Scope,
) -> Card:
    values = [figure.of(sums) for *_, sums in now]
    earlier = [figure.of(sums) for *_, sums in before]
    whole = figure.of(trends.added(sums for *_, sums in now))
    then = figure.of(trends.added(sums for *_, sums in before))
    picture = chart(
        values,
        earlier,
        most={"share": 1.0, "percent": 100.0}.get(figure.unit),
        seconds=figure.unit == "seconds",
    )
    return Card(
        figure=figure,
        value=shown(figure, whole),
        before=shown(figure, then),
        change=change(figure, whole, then),
        chart=picture,
        steps=[
            (step.at, _axis(figure, step.value))
            for step in (picture.steps if picture else [])
        ],
        columns=[
            (bar, column, _told(figure, column, bar.value, bar.before))
            for bar, column in zip(
                picture.bars if picture else [], columns, strict=False
            )
        ],
        missing="" if picture else _missing(figure, scope),
    )


def _missing(figure: Figure, scope: Scope) -> str:
    if figure.by_queue:
        return _("Not known of any call in these days.")
    if scope.queue is None:
        return _("Nobody was on a call or available for one in these days.")
    return _(
        "Not known by queue: agents are available for all of their queues at once."
    )


def _has_any(sums: Sums) -> bool:
    """Whether there were calls, or agents who were there for some."""
    return any(sums[name] for name in ("inbound", "outbound", *trends.PRESENCE))


def _told(
    figure: Figure, column: Column, value: float | None, before: float | None
) -> str:
    return _("%(day)s: %(value)s (period before: %(before)s)") % {
        "day": column.title,
        "value": shown(figure, value),
        "before": shown(figure, before),
    }


def _axis(figure: Figure, value: float) -> str:
    if figure.unit == "share":
        return f"{100 * value:.3g} %"
    if figure.unit == "percent":
        return f"{value:.3g} %"
    if figure.unit == "seconds" and value >= 120:
        return f"{value / 60:.3g} min"
    return f"{value:,.6g}" + (" s" if figure.unit == "seconds" else "")


def _values(sums: Sums) -> list[str]:
    return [shown(figure, figure.of(sums)) for figure in FIGURES]


def _column(first: date, last: date, scope: Scope) -> Column:
    title = f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} – {last:%m-%d}"
    return Column(first, last, _calls(first, last, scope), title)


def _calls(first: date, last: date, scope: Scope) -> str:
    asked: dict[str, Any] = {"since": first.isoformat(), "until": last.isoformat()}
    if scope.agent is not None:
        asked["agent"] = scope.agent
    if scope.queue is not None:
        asked["queue"] = scope.queue
    return f"{reverse('calls')}?{urlencode(asked)}"


def _dates(now: Sequence[tuple[date, date, Sums]]) -> list[tuple[str, date]]:
    every = -(-len(now) // _MOST_DATES)
    return [
        (f"{100 * (n + 0.5) / len(now):.3f}%", now[n][0])
        for n in range(0, len(now), every)
    ]


def _named(
    rows: Mapping[int | None, Sums],
    names: Mapping[int, str],
    nobody: str,
    asked: Asked,
    what: str,
) -> list[tuple[str, str, list[str]]]:
    """A name, the way to its calls (empty for nobody's), and its figures; most calls first."""
    found = []
    ordered = sorted(rows.items(), key=lambda each: -(FIGURES[0].of(each[1]) or 0))
    for key, sums in ordered:
        address = ""
        if key is not None:
            agent = key if what == "agent" else asked.scope.agent
            queue = key if what == "queue" else asked.scope.queue
            address = _calls(asked.first, asked.last, Scope(agent, queue))
        name = nobody if key is None else names.get(key, str(key))
        found.append((name, address, _values(sums)))
    return found
