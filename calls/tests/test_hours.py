"""Opening hours on a wall clock, through days that have 23 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.hours import is_open, next_opening

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Span:
    weekday: int
    opens: time
    closes: time


def span(weekday, opens, closes):
    return Span(weekday, time.fromisoformat(opens), time.fromisoformat(closes))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


OFFICE = [span(0, "09:00", "12:00"), span(0, "13:00", "17:00")]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("08:59:59", False),
        ("09:00", True),
        ("11:59:59", True),
        ("12:00", False),
        ("12:30", False),
        ("13:00", True),
        ("17:00", False),
    ],
)
def test_a_day_has_several_spans_and_each_ends_just_before_it_closes(at, expected):
    moment = berlin(f"2026-06-01T{at}").astimezone(UTC)
    assert is_open(OFFICE, [], BERLIN, moment) is expected


def test_closing_at_midnight_is_the_end_of_the_day():
    night = [span(0, "22:00", "00:00"), span(1, "00:00", "06:00")]
    for at, expected in (
        ("2026-06-01T23:59:59", True),
        ("2026-06-02T00:00", True),
        ("2026-06-02T06:00", False),
    ):
        assert is_open(night, [], BERLIN, berlin(at)) is expected


def test_a_holiday_is_one_there_and_not_here():
    all_day = [span(day, "00:00", "00:00") for day in range(7)]
    # Still Sunday in London.
    assert not is_open(all_day, [MONDAY], BERLIN, berlin("2026-06-01T00:30"))
    assert is_open(all_day, [MONDAY], "Europe/London", berlin("2026-06-01T00:30"))


def test_without_times_it_is_never_open():
    assert not is_open([], [], BERLIN, berlin("2026-06-01T10:00"))
    assert next_opening([], [], BERLIN, berlin("2026-06-01T10:00")) is None


def test_the_next_opening_is_over_the_weekend_and_a_holiday():
    at = berlin("2026-06-01T18:00")
    found = next_opening(OFFICE, [MONDAY + timedelta(days=7)], BERLIN, at)
    assert found == berlin("2026-06-15T09:00")


def test_while_it_is_open_the_next_opening_is_now():
    at = berlin("2026-06-01T10:00")
    assert next_opening(OFFICE, [], BERLIN, at) == at


def test_an_opening_in_the_hour_that_spring_leaves_out_is_when_the_clock_has_jumped():
    # On 29 March 2026 it is 03:00 after 01:59.
    early = [span(6, "02:30", "06:00")]
    found = next_opening(early, [], BERLIN, berlin("2026-03-29T00:00"))
    assert found == berlin("2026-03-29T03:00")


def test_a_span_that_spring_leaves_out_altogether_does_not_open():
    lost = [span(6, "02:10", "02:50")]
    found = next_opening(lost, [], BERLIN, berlin("2026-03-29T00:00"))
    assert found == berlin("2026-04-05T02:10")


def test_the_hour_that_comes_twice_in_autumn_opens_twice():
    # On 25 October 2026 it is 02:00 after 02:59.
    twice = [span(6, "02:10", "02:50")]
    first = next_opening(twice, [], BERLIN, berlin("2026-10-25T00:00"))
    assert first == datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    between = datetime(2026, 10, 25, 0, 55, tzinfo=UTC)
    assert not is_open(twice, [], BERLIN, between)
    again = next_opening(twice, [], BERLIN, between)
    assert again == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)


quarters = st.builds(
    time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]), st.just(0)
)
spans = st.builds(Span, st.integers(0, 6), quarters, quarters)
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC")
# About the days on which these zones change their clocks in 2026.
CHANGES = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25")


@given(
    times=st.lists(spans, max_size=6),
    day=st.sampled_from(CHANGES),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 3 * 24 * 60),
    closed=st.sets(st.integers(0, 6), max_size=3),
)
def test_the_next_opening_is_the_first_minute_that_is_open(
    times, day, zone, minutes, closed
):
    begin = date.fromisoformat(day) - timedelta(days=1)
    holidays = {begin + timedelta(days=ahead) for ahead in closed}
    at = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    at += timedelta(minutes=minutes)
    found = next_opening(times, holidays, zone, at)
    step, limit = timedelta(minutes=5), at + timedelta(days=2)
    walked = at - timedelta(minutes=at.minute % 5)
    walked = walked if walked == at else walked + step
    first = at if is_open(times, holidays, zone, at) else None
    while first is None and walked < limit:
        if is_open(times, holidays, zone, walked):
            first = walked
        walked += step
    if first is None:
        assert found is None or found >= limit
    else:
        assert found == first


@given(
    times=st.lists(spans, min_size=1, max_size=6),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 2 * 365 * 24 * 60),
)
def test_whatever_is_found_is_open_and_not_before(times, zone, minutes):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = next_opening(times, [], zone, at)
    if found is not None:
        assert found >= at
        assert is_open(times, [], zone, found)
