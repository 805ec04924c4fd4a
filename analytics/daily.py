"""Counting days: documents in, their sums by day, agent and queue out; one statement, safe to repeat."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from analytics.models import CallDocument, DailyFigures

# Offered are inbound calls that somebody could have answered: those that were told at
# once that nobody comes were not. Answered is who was connected to an agent or the
# assistant. A call that both had was not handled by the assistant alone.
# In the order in which they are read, so that a year's rows of one kind lie together.
_COUNT: Final = """
INSERT INTO analytics_dailyfigures (
    day, by_agent, by_queue, agent_id, queue_id, service_level_seconds, inbound,
    outbound, offered, answered, answered_in_time, abandoned, wait_sum, handle_sum,
    handle_known, hold_sum, hold_known, held, dead_air_sum, dead_air_known,
    talk_share_sum, talk_share_known, score_sum, scored, suggested, suggestions_used,
    handled, handled_by_ai
)
SELECT
    day,
    GROUPING(agent_id) = 0,
    GROUPING(queue_id) = 0,
    agent_id,
    queue_id,
    %(in_time)s,
    count(*) FILTER (WHERE direction = 'inbound'),
    count(*) FILTER (WHERE direction = 'outbound'),
    count(*) FILTER (WHERE offered),
    count(*) FILTER (WHERE offered AND wait_time IS NOT NULL),
    count(*) FILTER (WHERE offered AND wait_time <= %(in_time)s),
    count(*) FILTER (WHERE offered AND outcome = 'abandoned'),
    COALESCE(sum(wait_time) FILTER (WHERE offered), 0),
    COALESCE(sum(handle_time), 0),
    count(handle_time),
    COALESCE(sum(hold_time), 0),
    count(hold_time),
    count(*) FILTER (WHERE hold_time > 0),
    COALESCE(sum(dead_air_time), 0),
    count(dead_air_time),
    COALESCE(sum(agent_talk_share), 0),
    count(agent_talk_share),
    COALESCE(sum(score), 0),
    count(score),
    COALESCE(sum(turns_with_suggestion), 0),
    COALESCE(sum(turns_with_suggestion_used), 0),
    count(*) FILTER (WHERE attended OR led),
    count(*) FILTER (WHERE led AND NOT attended)
FROM (
    SELECT
        *,
        (created_at AT TIME ZONE %(zone)s)::date AS day,
        direction = 'inbound' AND outcome <> 'turned-away' AS offered
    FROM analytics_calldocument
    WHERE created_at >= %(since)s AND created_at < %(until)s AND NOT trial
) AS document
GROUP BY GROUPING SETS (
    (day), (day, agent_id), (day, queue_id), (day, agent_id, queue_id)
)
ORDER BY 2, 3, 1
"""


def zone() -> tzinfo:
    """The time zone whose days are counted."""
    return timezone.get_default_timezone()


def begins(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time.min, zone())


def count(days: Iterable[date]) -> None:
    """Count these days anew, from their calls' documents."""
    with transaction.atomic():
        for first, last in _stretches(days):
            DailyFigures.objects.filter(day__range=(first, last)).delete()
            with connection.cursor() as cursor:
                cursor.execute(
                    _COUNT,
                    {
                        "zone": str(zone()),
                        "since": begins(first),
                        "until": begins(last + timedelta(days=1)),
                        "in_time": settings.SERVICE_LEVEL_SECONDS,
                    },
                )


def count_all() -> None:
    """Count every day there is anew."""
    with transaction.atomic():
        DailyFigures.objects.all().delete()
        times = CallDocument.objects.order_by("created_at").values_list(
            "created_at", flat=True
        )
        first, last = times.first(), times.last()
        if first is not None and last is not None:
            count(_between(_day(first), _day(last)))


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, zone())


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow each other, as first and last."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
