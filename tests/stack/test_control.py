"""Every command of an agent on the running servers: once, repeated, in each wrong state, with Twilio failing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from calls.models import Call, CallEvent, Line, PresenceSpan, Transfer, User
from tests.stack import agents, conversations
from tests.stack.agents import Agent, quiet_again
from tests.stack.conftest import Stack, eventually

NOBODY = "CA" + "0" * 32
REST = "/2010-04-01/"
# What an agent may say about a call that is theirs; with what the command needs.
COMMANDS: dict[str, dict[str, Any]] = {
    "end": {},
    "hold": {},
    "resume": {},
    "mute": {"on": True},
    "digits": {"digits": "1"},
    "pause_recording": {},
    "resume_recording": {},
    "leave": {},
    "transfer": {"kind": "cold", "number": "+15550190001"},
    "complete_transfer": {},
    "merge_transfer": {},
    "cancel_transfer": {},
    "save_notes": {"notes": "x"},
}
# Those that ask Twilio for something when all is well.
ASKING = {
    "hold": {},
    "mute": {"on": True},
    "digits": {"digits": "1"},
    "pause_recording": {},
    "transfer": {"kind": "warm", "number": "+15550190001"},
    "end": {},
}


@pytest.fixture(scope="module", autouse=True)
def _without_a_greeting(stack: Stack) -> Iterator[None]:
    """It takes five seconds of each call, and other modules hear it out; as before afterwards."""
    line = Line.objects.filter(number=settings.TWILIO_NUMBER)
    before = line.values("greeting", "consent").get()
    line.update(greeting="", consent="")
    yield
    line.update(**before)


@pytest.fixture(scope="module")
def ada(stack: Stack) -> Iterator[Agent]:
    with agents.at_work(stack, "agent") as agent:
        yield agent


@pytest.fixture(scope="module")
def ben(stack: Stack) -> Iterator[Agent]:
    with agents.at_work(stack, "agent2") as agent:
        yield agent


def happened(sid: str) -> list[str]:
    """The names of the call's events but for words and suggestions, which come by themselves."""
    names = CallEvent.objects.filter(call__sid=sid).order_by("number")
    return [
        name
        for name in names.values_list("name", flat=True)
        if not name.startswith(("utterance.", "suggestion.", "trouble.", "step."))
    ]


def count(sid: str, name: str) -> int:
    return CallEvent.objects.filter(call__sid=sid, name=name).count()


def ringing(stack: Stack, agent: Agent) -> str:
    """A caller whose call rings at this agent's desk."""
    agent.available()
    sid = stack.ring(scenario="long_hold")
    agent.rung(sid)
    return sid


def connected(stack: Stack, agent: Agent) -> str:
    """A caller who talks with this agent, and a recording that runs."""
    sid = ringing(stack, agent)
    agent.order("accept", sid)
    agent.join(sid)
    agent.heard(sid, "agent.joined")
    eventually(
        Call.objects.get(sid=sid).recordings.exists,
        seconds=10,
        what="the recording runs",
    )
    return sid


@pytest.fixture(autouse=True)
def _quiet_afterwards(stack: Stack, ada: Agent, ben: Agent) -> Iterator[None]:
    """No call of this test outlives it, and both are ready for the next one."""
    ben.desk.command("set_presence", presence="away")
    yield
    quiet_again(stack, ada, ben)


@pytest.fixture
def talking(stack: Stack, ada: Agent) -> str:
    """A call of Ada's."""
    return connected(stack, ada)


def test_each_command_once_and_again(stack: Stack, ada: Agent, talking: str):
    sid = talking
    for name, data, event in (
        ("hold", {}, "hold.started"),
        ("resume", {}, "hold.ended"),
        ("mute", {"on": True}, "mute.started"),
        ("mute", {"on": False}, "mute.ended"),
        ("pause_recording", {}, "recording.paused"),
        ("resume_recording", {}, "recording.resumed"),
    ):
        ada.order(name, sid, **data)
        ada.heard(sid, event)
        ada.order(name, sid, **data)
    for name in ("hold", "mute"):
        assert count(sid, f"{name}.started") == count(sid, f"{name}.ended") == 1
    assert count(sid, "recording.paused") == count(sid, "recording.resumed") == 1
    ada.order("digits", sid, digits="12#")
    assert ada.heard(sid, "digits.sent")["data"] == {"count": 3}
    ada.order("save_notes", sid, notes="Wants a lamp.")
    assert Call.objects.get(sid=sid).notes == "Wants a lamp."
    ada.order("end", sid)
    ada.heard(sid, "call.ended")
    assert ada.refused("end", sid) == "call_ended"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_no_call_is_refused(ada: Agent, name: str):
    assert ada.refused(name, NOBODY, **COMMANDS[name]) == "unknown_call"


