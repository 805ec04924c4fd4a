"""Counting how long agents were on calls and available, day by day, from the history of their status.

Occupancy is time on a call ÷ (time on a call + time available). On a call is the status
"busy": from the moment an agent has a call until they leave it, holds included. Wrap-up,
away and offline are in neither part, and nor is the time of a trial.

A span over midnight is cut there. One that is still open, as the newest of everybody is,
counts up to the moment of the count, so that today's figures move with the clock; every
round counts the last counted day and all since then anew, so that nothing counts twice,
and what rounds missed is made up for by the next one.
"""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from analytics import daily
from analytics.models import DailyPresence
from calls.models import PresenceSpan

# A change of status may be written a moment after it was made: so long after midnight
# the day before is counted anew as well.
_SETTLED: Final = timedelta(minutes=5)
# One count at a time: two would write the same day twice.
_ROUND: Final = 0x6F636375

# LEAST passes over a null: the end of an open span is the moment of the count.
_COUNT: Final = """
INSERT INTO analytics_dailypresence (day, agent_id, on_call, available)
SELECT
    day,
    user_id,
    COALESCE(sum(seconds) FILTER (WHERE presence = 'busy'), 0),
    COALESCE(sum(seconds) FILTER (WHERE presence = 'available'), 0)
FROM (
    SELECT
        day::date AS day,
        span.user_id,
        span.presence,
        EXTRACT(EPOCH FROM
            LEAST(span.ended_at, %(now)s, (day + interval '1 day') AT TIME ZONE %(zone)s)
            - GREATEST(span.began_at, day AT TIME ZONE %(zone)s)
        ) AS seconds
    FROM calls_presencespan AS span
    LEFT JOIN calls_call AS call ON call.id = span.call_id
    CROSS JOIN LATERAL generate_series(
        GREATEST(
            date_trunc('day', span.began_at AT TIME ZONE %(zone)s),
            %(first)s::date::timestamp
        ),
        LEAST(
            LEAST(span.ended_at, %(now)s) AT TIME ZONE %(zone)s,
            %(last)s::date::timestamp
        ),
        interval '1 day'
    ) AS day
    WHERE span.presence IN ('busy', 'available')
        AND (span.ended_at > %(since)s OR span.ended_at IS NULL)
        AND span.began_at < %(until)s
        AND call.trial IS NOT TRUE
) AS part
WHERE seconds > 0
GROUP BY GROUPING SETS ((day), (day, user_id))
"""


def keep(*, now: datetime) -> None:
    """Count what has come since the last round. Safe to repeat."""
    last = DailyPresence.objects.aggregate(last=Max("day"))["last"]
    if last is None:
        count_all(now=now)
    else:
        count(min(last, _day(now - _SETTLED)), now=now)


def count(first: date, *, now: datetime) -> None:
    """Count the days from this one up to the present anew."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROUND])
        DailyPresence.objects.filter(day__gte=first).delete()
        cursor.execute(
            _COUNT,
            {
                "zone": str(daily.zone()),
                "first": first,
                "last": _day(now),
                "since": daily.begins(first),
                "until": now,
                "now": now,
            },
        )


def count_all(*, now: datetime) -> None:
    """Count every day there is anew."""
    first = PresenceSpan.objects.aggregate(first=Min("began_at"))["first"]
    with transaction.atomic():
        DailyPresence.objects.all().delete()
        if first is not None:
            count(_day(first), now=now)


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, daily.zone())
