"""Each command of a live call: once, repeated, in every wrong state, and with Twilio unwell."""

from collections.abc import Callable
from typing import Any

import pytest

from calls.models import Call, CallEvent, Leg, Recording, User
from calls.services import control, lifecycle
from calls.services.refusals import Refused
from calls.tests.rooms import PHONES, Room, at_desk, eventually, talking
from vendors.tests.conftest import Outside

pytestmark = pytest.mark.django_db(transaction=True)

Verb = Callable[..., Any]
VERBS: dict[str, Verb] = {
    "end": control.end_call,
    "hold": control.hold_call,
    "resume": control.resume_call,
    "mute": lambda **who: control.mute_call(on=True, **who),
    "unmute": lambda **who: control.mute_call(on=False, **who),
    "digits": lambda **who: control.send_digits(digits="42#", **who),
    "pause": control.pause_recording,
    "resume_recording": control.resume_recording,
}


@pytest.fixture
def room(settings: Any, played: Outside, ada: User) -> Room:
    settings.TWILIO_TIMEOUT = 0.5
    return talking(played.url, at_desk(ada), phones=PHONES)


def names(call: Call) -> list[str]:
    return list(CallEvent.objects.filter(call=call).values_list("name", flat=True))


def state(call: Call) -> tuple[Any, ...]:
    call.refresh_from_db()
    return (call.held_at, call.muted_at, call.recording_paused_at, call.last_number)


def refused(verb: Verb, **who: Any) -> str:
    with pytest.raises(Refused) as refusal:
        verb(**who)
    assert refusal.value.message
    return refusal.value.code


def report(twilio: Any, room: Room, event: str, leg: str, number: int) -> None:
    twilio(
        "/conference-status",
        ConferenceSid=room.sid,
        CallSid=leg,
        StatusCallbackEvent=event,
        SequenceNumber=str(number),
    )


def agents_leg(room: Room) -> str:
    return Leg.objects.get(call=room.call, kind="agent").sid


def test_a_hold_is_twilios_and_begins_with_its_report(
    room: Room, ada: User, twilio: Any
) -> None:
    for _ in range(2):
        control.hold_call(sid=room.call.sid, by=ada)
    assert room.participant(room.call.sid)["hold"]
    assert names(room.call) == []
    report(twilio, room, "participant-hold", room.call.sid, 5)
    assert names(room.call) == ["hold.started"]
    control.resume_call(sid=room.call.sid, by=ada)
    assert not room.participant(room.call.sid)["hold"]
    report(twilio, room, "participant-unhold", room.call.sid, 6)
    assert names(room.call) == ["hold.started", "hold.ended"]


def test_mute_is_of_the_agent_and_begins_with_twilios_report(
    room: Room, ada: User, twilio: Any
) -> None:
    for _ in range(2):
        control.mute_call(sid=room.call.sid, by=ada, on=True)
    assert room.participant(agents_leg(room))["muted"]
    assert not room.participant(room.call.sid)["muted"]
    assert names(room.call) == []
    for _ in range(2):
        report(twilio, room, "participant-mute", agents_leg(room), 5)
    assert names(room.call) == ["mute.started"]
    control.mute_call(sid=room.call.sid, by=ada, on=False)
    assert not room.participant(agents_leg(room))["muted"]
    report(twilio, room, "participant-unmute", agents_leg(room), 6)
    assert names(room.call) == ["mute.started", "mute.ended"]


def test_of_keys_only_their_number_is_kept(room: Room, ada: User) -> None:
    control.send_digits(sid=room.call.sid, by=ada, digits="4111ww#")
    (event,) = CallEvent.objects.filter(call=room.call)
    assert (event.name, event.data) == ("digits.sent", {"count": 5})


@pytest.mark.parametrize("digits", ["", "a", "1 2", "1" * 33, "1\n", "+1"])
def test_what_is_no_key_is_refused(room: Room, ada: User, digits: str) -> None:
    who = {"sid": room.call.sid, "by": ada, "digits": digits}
    assert refused(control.send_digits, **who) == "bad_digits"
    assert names(room.call) == []


def test_the_keys_are_played_from_our_own_signed_address(
    twilio: Any, client: Any
) -> None:
    answer = twilio("/digits?d=4%23w", CallSid="CA" + "1" * 32)
    assert b'<Play digits="4#w" />' in answer.content
    assert twilio("/digits?d=evil", CallSid="CA").status_code == 400
    assert client.post("/digits?d=4").status_code == 403


