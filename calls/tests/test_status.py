"""The order of statuses, whatever the order of reports."""

from hypothesis import given
from hypothesis import strategies as st

from calls import status

REPORTS = st.sampled_from(sorted(status.LIVE | status.ENDED))


def after(reports: list[str]) -> str:
    current = status.QUEUED
    for report in reports:
        current = status.later(current, report)
    return current


@given(st.permutations(["initiated", "ringing", "in-progress", "completed"]))
def test_shuffled_reports_end_where_ordered_ones_do(reports):
    assert after(reports) == "completed"


@given(st.lists(REPORTS), st.lists(REPORTS))
def test_repeating_what_was_said_changes_nothing(first, again):
    once = after(first)
    assert after([*first, *first]) == once


@given(st.lists(REPORTS))
def test_an_end_is_final(reports):
    assert after(["busy", *reports]) == "busy"


def test_an_unknown_status_is_ignored():
    assert status.later("ringing", "levitating") == "ringing"
