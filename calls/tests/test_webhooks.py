"""Twilio's doors: who gets in, and what repeated, shuffled or unknown messages do."""

from datetime import timedelta
from email.utils import format_datetime
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from calls.models import Call, CallEvent, Leg, Recording, WebhookDelivery
from calls.services import routing

pytestmark = pytest.mark.django_db

SID = "CA" + "1" * 32
LEG = "CA" + "2" * 32
CONFERENCE = "CF" + "3" * 32


@pytest.fixture
def ring(twilio):
    def ring(**changes):
        form = {
            "CallSid": SID,
            "From": "+15550107788",
            "To": "+15550100000",
            "Direction": "inbound",
            "CallStatus": "ringing",
        }
        return twilio("/voice", **(form | changes))

    return ring


def names(call):
    return list(CallEvent.objects.filter(call=call).values_list("name", flat=True))


@pytest.mark.parametrize(
    "path",
    [
        "/voice",
        "/call-status",
        "/recording-status",
        "/conference-status",
        "/stream-status",
    ],
)
@pytest.mark.parametrize("signature", [None, "", "d3Jvbmc="])
def test_a_wrong_signature_is_refused_and_nothing_is_written(client, path, signature):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    answer = client.post(path, {"CallSid": SID}, headers=headers)
    assert answer.status_code == 403
    assert not Call.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_changed_form_breaks_the_signature(client, twilio):
    ok = twilio("/voice", CallSid=SID, From="+15550107788", Direction="inbound")
    signature = ok.wsgi_request.headers["X-Twilio-Signature"]
    answer = client.post(
        "/voice", {"CallSid": LEG}, headers={"X-Twilio-Signature": signature}
    )
    assert answer.status_code == 403


def test_voice_registers_a_call_once_however_often_twilio_asks(ring):
    first, second = ring(), ring()
    assert first.content == second.content
    call = Call.objects.get()
    assert (call.sid, call.from_number, call.status) == (
        SID,
        "+15550107788",
        "in-progress",
    )
    assert names(call) == ["call.created", "call.status", "call.queued"]


def test_an_unknown_call_is_recorded_and_answered_with_204(twilio):
    answer = twilio(
        "/call-status", CallSid=LEG, CallStatus="completed", SequenceNumber="0"
    )
    assert answer.status_code == 204
    assert WebhookDelivery.objects.get().call is None


def test_a_late_report_does_not_move_a_call_back(ring, twilio):
    ring()
    twilio("/call-status", CallSid=SID, CallStatus="completed", SequenceNumber="3")
    twilio("/call-status", CallSid=SID, CallStatus="in-progress", SequenceNumber="2")
    call = Call.objects.get()
    assert call.status == "completed"
    assert names(call).count("call.ended") == 1


def test_a_call_ended_when_twilio_says_and_not_when_we_could_be_told(ring, twilio):
    ring()
    now = timezone.now()
    hung_up = (now - timedelta(minutes=5)).replace(microsecond=0)
    Call.objects.update(answered_at=hung_up - timedelta(minutes=1))
    said = {"CallStatus": "completed", "Timestamp": format_datetime(hung_up)}
    twilio("/call-status", CallSid=SID, SequenceNumber="3", **said)
    call = Call.objects.get()
    assert hung_up <= call.ended_at <= hung_up + timedelta(seconds=1)
    assert call.events.get(name="call.ended").at == call.ended_at


def test_a_call_does_not_end_before_it_began_whatever_the_clocks_say(ring, twilio):
    ring()
    early = timezone.now() - timedelta(hours=1)
    said = {"CallStatus": "completed", "Timestamp": format_datetime(early)}
    twilio("/call-status", CallSid=SID, SequenceNumber="3", **said)
    assert Call.objects.get().duration == 0.0


def test_voice_of_an_ended_call_hangs_up(ring, twilio):
    ring()
    twilio("/call-status", CallSid=SID, CallStatus="completed", SequenceNumber="1")
    assert ElementTree.fromstring(ring().content)[0].tag == "Hangup"


def test_the_claiming_agent_may_join_and_another_may_not(ring, ada, ben):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    mine = ring(CallSid=LEG, From=f"client:{ada.telephone_identity}", sid=SID)
    other = ring(
        CallSid="CA" + "4" * 32, From=f"client:{ben.telephone_identity}", sid=SID
    )
    assert b"<Conference" in mine.content
    assert b"<Hangup" in other.content
    assert Leg.objects.get(sid=LEG).user == ada


