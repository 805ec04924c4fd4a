"""What a call's events say of it, on its own clock."""

import pytest

from analytics import facts
from analytics.tests.conftest import happened
from calls.models import Call

pytestmark = pytest.mark.django_db


def test_an_agent_is_connected_from_joining_to_the_end(call):
    assert facts.connected(call) == {"agent": [(2.0, 60.0)]}


def test_a_telephone_that_dropped_and_came_back_leaves_a_gap(call):
    happened(call, (20.0, "agent.left"), (25.0, "agent.joined"), (50.0, "agent.left"))
    assert facts.connected(call)["agent"] == [(2.0, 20.0), (25.0, 50.0)]


def test_a_hold_that_nobody_ended_lasts_to_the_end(call):
    happened(call, (40.0, "hold.started"))
    assert facts.holds(call) == [(40.0, 60.0)]


def test_a_repeated_report_of_a_hold_changes_nothing(call):
    happened(
        call,
        *((10.0, "hold.started"), (11.0, "hold.started")),
        *((15.0, "hold.ended"), (16.0, "hold.ended")),
    )
    assert facts.holds(call) == [(10.0, 15.0)]


def test_nothing_is_known_before_the_answer(call):
    Call.objects.update(answered_at=None)
    unanswered = Call.objects.get()
    assert facts.connected(unanswered)["agent"] == []
    assert unanswered.duration is None


def test_a_hold_that_was_told_late_is_where_it_was(call):
    happened(
        call,
        *((10.0, "hold.started"), (40.0, "hold.ended")),
        *((20.0, "hold.ended"), (30.0, "hold.started"), (40.0, "hold.ended")),
    )
    assert facts.holds(call) == [(10.0, 20.0), (30.0, 40.0)]


def test_a_pause_of_the_recording_is_known(call):
    happened(call, (10.0, "recording.paused"), (20.0, "recording.resumed"))
    assert facts.secure_moments(call) == [(10.0, 20.0)]
