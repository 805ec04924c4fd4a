"""The call page tells who had the call, and what became of each line of the assistant's."""

import pytest
from django.urls import reverse

from analytics import assistant
from analytics.tests.conftest import led
from calls.models import Assistant, AssistantVersion
from copilot.models import AssistantLine, ToolUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(db):
    nova = Assistant.objects.create(name="Nova")
    return AssistantVersion.objects.create(
        assistant=nova, number=1, greeting="Hello.", instructions="Help."
    )


@pytest.fixture
def say(call, version):
    """Stores a line of the assistant's."""

    def keep(text, **fields):
        number = call.assistant_lines.count()
        fields = {"kind": "reply", "state": "said", "heard": text} | fields
        return AssistantLine.objects.create(
            call=call, version=version, key=f"line-{number}", text=text, **fields
        )

    return keep


def changes(call):
    return [
        (each.at, each.title)
        for each in assistant.changes(call, call.events.filter(name="call.mode"))
    ]


def test_each_change_of_voice_says_who_and_why(call):
    nova = {"id": 1, "name": "Nova", "version": 3}
    ada = {"id": 2, "name": "Ada"}
    led(call, (0.0, "auto"), reason="answered", assistant=nova, by=None)
    led(call, (9.0, "human"), reason="taken_over", assistant=nova, by=ada)
    led(call, (20.0, "approve"), reason="handed_back", assistant=nova, by=ada)
    led(call, (30.0, "auto"), reason="agent_lost", assistant=nova, agent=ada)
    assert changes(call) == [
        (0.0, "Nova answered · AI voice"),
        (9.0, "Ada took over · Human"),
        (20.0, "Ada handed back to Nova · Approve to speak"),
        (30.0, "Ada was gone: Nova went on · AI voice"),
    ]


def test_a_change_for_a_reason_that_is_not_known_still_says_the_mode(call):
    led(call, (5.0, "human"), reason="a new one")
    assert changes(call) == [(5.0, "Human")]


@pytest.mark.parametrize(
    ("text", "heard", "rest"),
    [
        ("Your lamp comes on Friday.", "Your lamp", "comes on Friday."),
        ("Your lamp comes.", "Your lamp comes.", ""),
        ("Your  lamp\ncomes.", "Your lamp", "comes."),
        ("Your lamp comes.", "", "Your lamp comes."),
        ("Your lamp comes.", "Something else", "Your lamp comes."),
    ],
)
def test_what_was_not_heard_is_the_rest_of_the_text(text, heard, rest):
    assert assistant.unheard(text, heard) == rest


def test_a_line_that_was_cut_shows_what_was_heard_and_what_was_not(call, say):
    say("Your lamp comes on Friday.", heard="Your lamp", state="cut", code="taken_over")
    (turn,), _ = assistant.turns(call)
    assert (turn.heard, turn.unheard) == ("Your lamp", "comes on Friday.")
    assert turn.why == "An agent took over."


def test_a_line_that_was_said_was_heard(call, say):
    say("Hello.", heard="", kind="greeting")
    (turn,), _ = assistant.turns(call)
    assert (turn.heard, turn.unheard) == ("Hello.", "")


def test_what_a_human_decided_is_told(call, say, ada):
    say("One.", decided_by=ada, released_at=call.created_at)
    say("Two.", decided_by=ada, released_at=call.created_at, released_text="Two!")
    say("Three.", decided_by=ada, dropped_at=call.created_at, state="dropped", heard="")
    assert [turn.decided for turn in assistant.turns(call)[0]] == [
        f"released by {ada}",
        f"put in other words by {ada}",
        f"dropped by {ada}",
    ]


def test_the_way_of_an_answer_is_drawn_against_the_slowest(call, say):
    say("One.", speech_end=5.0, final_at=5.5, first_token_at=6.0, first_audio_at=6.0)
    say("Two.", speech_end=9.0, final_at=9.2, first_token_at=9.4, first_audio_at=9.5)
    (slow, quick), _ = assistant.turns(call)
    assert slow.answered_after == 1.0
    assert [bar.width for bar in slow.bars] == ["50.000%", "50.000%", "0.000%"]
    assert [(bar.left, bar.seconds) for bar in quick.bars][-1] == ("40.000%", 0.1)


def shown(client, user, call):
    client.force_login(user)
    answer = client.get(reverse("call", args=[call.sid]))
    return " ".join(answer.content.decode().split())


def test_the_page_shows_turns_their_times_and_tools(client, call, say, sam):
    line = say(
        "Your <lamp> comes on Friday.",
        heard="Your <lamp>",
        state="cut",
        code="interrupted",
        speech_end=5.0,
        final_at=5.31,
        first_token_at=5.62,
        first_audio_at=5.75,
        started_at=5.75,
    )
    ToolUse.objects.create(
        call=call,
        line=line,
        key="1",
        name="look_up_customer",
        arguments={"number": "<b>"},
        state="refused",
        result="Nobody has this number.",
    )
    led(call, (1.0, "auto"), reason="answered", assistant={"id": 1, "name": "Nova"})
    text = shown(client, sam, call)
    assert "Nova answered · AI voice" in text
    assert "Your &lt;lamp&gt; <del" in text
    assert "comes on Friday.</del>" in text
    assert "answer after 0.8 s" in text
    assert "0.31 s" in text
    assert "Look the customer up" in text
    assert "number: &lt;b&gt;" in text
    assert "Nobody has this number." in text


def test_a_call_without_an_assistant_shows_nothing_of_one(client, call, sam):
    text = shown(client, sam, call)
    assert 'id="part-turns" aria-labelledby="turns-title" hidden' in text
    assert 'id="part-led" aria-labelledby="led-title" hidden' in text


def test_the_page_asks_no_more_of_a_call_with_many_lines(
    client, call, say, sam, django_assert_max_num_queries
):
    led(call, (1.0, "auto"))
    say("Hello.")
    client.force_login(sam)
    with django_assert_max_num_queries(60) as few:
        client.get(reverse("call", args=[call.sid]))
    for number in range(20):
        line = say(f"Line {number}.")
        ToolUse.objects.create(call=call, line=line, key=f"{number}", name="end_call")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("call", args=[call.sid]))


def test_a_tool_that_was_used_beside_any_line_is_shown_too(call, say):
    say("Hello.")
    ToolUse.objects.create(call=call, key="1", name="a new one", result="Done.")
    turns, others = assistant.turns(call)
    assert [turn.tools for turn in turns] == [[]]
    assert [(use.title, use.result) for use in others] == [("a new one", "Done.")]