def test_nothing_but_taking_is_possible_while_it_rings(stack, ada, ben):
    sid = ringing(stack, ada)
    eventually(
        lambda: count(sid, "call.answered"), seconds=10, what="the stream is open"
    )
    before = happened(sid)
    for name, data in COMMANDS.items():
        assert ada.refused(name, sid, **data) == "not_yours", name
    assert happened(sid) == before
    ada.order("decline", sid)
    ada.order("decline", sid)
    mine = CallEvent.objects.filter(call__sid=sid, name="offer.ended")
    assert mine.filter(data__agent=ada.user.pk).count() == 1
    conversations.hang_up(stack, sid)
    ada.heard(sid, "call.ended")
    assert Call.objects.get(sid=sid).outcome == "abandoned"


def test_somebody_elses_call_is_left_alone(stack, ada, ben, talking):
    before = happened(talking)
    for name, data in COMMANDS.items():
        assert ben.refused(name, talking, **data) == "not_yours", name
    assert ben.refused("accept", talking) == "already_taken"
    assert happened(talking) == before


def test_what_makes_no_sense_now_changes_nothing(ada, ben, talking):
    before = happened(talking)
    for name, data, code in (
        ("complete_transfer", {}, "no_transfer"),
        ("merge_transfer", {}, "no_transfer"),
        ("cancel_transfer", {}, "no_transfer"),
        ("leave", {}, "not_three_way"),
        ("digits", {"digits": "1; drop"}, "bad_digits"),
        ("digits", {"digits": ""}, "bad_digits"),
        ("transfer", {"kind": "sideways", "agent": ben.user.pk}, "unknown_kind"),
        ("transfer", {"kind": "cold", "agent": 10**9}, "unknown_agent"),
        ("transfer", {"kind": "cold", "agent": ada.user.pk}, "yourself"),
        ("transfer", {"kind": "cold", "agent": ben.user.pk}, "not_available"),
        ("transfer", {"kind": "cold", "queue": 10**9}, "unknown_queue"),
        ("transfer", {"kind": "cold", "number": "soon"}, "invalid_number"),
        ("transfer", {"kind": "cold", "number": "+19005550123"}, "denied_number"),
        ("transfer", {"kind": "cold"}, "no_target"),
        ("start_call", {"to": "+15550101000"}, "busy"),
        ("wrap_up", {"disposition": 10**9, "notes": ""}, "unknown_disposition"),
    ):
        assert ada.refused(name, talking, **data) == code, (name, data)
    assert happened(talking) == before


def test_an_ended_call_takes_no_commands(stack, ada, talking):
    conversations.hang_up(stack, talking)
    ada.heard(talking, "call.ended")
    for name, data in COMMANDS.items():
        if name != "save_notes":
            assert ada.refused(name, talking, **data) == "call_ended", name
    ada.order("save_notes", talking, notes="Afterwards.")


def test_twilio_failing_is_said_and_leaves_the_call_as_it_was(stack, ada, talking):
    """Throttling and hanging are tried on each command in calls/tests."""
    before = happened(talking)
    state = Call.objects.filter(sid=talking).values(
        "held_at", "muted_at", "recording_paused_at", "agent", "ended_at"
    )
    was = state.get()
    for name, data in ASKING.items():
        stack.break_vendor(vendor="twilio", kind="500", path=REST)
        code = ada.refused(name, talking, **data)
        stack.mend_vendors()
        assert code in ("telephone_unavailable", "not_paused"), name
        assert state.get() == was, name
    undone = {"recording.paused", "recording.resumed", "transfer.started"}
    later = [name for name in happened(talking)[len(before) :] if name not in undone]
    assert set(later) <= {"transfer.ended"}
    assert not Transfer.objects.open().filter(call__sid=talking).exists()
    for name, data in (("hold", {}), ("resume", {})):
        ada.order(name, talking, **data)
        ada.heard(talking, {"hold": "hold.started", "resume": "hold.ended"}[name])


