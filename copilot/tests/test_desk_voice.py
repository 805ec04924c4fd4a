"""The AI voice on the desk: who sees what it says, who may steer it, and that a reload shows the same."""

import pytest
from django.db import transaction

from calls.models import Assistant, AssistantVersion, Call
from calls.services import leash, lifecycle, refusals, routing
from calls.tests.conftest import played  # noqa: F401  what a takeover asks of Twilio
from calls.tests.rooms import at_desk
from copilot import desk, lines
from copilot.consumers import DeskConsumer, _carry_out
from copilot.models import AssistantLine, ToolUse
from copilot.services import add_utterance
from copilot.voice.vocabulary import ShowLine, Stamps
from tests.stack.doors import on_the_screen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("played")]
SID = "CA" + "1" * 32


@pytest.fixture
def nova():
    told = {"greeting": "Hello.", "instructions": "Help.", "number": 3}
    assistant = Assistant.objects.create(name="Nova")
    return AssistantVersion.objects.create(assistant=assistant, **told)


@pytest.fixture
def call(nova):
    """A caller with whom the assistant talks."""
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    lifecycle.answer_call(call=call)
    with transaction.atomic():
        locked = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        leash.lead(call=locked, version=nova, reason="answered")
    return locked


def show(call, key="s-a1", **line):
    """The voice says what becomes of a line."""
    line = {"kind": "reply", "state": "waiting", "text": "It is here."} | line
    return lines.show_line(
        call_id=call.pk, version_id=call.assistant_id, line=ShowLine(key=key, **line)
    )


def command(user, name, **data):
    return _carry_out(user, {"name": name, "sid": SID, "data": data})


def refused(user, name, **data):
    with pytest.raises(refusals.Refused) as refusal:
        command(user, name, **data)
    assert refusal.value.message
    return refusal.value.code


def snapshot(user):
    return next(iter(desk.snapshot(user=user)["calls"]), None)


def happened(call, name):
    return [event.data for event in call.events.filter(name=name)]


def joined(call):
    """The agent's telephone is on the line."""
    Call.objects.filter(pk=call.pk).update(
        agent_joined_at=call.answered_at, agent_gone_at=None
    )


def test_a_call_with_the_assistant_is_on_every_desk(call, ada, ben):
    for user in (ada, ben):
        shown = snapshot(user)
        assert shown["mode"] == "auto"
        assert shown["assistant"]["name"] == "Nova"
        assert shown["assistant"]["version"] == 3
        assert shown["waiting_since"] is None


def test_whoever_takes_it_over_has_it_and_every_desk_hears_so(call, ada, ben):
    at_desk(ada)
    command(ada, "take_over")
    assert snapshot(ada)["mode"] == "human"
    assert snapshot(ben) is None
    assert happened(call, "call.mode")[-1]["agent"] == {"id": ada.pk, "name": "Ada"}
    consumer = DeskConsumer()
    consumer.user = ben
    told = {"type": "event", "sid": SID, "agent_id": ada.pk}
    assert consumer._wants(told | {"name": "call.mode"})
    assert not consumer._wants(told | {"name": "line.changed"})


async def test_a_desk_whose_work_breaks_is_closed_and_may_come_again(sam):
    sent = []

    async def send(message):
        sent.append(message)

    consumer = DeskConsumer()
    consumer.user, consumer.base_send = sam, send
    consumer.scope = {"session": None}  # as it never is
    with pytest.raises(AttributeError):
        await consumer._attend()
    assert [(each["type"], each.get("code")) for each in sent] == [
        ("websocket.close", 1011)
    ]


def test_two_who_take_it_over_have_one_outcome(call, ada, ben):
    for user in (ada, ben):
        at_desk(user)
    command(ada, "take_over")
    command(ada, "take_over")
    assert refused(ben, "take_over") == "already_taken"
    assert len(happened(call, "call.accepted")) == 1


def test_it_is_handed_back_by_its_agent_alone(call, ada, ben):
    at_desk(ada)
    command(ada, "take_over")
    assert refused(ada, "hand_back", mode="auto") == "not_connected"
    joined(call)
    assert refused(ben, "hand_back", mode="auto") == "not_yours"
    assert refused(ada, "hand_back", mode="loud") == "unknown_mode"
    command(ada, "hand_back", mode="approve")
    shown = snapshot(ada)
    assert (shown["mode"], shown["agent"]["name"]) == ("approve", "Ada")
    assert shown["agent_connected"] is False


def test_how_far_it_may_go_changes_in_mid_call(call, ada):
    command(ada, "set_mode", mode="approve")
    assert snapshot(ada)["mode"] == "approve"
    assert happened(call, "call.mode")[-1]["reason"] == "switched"
    assert refused(ada, "set_mode", mode=["auto"]) == "unknown_mode"


def test_a_line_is_released_in_other_words(call, ada):
    line = show(call)
    command(ada, "release_line", line=line.pk, text="It is there.")
    row = AssistantLine.objects.get()
    assert (row.released_text, row.decided_by) == ("It is there.", ada)
    (shown,) = snapshot(ada)["lines"]
    assert shown["decided"] == "released"
    show(call, state="speaking", text="It is there.")
    (shown,) = snapshot(ada)["lines"]
    assert shown["decided"] is None


