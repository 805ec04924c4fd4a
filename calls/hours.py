"""Whether somebody is there, on a wall clock somewhere; pure, it knows no records and no clock."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

_MIDNIGHT: Final = time(0)
_FURTHEST: Final = (
    400  # days: a week that is closed to the end of a year is not looked through
)


class Span(Protocol):
    """From when to when on a weekday (0 is Monday); closing at 00:00 is the end of the day."""

    @property
    def weekday(self) -> int: ...
    @property
    def opens(self) -> time: ...
    @property
    def closes(self) -> time: ...


def is_open(
    times: Iterable[Span], holidays: Collection[date], time_zone: str, at: datetime
) -> bool:
    """Whether `at`, an aware moment, is within one of the times and on no holiday.

    The wall clock decides: an hour that comes twice in autumn counts twice.
    """
    there = at.astimezone(ZoneInfo(time_zone))
    if there.date() in holidays:
        return False
    clock = there.time()
    return any(
        span.weekday == there.weekday()
        and span.opens <= clock
        and (span.closes == _MIDNIGHT or clock < span.closes)
        for span in times
    )


def next_opening(
    times: Iterable[Span], holidays: Collection[date], time_zone: str, at: datetime
) -> datetime | None:
    """The first moment from `at` on when it is open: `at` itself if it is; None if there is none.

    In UTC, since an hour that comes twice cannot be compared on its own clock.
    """
    spans, at = list(times), at.astimezone(UTC)
    zone = ZoneInfo(time_zone)
    if is_open(spans, holidays, time_zone, at):
        return at
    today = at.astimezone(zone).date()
    for ahead in range(_FURTHEST):
        day = today + timedelta(days=ahead)
        found = [
            moment
            for moment in _beginnings(spans, zone, day)
            if moment > at and is_open(spans, holidays, time_zone, moment)
        ]
        if found:
            return min(found)
    return None


def _beginnings(spans: list[Span], zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """Where opening may begin on this day: at its times, or when the clock is changed."""
    for span in spans:
        if span.weekday == day.weekday():
            for fold in (0, 1):
                local = datetime.combine(day, span.opens, zone).replace(fold=fold)
                yield local.astimezone(UTC)
    begin, end = (
        datetime.combine(each, _MIDNIGHT, zone).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    if _offset(begin, zone) != _offset(end, zone):
        yield _clock_change(begin, end, zone)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the new offset, between two moments of different offsets."""
    second = timedelta(seconds=1)
    while after - before > second:
        middle = before + (after - before) // second // 2 * second
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