@pytest.mark.parametrize(
    "identity", ["client:", "client:agent_", "client:agent_x", "client:root"]
)
def test_a_strange_browser_is_hung_up(ring, identity):
    ring()
    assert b"<Hangup" in ring(CallSid=LEG, From=identity, sid=SID).content


def conference(twilio, event, sid, number):
    return twilio(
        "/conference-status",
        ConferenceSid=CONFERENCE,
        CallSid=sid,
        StatusCallbackEvent=event,
        SequenceNumber=str(number),
    )


def test_hold_is_what_twilio_reports_and_is_counted_once(ring, twilio, ada):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    ring(CallSid=LEG, From=f"client:{ada.telephone_identity}", sid=SID)
    conference(twilio, "participant-join", SID, 1)
    conference(twilio, "participant-join", LEG, 2)
    for _ in range(2):
        conference(twilio, "participant-hold", SID, 3)
    assert Call.objects.get().held_at is not None
    conference(twilio, "participant-unhold", SID, 4)
    call = Call.objects.get()
    assert call.held_at is None
    assert names(call)[-3:] == ["agent.joined", "hold.started", "hold.ended"]


def test_a_call_that_ends_on_hold_ends_the_hold_first(ring, twilio, ada):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    conference(twilio, "participant-hold", SID, 1)
    twilio("/call-status", CallSid=SID, CallStatus="completed", SequenceNumber="1")
    assert names(Call.objects.get())[-2:] == ["hold.ended", "call.ended"]


def test_an_agent_whose_telephone_stays_away_loses_the_call(ring, twilio, ada, ben):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    ring(CallSid=LEG, From=f"client:{ada.telephone_identity}", sid=SID)
    conference(twilio, "participant-join", SID, 1)
    conference(twilio, "participant-join", LEG, 2)
    conference(twilio, "participant-leave", LEG, 3)
    routing.release_call(call=Call.objects.get())
    assert routing.accept_call(sid=SID, agent=ben).agent == ben


def test_a_recording_settles_once(ring, twilio):
    ring()
    recording = {
        "CallSid": SID,
        "RecordingSid": "RE" + "5" * 32,
        "RecordingUrl": "https://api.twilio.com/recording",
        "RecordingDuration": "12",
        "RecordingChannels": "2",
    }
    for status in ("completed", "completed", "in-progress"):
        assert (
            twilio("/recording-status", RecordingStatus=status, **recording).status_code
            == 204
        )
    stored = Recording.objects.get()
    assert (stored.status, stored.channels, stored.duration) == ("completed", 2, 12.0)


def test_fields_we_never_heard_of_are_kept(ring, twilio):
    ring()
    twilio("/call-status", CallSid=SID, CallStatus="ringing", Novelty="x\0y")
    assert WebhookDelivery.objects.get().payload["Novelty"] == "xy"


@pytest.mark.parametrize("sid", ["", "CA", "XX" + "1" * 32, "CA" + "1" * 90])
def test_a_sid_that_is_none_is_refused(twilio, sid):
    answer = twilio("/voice", CallSid=sid, From="+1", To="+1", Direction="inbound")
    assert answer.status_code in (200, 400)
    assert not Call.objects.filter(sid=sid).exclude(sid="CA").exists()


def test_an_agent_who_is_faster_than_the_greeting_is_connected_when_the_caller_comes(
    ring, twilio, ada
):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    ring(CallSid=LEG, From=f"client:{ada.telephone_identity}", sid=SID)
    conference(twilio, "participant-join", LEG, 1)
    call = Call.objects.get()
    assert (call.agent_joined_at, call.agent_gone_at) == (None, None)
    conference(twilio, "participant-join", SID, 2)
    assert Call.objects.get().agent_joined_at is not None


@pytest.mark.parametrize(
    ("late", "since"),
    [
        (("participant-hold", SID), ("participant-unhold", SID)),
        (("participant-join", LEG), ("participant-leave", LEG)),
    ],
)
def test_a_report_that_was_overtaken_by_its_opposite_changes_no_state(
    ring, twilio, ada, late, since
):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    ring(CallSid=LEG, From=f"client:{ada.telephone_identity}", sid=SID)
    conference(twilio, "participant-join", SID, 1)
    conference(twilio, *since, 10)
    before = Call.objects.get()
    conference(twilio, *late, 9)
    call = Call.objects.get()
    assert (call.held_at, call.agent_joined_at) == (None, before.agent_joined_at)
    # It is told, and that it was over: whoever follows the events ends in the state that is.
    names = list(call.events.values_list("name", flat=True))
    assert names[-1] in ("hold.ended", "agent.left")
    conference(twilio, *late, 11)
    assert Call.objects.get().last_number == call.last_number + 1
