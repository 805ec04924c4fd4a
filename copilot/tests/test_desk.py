"""What a desk shows: snapshot plus events is the state, and nobody reads another's call."""

import pytest
from django.db import transaction
from django.utils import timezone

from calls.models import Call, Customer, Transfer
from calls.services import lifecycle, offers, presence, refusals, routing
from copilot import desk, services
from copilot.consumers import _carry_out
from copilot.models import Suggestion

pytestmark = pytest.mark.django_db
SID = "CA" + "1" * 32


@pytest.fixture
def call():
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    return lifecycle.answer_call(call=call)


def speak(call, item="caller-1", text="Where is my lamp?"):
    return services.add_utterance(
        call_id=call.pk, item=item, speaker="caller", start=1.0, end=2.5, text=text
    )


def test_a_waiting_call_is_on_every_desk(call, ada, ben):
    for user in (ada, ben):
        (shown,) = desk.snapshot(user=user)["calls"]
        assert shown["waiting_since"]


def test_a_claimed_call_is_its_agents_and_the_supervisors(call, ada, ben, sam):
    routing.accept_call(sid=SID, agent=ada)
    assert [len(desk.snapshot(user=user)["calls"]) for user in (ada, ben, sam)] == [
        1,
        0,
        1,
    ]
    assert desk.events_after(user=ben, sid=SID, number=0) == []


def test_the_snapshot_says_which_event_it_is_after(call, ada):
    routing.accept_call(sid=SID, agent=ada)
    number = desk.snapshot(user=ada)["calls"][0]["number"]
    utterance = speak(call)
    (missed,) = desk.events_after(user=ada, sid=SID, number=number)
    assert missed["number"] == number + 1
    assert missed["data"]["id"] == utterance.pk


def test_what_comes_after_the_end_says_so(call, sam):
    lifecycle.record_status(call=call, status="completed")
    speak(call)
    told = desk.events_after(user=sam, sid=SID, number=0)
    assert {message["over"] for message in told} == {True}


def test_an_utterance_is_stored_once(call):
    speak(call)
    speak(call)
    assert call.utterances.count() == 1
    assert call.events.filter(name="utterance.added").count() == 1


def test_trouble_is_shown_until_it_ends(call, ada):
    services.report_trouble(call_id=call.pk, part="transcription", message="Gone")
    assert desk.call_snapshot(call, ada)["trouble"] == {"transcription": "Gone"}
    services.end_trouble(call_id=call.pk, part="transcription")
    assert desk.call_snapshot(call, ada)["trouble"] == {}


@pytest.fixture
def offered(call, ada):
    routing.accept_call(sid=SID, agent=ada)
    suggestion = services.start_suggestion(call_id=call.pk, after=speak(call).pk)
    services.offer_suggestion(suggestion_id=suggestion.pk, text="I will look.")
    return suggestion


def state(suggestion):
    return Suggestion.objects.get(pk=suggestion.pk).state


def test_using_a_suggestion_is_recorded_once(offered, ada, call):
    for _ in range(2):
        services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    assert state(offered) == "used"
    assert call.events.filter(name="suggestion.used").count() == 1


def test_what_was_used_is_not_withdrawn(offered, ada):
    services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    services.withdraw_suggestion(suggestion_id=offered.pk)
    assert state(offered) == "used"


def test_a_withdrawn_suggestion_cannot_be_used(offered, ada):
    services.withdraw_suggestion(suggestion_id=offered.pk)
    with pytest.raises(refusals.Refused) as refusal:
        services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    assert refusal.value.code == "gone"


def test_a_reply_that_is_withdrawn_while_written_is_not_offered(call):
    suggestion = services.start_suggestion(call_id=call.pk, after=speak(call).pk)
    services.withdraw_suggestion(suggestion_id=suggestion.pk)
    services.offer_suggestion(suggestion_id=suggestion.pk, text="Too late")
    assert state(suggestion) == "withdrawn"


def test_another_agents_suggestion_is_not_to_be_touched(offered, ben):
    with pytest.raises(refusals.Refused):
        services.dismiss_suggestion(sid=SID, suggestion_id=offered.pk, by=ben)
    assert state(offered) == "offered"


def asked(call, ada, ben):
    """Ada has the call and has asked Ben to join it."""
    for user in (ada, ben):
        presence.desk_seen(user_id=user.pk)
        presence.set_presence(user=user, presence="available")
    routing.accept_call(sid=SID, agent=ada)
    transfer = Transfer.objects.create(
        call=call, kind="warm", by=ada, to_agent=ben, began_at=timezone.now()
    )
    with transaction.atomic():
        locked = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        offers.ring(call=locked, agent=ben, seconds=20, transfer=transfer)
    return transfer


def test_whoever_is_asked_to_join_sees_the_call_and_what_rings(call, ada, ben):
    transfer = asked(call, ada, ben)
    (shown,) = desk.snapshot(user=ben)["calls"]
    assert shown["offer"]["transfer"] == transfer.pk
    assert shown["also"] == [ben.pk]
    assert shown["transfer"]["to"] == {"kind": "agent", "id": ben.pk, "name": "Ben"}
    assert shown["transfer"]["agent"] is None
    routing.accept_call(sid=SID, agent=ben)
    (shown,) = desk.snapshot(user=ben)["calls"]
    assert shown["transfer"]["agent"] == {"id": ben.pk, "name": "Ben"}
    (event, *_) = desk.events_after(user=ben, sid=SID, number=0)
    assert event["also"] == [ben.pk]


def test_the_snapshot_says_who_calls_and_what_lasts(call, ada):
    routing.accept_call(sid=SID, agent=ada)
    now = timezone.now()
    customer = Customer.objects.create(number="+15550107799", name="Cleo Marsh")
    Call.objects.update(
        customer=customer, muted_at=now, recording_paused_at=now, notes="Lamp"
    )
    (shown,) = desk.snapshot(user=ada)["calls"]
    number, name = "+15550107799", "Cleo Marsh"
    assert shown["customer"] == {"id": customer.pk, "name": name, "number": number}
    assert (shown["muted"], shown["notes"]) == (True, "Lamp")
    assert shown["recording_paused"] == now.timestamp()


def test_me_is_who_i_am_and_for_how_long(ada):
    me = desk.snapshot(user=ada)["me"]
    assert set(me) == {
        *("id", "name", "presence", "since", "until", "next", "supervisor", "queues")
    }


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("fly", {}, "unknown_command"),
        ("digits", {"digits": 42}, "bad_digits"),
        ("transfer", {"kind": "warm", "agent": "ben"}, "bad_request"),
        ("transfer", {"kind": ["warm"], "agent": 1}, "unknown_kind"),
        ("start_call", {"to": {"number": 1}}, "invalid_number"),
        ("start_call", {"to": "+15550107788", "callback": 0}, "unknown_callback"),
        ("wrap_up", {"disposition": True}, "bad_request"),
        ("mute", {"on": "yes"}, "unknown_call"),
        ("leave", {}, "unknown_call"),
        ("merge_transfer", {}, "unknown_call"),
        ("cancel_transfer", {}, "unknown_call"),
        ("complete_transfer", {}, "unknown_call"),
        ("pause_recording", {}, "unknown_call"),
        ("resume_recording", {}, "unknown_call"),
        ("save_notes", {"notes": "x"}, "unknown_call"),
        ("set_presence", {"presence": None}, "unknown_presence"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(ada, name, data, code):
    with pytest.raises(refusals.Refused) as refusal:
        _carry_out(ada, {"name": name, "sid": "CA" + "9" * 32, "data": data})
    assert refusal.value.code == code
    assert refusal.value.message
