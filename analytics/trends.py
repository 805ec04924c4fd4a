"""What a period's calls and desks were like, from the sums of days: each figure made by its definition."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from django.db.models import QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.models import DailyFigures, DailyPresence

SUMS: Final = (
    "inbound",
    "outbound",
    "offered",
    "answered",
    "answered_in_time",
    "abandoned",
    "wait_sum",
    "handle_sum",
    "handle_known",
    "hold_sum",
    "hold_known",
    "held",
    "dead_air_sum",
    "dead_air_known",
    "talk_share_sum",
    "talk_share_known",
    "score_sum",
    "scored",
    "suggested",
    "suggestions_used",
    "handled",
    "handled_by_ai",
)
# Of agents, whatever the queue.
PRESENCE: Final = ("on_call", "available")
Sums = dict[str, float]
Unit = Literal["count", "seconds", "share", "percent"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `better` is 1 where more is better, -1 where less is, 0 where neither.

    `by_queue` says whether it can be told of a queue.
    """

    key: str
    unit: Unit
    better: int
    title: Promise
    text: Promise
    of: Callable[[Sums], float | None]
    by_queue: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calls: of one agent, of one queue, of both, or of everybody."""

    agent: int | None = None
    queue: int | None = None


def _ratio(above: str, below: str) -> Callable[[Sums], float | None]:
    def of(sums: Sums) -> float | None:
        number = sums.get(below, 0)
        return sums.get(above, 0) / number if number else None

    return of


def _occupancy(sums: Sums) -> float | None:
    on_call = sums.get("on_call", 0)
    present = on_call + sums.get("available", 0)
    return on_call / present if present else None


def _calls(sums: Sums) -> float | None:
    return sums.get("inbound", 0) + sums.get("outbound", 0)


FIGURES: Final = (
    Figure(
        "calls",
        "count",
        0,
        _("Calls"),
        _(
            "Calls that began on the day and have ended, inbound and outbound. No trials."
        ),
        _calls,
    ),
    Figure(
        "answer_speed",
        "seconds",
        -1,
        _("Answer speed"),
        _(
            "Mean waiting time of the answered inbound calls: from the answer to the"
            " first moment an agent or the assistant is connected."
        ),
        _ratio("wait_sum", "answered"),
    ),
    Figure(
        "service_level",
        "share",
        1,
        _("Service level"),
        _(
            "Answered within the threshold ÷ offered. Offered are inbound calls but"
            " those that were told at once that nobody comes."
        ),
        _ratio("answered_in_time", "offered"),
    ),
    Figure(
        "abandonment",
        "share",
        -1,
        _("Abandonment"),
        _("Hung up while waiting ÷ offered."),
        _ratio("abandoned", "offered"),
    ),
    Figure(
        "handle_time",
        "seconds",
        0,
        _("Handle time"),
        _("Mean of duration without waiting, with wrap-up, where it is known."),
        _ratio("handle_sum", "handle_known"),
    ),
    Figure(
        "occupancy",
        "share",
        0,
        _("Occupancy"),
        _(
            "Agents' time on a call ÷ (time on a call + time available). Wrap-up, away"
            " and offline are in neither part. It is not known by queue."
        ),
        _occupancy,
        by_queue=False,
    ),
    Figure(
        "hold",
        "seconds",
        -1,
        _("On hold"),
        _("Mean time on hold over all measured calls, held or not."),
        _ratio("hold_sum", "hold_known"),
    ),
    Figure(
        "hold_when_held",
        "seconds",
        -1,
        _("On hold, if held"),
        _("The same, over those calls alone that were on hold at all."),
        _ratio("hold_sum", "held"),
    ),
    Figure(
        "dead_air",
        "seconds",
        -1,
        _("Dead air"),
        _("Mean dead air over all calls whose recording was measured."),
        _ratio("dead_air_sum", "dead_air_known"),
    ),
    Figure(
        "talk_share",
        "share",
        0,
        _("Agent's talk share"),
        _("Mean over calls of the agent's talk time ÷ all talk time."),
        _ratio("talk_share_sum", "talk_share_known"),
    ),
    Figure(
        "score",
        "percent",
        1,
        _("Score"),
        _("Mean score of the current quality reports that have one."),
        _ratio("score_sum", "scored"),
    ),
    Figure(
        "suggestion_use",
        "share",
        1,
        _("Suggestions used"),
        _(
            "Turns of callers after which a suggestion was used ÷ turns after which"
            " one was offered."
        ),
        _ratio("suggestions_used", "suggested"),
    ),
    Figure(
        "ai_share",
        "share",
        0,
        _("Handled by AI"),
        _(
            "Calls in which the assistant spoke and no agent was connected ÷ calls in"
            " which either was."
        ),
        _ratio("handled_by_ai", "handled"),
    ),
)


def by_day(first: date, last: date, scope: Scope) -> dict[date, Sums]:
    """Sums of each day that has calls, or agents who were there for some."""
    rows = _rows(first, last, scope).values_list("day", *SUMS)
    found = {day: dict(zip(SUMS, sums, strict=True)) for day, *sums in rows}
    if scope.queue is None:
        desks = _desks(first, last).filter(agent=scope.agent)
        for day, *sums in desks.values_list("day", *PRESENCE):
            found.setdefault(day, {}).update(zip(PRESENCE, sums, strict=True))
    return found


def by_agent(first: date, last: date, scope: Scope) -> dict[int | None, Sums]:
    """Sums of the period by agent; None is of calls that no agent had."""
    found = _grouped("agent", SUMS, _rows(first, last, scope, by_agent=True))
    if scope.queue is None:
        desks = _desks(first, last).exclude(agent=None)
        if scope.agent is not None:
            desks = desks.filter(agent=scope.agent)
        for agent, sums in _grouped("agent", PRESENCE, desks).items():
            found.setdefault(agent, {}).update(sums)
    return found


def by_queue(first: date, last: date, scope: Scope) -> dict[int | None, Sums]:
    """Likewise by queue."""
    return _grouped("queue", SUMS, _rows(first, last, scope, by_queue=True))


def added(sums: Iterable[Sums]) -> Sums:
    """All of it in one."""
    whole = dict.fromkeys((*SUMS, *PRESENCE), 0.0)
    for each in sums:
        for name, value in each.items():
            whole[name] += value
    return whole


def buckets(
    days: dict[date, Sums], first: date, last: date, size: int
) -> list[tuple[date, date, Sums]]:
    """The period in stretches of so many days, from its beginning; the last may be shorter."""
    found = []
    begin = first
    while begin <= last:
        end = min(last, begin + timedelta(days=size - 1))
        inside = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
        sums = added(days[day] for day in inside if day in days)
        found.append((begin, end, sums))
        begin = end + timedelta(days=1)
    return found


def _rows(
    first: date,
    last: date,
    scope: Scope,
    *,
    by_agent: bool = False,
    by_queue: bool = False,
) -> Any:  # noqa: ANN401
    rows = DailyFigures.objects.filter(
        by_agent=by_agent or scope.agent is not None,
        by_queue=by_queue or scope.queue is not None,
        day__range=(first, last),
    )
    if scope.agent is not None:
        rows = rows.filter(agent=scope.agent)
    if scope.queue is not None:
        rows = rows.filter(queue=scope.queue)
    return rows


def _desks(first: date, last: date) -> "QuerySet[DailyPresence]":
    return DailyPresence.objects.filter(day__range=(first, last))


def _grouped(name: str, names: Sequence[str], rows: Any) -> dict[int | None, Sums]:  # noqa: ANN401
    sums = rows.values_list(name).annotate(*(Sum(each) for each in names)).order_by()
    return {key: dict(zip(names, found, strict=True)) for key, *found in sums}