def test_a_line_is_released_as_it_is_or_dropped(call, ada):
    first, second = show(call), show(call, "s-a2")
    command(ada, "release_line", line=first.pk)
    assert AssistantLine.objects.get(pk=first.pk).released_text is None
    command(ada, "drop_line", line=second.pk)
    assert refused(ada, "release_line", line=second.pk) == "gone"
    assert [row["decided"] for row in snapshot(ada)["lines"]] == ["released", "dropped"]


def test_a_colleagues_line_is_not_to_be_touched(call, ada, ben):
    at_desk(ada)
    command(ada, "take_over")
    joined(call)
    command(ada, "hand_back", mode="approve")
    line = show(call)
    assert refused(ben, "release_line", line=line.pk) == "not_yours"
    assert refused(ben, "drop_line", line=line.pk) == "not_yours"
    assert refused(ben, "guide", text="Be short") == "not_yours"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("release_line", {}, "unknown_line"),
        ("release_line", {"line": 99}, "unknown_line"),
        ("release_line", {"line": 99, "text": 7}, "empty"),
        ("release_line", {"line": "1"}, "bad_request"),
        ("drop_line", {"line": True}, "bad_request"),
        ("guide", {}, "empty"),
        ("guide", {"text": "x" * 1001}, "too_long"),
        ("set_mode", {}, "unknown_mode"),
        ("hand_back", {}, "unknown_mode"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(call, ada, name, data, code):
    assert refused(ada, name, **data) == code


def test_nothing_is_released_in_a_call_that_people_have(call, ada):
    line = show(call)
    at_desk(ada)
    command(ada, "take_over")
    assert refused(ada, "release_line", line=line.pk) == "not_led"
    assert refused(ada, "guide", text="Be short") == "not_led"


def test_a_call_that_is_left_to_the_assistant_is_everybodys_again(call, ada, ben):
    at_desk(ada)
    command(ada, "take_over")
    joined(call)
    command(ada, "hand_back", mode="auto")
    assert snapshot(ben) is None
    command(ada, "leave")
    assert snapshot(ben)["agent"] is None


def test_a_trial_is_on_the_desk_of_who_tries_it_and_of_no_other(call, ada, ben):
    Call.objects.update(trial=True, also_seen_by=[ada.pk])
    assert desk.events_after(user=ada, sid=SID, number=0)
    assert desk.events_after(user=ben, sid=SID, number=0) == []
    assert snapshot(ben) is None


def test_a_reload_shows_what_the_events_told(call, ada):
    """State now and event is state later, with all that a voice can do."""
    at_desk(ada)
    before = desk.snapshot(user=ada)
    show(call, "s-a1", state="speaking", heard="It")
    cut = Stamps(speech_end=1.0, final_at=1.3, first_token_at=1.7, first_audio_at=2.0)
    show(call, "s-a1", state="cut", heard="It is", code="interrupted", stamps=cut)
    add_utterance(
        call_id=call.pk,
        item="s-a1",
        speaker="assistant",
        start=2.0,
        end=2.5,
        text="It is",
    )
    command(ada, "guide", text="Offer a courier")
    command(ada, "set_mode", mode="approve")
    line = show(call, "s-a2", until=30.0)
    command(ada, "release_line", line=line.pk)
    command(ada, "take_over")
    joined(call)
    command(ada, "hand_back", mode="auto")
    show(call, "s-a3", kind="resume")
    events = desk.events_after(user=ada, sid=SID, number=before["calls"][0]["number"])
    told = on_the_screen([before, *events])[SID]
    reloaded = on_the_screen([desk.snapshot(user=ada)])[SID]
    for name in ("mode", "agent", "assistant", "guidance", "utterances", "marks"):
        assert told[name] == reloaded[name], name
    # When a row was made, and when its event was told, is not the same moment.
    for row in (*told["lines"], *reloaded["lines"]):
        del row["at"], row["changed_at"]
    assert told["lines"] == reloaded["lines"]


def test_a_tool_is_shown_with_its_moment(call, ada):
    use = ToolUse.objects.create(
        call=call, key="c1", name="end_call", state="refused", result="Not allowed."
    )
    (shown,) = snapshot(ada)["tools"]
    assert shown == {
        "id": use.pk,
        "name": "end_call",
        "arguments": {},
        "state": "refused",
        "result": "Not allowed.",
        "line": None,
        "at": use.at.timestamp(),
    }


def test_only_the_last_lines_are_shown_in_their_order(call, ada):
    keys = [f"s-a{number}" for number in range(25)]
    for key in keys:
        show(call, key)
    assert [row["key"] for row in snapshot(ada)["lines"]] == keys[-20:]


def test_a_call_without_an_assistant_has_nothing_of_it(ada):
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    lifecycle.answer_call(call=call)
    routing.accept_call(sid=SID, agent=ada)
    shown = snapshot(ada)
    assert shown["assistant"] is None
    assert [shown[name] for name in ("lines", "tools", "guidance", "moments")] == [
        [],
        [],
        [],
        [],
    ]
