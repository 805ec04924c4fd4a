"""What a call's events say of it, on its own clock."""

from datetime import timedelta

import pytest

from analytics import facts
from analytics.tests.conftest import ANSWERED, happened, heard, led
from calls.models import Call, WebhookDelivery

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


def streamed(call, second, name="voice"):
    """Twilio told of a stream at this second."""
    told = WebhookDelivery.objects.create(
        kind="stream-status",
        key=f"MZ{second}",
        call=call,
        payload={"StreamEvent": "stream-started", "StreamName": name},
    )
    moment = ANSWERED + timedelta(seconds=second)
    WebhookDelivery.objects.filter(pk=told.pk).update(received_at=moment)


@pytest.fixture
def led_call(call):
    """The assistant answers, Ada takes over, hands back and takes over again."""
    call.events.all().delete()
    led(call, (0.1, "auto"), (10.0, "human"), (30.0, "approve"), (40.0, "human"))
    joins = [(11.2, "agent.joined"), (31.0, "agent.left"), (41.2, "agent.joined")]
    happened(call, *joins)
    streamed(call, 1.0)
    streamed(call, 30.9)
    return call


def test_whoever_leads_is_the_one_whom_the_caller_hears(led_call):
    assert facts.turns(led_call) == [
        ("assistant", 1.0, 10.0),
        ("agent", 11.2, 30.9),
        ("assistant", 30.9, 40.0),
        ("agent", 41.2, 60.0),
    ]


def test_from_letting_the_assistant_speak_to_releasing_its_lines_nothing_changes(call):
    call.events.all().delete()
    led(call, (1.0, "auto"), (20.0, "approve"), (30.0, "auto"))
    assert facts.connected(call) == {"agent": [], "assistant": [(1.0, 60.0)]}


def test_what_was_heard_of_the_assistant_is_believed_before_telephony(led_call):
    heard(led_call, 0.8, 3.0, "Welcome.", "assistant")
    heard(led_call, 9.0, 10.2, "Your lamp", "assistant")
    first = facts.turns(led_call)[0]
    assert first == ("assistant", 0.8, 10.2)


def test_a_stream_that_only_listens_is_not_the_assistants_voice(call):
    call.events.all().delete()
    led(call, (2.0, "auto"))
    streamed(call, 5.0, name="live")
    assert facts.turns(call) == [("assistant", 2.0, 60.0)]


def test_a_call_of_the_assistant_alone_was_attended_and_needs_no_wrap_up(call):
    call.events.all().delete()
    Call.objects.update(agent=None)
    call.refresh_from_db()
    led(call, (1.0, "auto"))
    assert facts.was_attended(call)
    assert facts.wrap_up(call) == 0.0
