"""When something happened that Twilio reports: as its message came in, bounded by the second that it names."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime


def second(report: Mapping[str, str]) -> datetime | None:
    """The whole second that the report's `Timestamp` (RFC 2822) names; None if it names none."""
    try:
        return parsedate_to_datetime(report["Timestamp"])
    except (KeyError, ValueError):
        return None


def moment(report: Mapping[str, str], *, came: datetime) -> datetime:
    """As it came in, but no later than the end of the second that Twilio names.

    A message may be late by minutes, when we could not be reached.
    """
    named = second(report)
    if named is None or named.tzinfo is None or named > came:
        return came
    return min(came, named + timedelta(seconds=1))
