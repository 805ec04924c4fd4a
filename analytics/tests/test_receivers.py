"""The work after a call begins by itself when the call has ended and its recording is there."""

import pytest

from analytics import pipeline
from analytics.models import Step
from calls.models import Call
from calls.services import lifecycle

pytestmark = pytest.mark.django_db
SID = "CA" + "1" * 32
RECORDED = {
    "RecordingSid": "RE" + "a" * 32,
    "RecordingStatus": "completed",
    "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE",
    "RecordingChannels": "2",
    "RecordingDuration": "12",
}


@pytest.fixture
def answered():
    call = lifecycle.register_call(sid=SID, from_number="+1", to_number="+2")
    return lifecycle.answer_call(call=call)


def is_queued():
    return Step.objects.filter(name="fetch", queued_at__isnull=False).exists()


def test_the_end_of_a_call_makes_its_steps_and_waits_for_the_recording(answered):
    lifecycle.record_status(call=answered, status="completed")
    assert Step.objects.count() == len(pipeline.STEPS)
    assert not is_queued()


def test_the_recording_starts_the_work(answered):
    lifecycle.record_status(call=answered, status="completed")
    lifecycle.record_recording(call=Call.objects.get(), payload=RECORDED)
    assert is_queued()


def test_a_recording_that_came_before_the_end_is_used_at_the_end(answered):
    lifecycle.record_recording(call=answered, payload=RECORDED)
    assert not Step.objects.exists()
    lifecycle.record_status(call=answered, status="completed")
    assert is_queued()