def test_a_call_that_is_over_at_twilio_can_be_ended(stack, ada, talking):
    """ "Call is not in progress" is what was wanted."""
    conversations.hang_up(stack, talking)
    answer = ada.desk.command("end", talking)
    assert answer["ok"] or answer["error"]["code"] == "call_ended"


def test_a_warm_transfer_from_the_first_word_to_the_new_owner(stack, ada, ben, talking):
    ben.available()
    ada.order("transfer", talking, kind="warm", agent=ben.user.pk)
    ben.rung(talking)
    ada.heard(talking, "hold.started")
    ben.order("accept", talking)
    ben.order("accept", talking)
    ben.join(talking)
    ada.heard(talking, "transfer.joined")
    ada.order("complete_transfer", talking)
    ada.order("complete_transfer", talking)
    ben.heard(talking, "transfer.completed")
    eventually(
        lambda: Call.objects.get(sid=talking).held_at is None,
        seconds=10,
        what="the caller is off hold",
    )
    call = Call.objects.get(sid=talking)
    assert call.agent == ben.user
    assert count(talking, "transfer.completed") == 1
    eventually(
        lambda: ada.hears()["status"] == "completed", seconds=10, what="Ada is out"
    )
    assert ada.refused("hold", talking) == "not_yours"
    ben.order("hold", talking)
    eventually(
        lambda: Call.objects.get(sid=talking).held_at, seconds=10, what="Ben's hold"
    )
    assert User.objects.get(pk=ada.user.pk).presence in ("wrap-up", "available")
    assert PresenceSpan.objects.filter(user=ben.user, presence="busy").exists()


def test_a_three_way_call_goes_on_when_its_first_agent_leaves(stack, ada, ben, talking):
    ben.available()
    ada.order("transfer", talking, kind="warm", agent=ben.user.pk)
    ben.rung(talking)
    ben.order("accept", talking)
    ben.join(talking)
    ada.heard(talking, "transfer.joined")
    ada.order("merge_transfer", talking)
    ada.order("merge_transfer", talking)
    ada.heard(talking, "hold.ended")
    assert count(talking, "transfer.merged") == 1
    ada.order("leave", talking)
    ben.heard(talking, "transfer.completed")
    assert Call.objects.get(sid=talking).agent == ben.user


def test_a_canceled_consultation_gives_the_caller_back(stack, ada, ben, talking):
    ben.available()
    ada.order("transfer", talking, kind="warm", agent=ben.user.pk)
    ben.rung(talking)
    ada.order("cancel_transfer", talking)
    ada.order("cancel_transfer", talking)
    ben.heard(talking, "offer.ended")
    eventually(
        lambda: Call.objects.get(sid=talking).held_at is None,
        seconds=10,
        what="the caller is off hold",
    )
    assert ben.refused("accept", talking) == "already_taken"
    assert count(talking, "transfer.ended") == 1
    assert Call.objects.get(sid=talking).agent == ada.user


def test_a_cold_transfer_rings_the_other_one_and_frees_the_first(
    stack, ada, ben, talking
):
    ben.available()
    ada.order("transfer", talking, kind="cold", agent=ben.user.pk)
    ada.heard(talking, "call.released")
    ben.take(talking)
    ben.heard(talking, "agent.joined")
    assert Call.objects.get(sid=talking).agent == ben.user


def test_two_desks_that_accept_at_once_have_one_winner(stack, ada, ben):
    """Only one of them is rung; the other one's click is told where it rings."""
    ada.available()
    ben.available()
    sid = stack.ring(scenario="long_hold")
    eventually(
        lambda: ada.desk.told(sid, "call.offered"), seconds=15, what="somebody is rung"
    )
    answers = [person.desk.command("accept", sid) for person in (ada, ben)]
    assert sorted(answer["ok"] for answer in answers) == [False, True]
    [refused] = [answer for answer in answers if not answer["ok"]]
    assert refused["error"]["code"] in ("already_taken", "rings_elsewhere")