def test_the_recording_is_paused_and_resumed_once(room: Room, ada: User) -> None:
    for _ in range(2):
        control.pause_recording(sid=room.call.sid, by=ada)
        assert room.recording() == "paused"
    for _ in range(2):
        control.resume_recording(sid=room.call.sid, by=ada)
        assert room.recording() == "in-progress"
    assert names(room.call) == ["recording.paused", "recording.resumed"]


@pytest.mark.parametrize("kind", ["429", "500", "hang"])
def test_a_pause_that_twilio_may_not_have_carried_out_is_none(
    room: Room, ada: User, played: Outside, kind: str
) -> None:
    played.fault("twilio", kind)
    assert refused(control.pause_recording, sid=room.call.sid, by=ada) == "not_paused"
    assert names(room.call) == ["recording.paused", "recording.resumed"]
    assert state(room.call)[2] is None


def test_without_a_recording_nothing_can_be_paused(room: Room, ada: User) -> None:
    Recording.objects.all().delete()
    who = {"sid": room.call.sid, "by": ada}
    assert refused(control.pause_recording, **who) == "not_recording"
    assert names(room.call) == []


def test_a_recording_stays_paused_while_twilio_does_not_resume_it(
    room: Room, ada: User, played: Outside
) -> None:
    control.pause_recording(sid=room.call.sid, by=ada)
    before = state(room.call)
    played.fault("twilio", "500")
    who = {"sid": room.call.sid, "by": ada}
    assert refused(control.resume_recording, **who) == "telephone_unavailable"
    assert state(room.call) == before


def test_a_call_that_ends_paused_muted_and_on_hold_is_closed_cleanly(
    room: Room, ada: User, twilio: Any
) -> None:
    report(twilio, room, "participant-hold", room.call.sid, 5)
    report(twilio, room, "participant-mute", agents_leg(room), 6)
    control.pause_recording(sid=room.call.sid, by=ada)
    lifecycle.record_status(call=room.call, status="completed")
    assert names(room.call)[-4:] == [
        "hold.ended",
        "mute.ended",
        "recording.resumed",
        "call.ended",
    ]
    assert state(room.call)[:3] == (None, None, None)


def test_ending_is_quiet_when_it_is_over_already(room: Room, ada: User) -> None:
    for _ in range(2):
        control.end_call(sid=room.call.sid, by=ada)
    eventually(lambda: room.status(room.call.sid) == "completed")
    eventually(lambda: room.status(agents_leg(room)) == "completed")


@pytest.mark.parametrize("name", VERBS)
def test_nobody_else_may(room: Room, ben: User, name: str) -> None:
    before = state(room.call)
    assert refused(VERBS[name], sid=room.call.sid, by=ben) == "not_yours"
    assert refused(VERBS[name], sid="CA" + "9" * 32, by=ben) == "unknown_call"
    assert state(room.call) == before


@pytest.mark.parametrize("name", VERBS)
def test_a_call_that_is_over_refuses(room: Room, ada: User, name: str) -> None:
    lifecycle.record_status(call=room.call, status="completed")
    before = state(room.call)
    assert refused(VERBS[name], sid=room.call.sid, by=ada) == "call_ended"
    assert state(room.call) == before


@pytest.mark.parametrize("name", ["hold", "resume", "mute", "digits", "pause"])
def test_an_agent_who_is_not_connected_yet_is_told(
    room: Room, ada: User, name: str
) -> None:
    Call.objects.update(agent_joined_at=None)
    before = state(room.call)
    assert refused(VERBS[name], sid=room.call.sid, by=ada) == "not_connected"
    assert state(room.call) == before


@pytest.mark.parametrize("kind", ["429", "500", "hang"])
@pytest.mark.parametrize("name", ["end", "hold", "mute", "digits"])
def test_a_telephone_service_that_is_unwell_changes_nothing(
    room: Room, ada: User, played: Outside, name: str, kind: str
) -> None:
    before = state(room.call)
    played.fault("twilio", kind)
    code = refused(VERBS[name], sid=room.call.sid, by=ada)
    assert code == "telephone_unavailable"
    assert state(room.call) == before
