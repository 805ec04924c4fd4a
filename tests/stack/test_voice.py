"""The AI voice on real sockets: a whole call, interruptions, takeover and hand-back, and what breaks."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calls.models import Call, CallEvent, Utterance
from copilot.models import AssistantLine, ToolUse
from tests.stack import conversations
from tests.stack.agents import Agent, at_work, quiet_again
from tests.stack.conftest import Stack, eventually, settle

# A frame on its way, and the tick in which it is played.
FRAMES = 0.06


@pytest.fixture(scope="module")
def ada(stack: Stack) -> Iterator[Agent]:
    with at_work(stack, "agent") as agent:
        yield agent


@pytest.fixture(scope="module")
def ben(stack: Stack) -> Iterator[Agent]:
    with at_work(stack, "agent2") as agent:
        yield agent


@pytest.fixture(autouse=True)
def _quiet_afterwards(stack: Stack, ada: Agent, ben: Agent) -> Iterator[None]:
    """No call of this test outlives it."""
    yield
    quiet_again(stack, ada, ben)


def lines(sid: str) -> list[AssistantLine]:
    return list(AssistantLine.objects.filter(call__sid=sid).order_by("pk"))


def line(sid: str, what: str, fits: Callable[[AssistantLine], bool]) -> AssistantLine:
    """The first line of the assistant's that fits, when there is one."""
    return eventually(
        lambda: next((one for one in lines(sid) if fits(one)), None),
        seconds=40,
        what=what,
    )


def heard(sid: str, speaker: str = "assistant") -> list[str]:
    rows = Utterance.objects.filter(call__sid=sid, source="live", speaker=speaker)
    return list(rows.order_by("start").values_list("text", flat=True))


def told(sid: str, name: str) -> list[dict[str, Any]]:
    events = CallEvent.objects.filter(call__sid=sid, name=name).order_by("number")
    return [event.data for event in events]


def streams(stack: Stack, sid: str) -> list[dict[str, Any]]:
    """What the two-way streams of a call were told to play, and what they played."""
    return stack.control("GET", f"/_sim/twilio/streams/{sid}")["streams"]


def mode_is(sid: str, mode: str) -> Call:
    return eventually(
        lambda: Call.objects.filter(sid=sid, mode=mode).first(),
        seconds=20,
        what=f"mode {mode}",
    )


def talking(stack: Stack, *said: str, **more: Any) -> str:
    """A caller of the assistant's line who says this, line by line."""
    return stack.ring(lines=list(said), to="+15550100002", **more)


def is_speaking(sid: str) -> Callable[[AssistantLine], bool]:
    return lambda one: one.state == "speaking" and one.kind == "reply"


def test_a_whole_call_with_tools_to_the_last_word(stack, ada):
    sid = stack.ring(scenario="order_and_callback")
    call = conversations.ended(sid)
    used = {use.name: use.state for use in ToolUse.objects.filter(call=call)}
    assert used["look_up_customer"] == "done"
    assert used["set_callback"] == "done"
    assert used["end_call"] == "done"
    assert call.outcome == "callback"
    assert [one.state for one in lines(sid)].count("failed") == 0
    said = [one for one in lines(sid) if one.state == "said"]
    assert len(said) >= 4
    # What is in the transcript is what was heard, line by line.
    assert heard(sid) == [one.heard for one in lines(sid) if one.heard]
    assert len(heard(sid, "caller")) == 4
    for one in said:
        steps = [one.first_token_at, one.first_audio_at, one.first_mark_at]
        known = [step for step in steps if step is not None]
        assert known == sorted(known)
    settle(call)
    final = call.utterances.filter(source="final").values_list("speaker", flat=True)
    assert set(final) == {"caller", "assistant"}


def test_whoever_interrupts_hears_nothing_more_and_is_answered(stack, ada):
    sid = stack.ring(scenario="interrupts")
    cut = line(sid, "an interruption", lambda one: one.code == "interrupted")
    line(sid, "an answer", lambda one: one.pk > cut.pk and one.state == "said")
    timeline = streams(stack, sid)[0]
    clear = next(m for m in timeline["received"] if m["event"] == "clear")
    until = [part for part in timeline["played"] if part["start"] <= clear["at"]]
    assert until[-1]["end"] <= clear["at"] + FRAMES
    assert cut.text.startswith(cut.heard)
    assert len(cut.heard) < len(cut.text)


def test_a_cough_and_an_mhm_interrupt_nothing(stack, ada):
    sid = stack.ring(scenario="coughs_and_agrees")
    conversations.ended(sid)
    assert not [one for one in lines(sid) if one.code == "interrupted"]


def test_an_echo_of_its_own_voice_is_no_caller(stack, ada):
    sid = stack.ring(scenario="echoes")
    conversations.ended(sid)
    assert not [one for one in lines(sid) if one.code == "interrupted"]
    spoken = stack.performance(sid)["utterances"]
    assert len(heard(sid, "caller")) == len(spoken)


def test_who_says_nothing_is_asked_twice_and_let_go(stack, ada):
    sid = stack.ring(scenario="says_nothing")
    conversations.ended(sid)
    said = [one.kind for one in lines(sid) if one.state == "said"]
    assert said == ["greeting", "nudge", "nudge", "closing"]


def test_keys_reach_the_assistant(stack, ada):
    sid = stack.ring(scenario="presses_keys")
    conversations.ended(sid)
    assert told(sid, "keys.pressed")


def test_a_human_is_fetched_when_one_is_asked_for(stack, ada, ben):
    ben.desk.command("set_presence", presence="away")
    sid = stack.ring(scenario="asks_for_a_human")
    ada.take(sid)
    call = mode_is(sid, "human")
    assert call.agent == ada.user
    reasons = [mode["reason"] for mode in told(sid, "call.mode")]
    assert reasons == ["answered", "transferred"]
    stack.control(
        "POST",
        f"/_sim/handsets/{ada.handset}/say",
        {"text": "Harbour Lamps, this is Ada. I hear that your lamp flickers."},
    )
    ada.heard(sid, "utterance.added", lambda data: data["speaker"] == "agent")


def test_taken_over_in_mid_sentence_and_handed_back_three_times(stack, ada, ben):
    sid = stack.ring(scenario="taken_over_and_back")
    human: list[tuple[float, float]] = []
    for turn in range(3):
        line(
            sid,
            f"the assistant speaks ({turn})",
            lambda one: one.state == "speaking" and one.kind != "greeting",
        )
        ada.order("take_over", sid)
        taken_over = time.time()
        ada.order("take_over", sid)
        call = mode_is(sid, "human")
        assert call.agent == ada.user
        ada.join(sid)
        eventually(
            lambda: Call.objects.get(sid=sid).agent_joined_at is not None,
            seconds=15,
            what="Ada and the caller are together",
        )
        stack.control(
            "POST",
            f"/_sim/handsets/{ada.handset}/say",
            {"text": "This is Ada, I am listening."},
        )
        said = len(heard(sid, "agent"))
        eventually(
            lambda said=said: len(heard(sid, "agent")) > said,
            seconds=20,
            what="Ada's words",
        )
        human.append((taken_over, time.time()))
        last = lines(sid)[-1].pk
        ada.order("hand_back", sid, mode="auto")
        mode_is(sid, "auto")
        line(
            sid,
            f"what it says after the hand-back ({turn})",
            lambda one, last=last: one.pk > last and one.state in ("said", "cut"),
        )
        ada.hang_up()
    _silent_while_a_human_speaks(stack, sid, human)
    said = heard(sid)
    assert len(set(said)) == len(said), "a sentence was said twice"
    reasons = [mode["reason"] for mode in told(sid, "call.mode")]
    assert reasons == ["answered", *["taken_over", "handed_back"] * 3]
    conversations.hang_up(stack, sid)
    call = conversations.ended(sid)
    settle(call)
    # One recording from the first moment to the last, whoever had the call.
    recording = call.recordings.get()
    assert recording.channels == 2
    assert recording.duration == pytest.approx(call.duration, abs=1.5)
    final = call.utterances.filter(source="final").values_list("speaker", flat=True)
    assert set(final) == {"caller", "agent", "assistant"}


def _silent_while_a_human_speaks(
    stack: Stack, sid: str, human: list[tuple[float, float]]
) -> None:
    """The assistant is not heard from a takeover's answer to the hand-back."""
    two_way = streams(stack, sid)
    assert len(two_way) > len(human)
    for stream in two_way:
        if not stream["received"]:
            continue
        first = stream["received"][0]
        zero = first["unix"] - first["at"]
        for part in stream["played"]:
            start, end = zero + part["start"], zero + part["end"]
            for since, until in human:
                assert end <= since + 4 * FRAMES or start >= until, part


def test_two_agents_at_once_have_one_outcome_and_both_desks_show_it(stack, ada, ben):
    sid = talking(stack, "Hello, I have a question.", "It is about a lamp.")
    line(sid, "the assistant speaks", lambda one: one.state == "speaking")
    answers = {
        agent.user.username: agent.desk.command("take_over", sid)
        for agent in (ada, ben)
    }
    winners = [name for name, answer in answers.items() if answer["ok"]]
    assert len(winners) == 1
    loser = next(answer for answer in answers.values() if not answer["ok"])
    assert loser["error"]["code"] == "already_taken"
    for agent in (ada, ben):
        agent.heard(sid, "call.accepted", lambda data: data["agent"]["id"] > 0)


def test_each_line_waits_to_be_released_edited_or_dropped(stack, ada, ben):
    sid = talking(
        stack,
        "Hello, where is my parcel?",
        "And when does it come?",
        "Can I have it on Friday?",
    )
    line(sid, "the assistant begins", bool)
    ada.order("set_mode", sid, mode="approve")
    first = line(sid, "a line waits", lambda one: one.state == "waiting")
    time.sleep(1.0)
    assert first.text not in heard(sid)
    ada.order("release_line", sid, line=first.pk)
    ada.order("release_line", sid, line=first.pk)
    eventually(lambda: first.text in heard(sid), seconds=20, what="it is heard")
    second = line(
        sid, "the next waits", lambda one: one.pk > first.pk and one.state == "waiting"
    )
    ada.order("release_line", sid, line=second.pk, text="It comes on Thursday.")
    eventually(
        lambda: "It comes on Thursday." in heard(sid), seconds=20, what="my words"
    )
    third = line(
        sid, "the last waits", lambda one: one.pk > second.pk and one.state == "waiting"
    )
    ada.order("drop_line", sid, line=third.pk)
    assert ada.refused("release_line", sid, line=third.pk) == "gone"
    line(
        sid, "it is dropped", lambda one: one.pk == third.pk and one.state == "dropped"
    )
    assert third.text not in heard(sid)


def test_guidance_is_followed_and_never_heard(stack, ada, ben):
    sid = talking(stack, "Hello, my lamp is broken.", "What can you do for me?")
    line(sid, "the assistant begins", bool)
    ada.order("guide", sid, text="Offer a new lamp for free.")
    line(sid, "an answer", lambda one: one.kind == "reply" and one.state == "said")
    asked = [event["text"] for event in told(sid, "guidance.given")]
    assert asked == ["Offer a new lamp for free."]


@pytest.mark.parametrize(
    "fault",
    [
        {"vendor": "openai", "kind": "500", "path": "/v1/responses"},
        {"vendor": "openai", "kind": "drop", "path": "/v1/responses"},
        {"vendor": "openai", "kind": "refuse", "path": "/v1/responses"},
        {"vendor": "openai", "kind": "ramble", "path": "/v1/responses"},
        {"vendor": "openai", "kind": "wrong_language", "path": "/v1/responses"},
        {"vendor": "openai", "kind": "drop", "path": "/v1/audio/speech"},
        {"vendor": "openai", "kind": "garbage", "path": "/v1/audio/speech"},
        {"vendor": "openai", "kind": "empty", "path": "/v1/audio/speech"},
        {"vendor": "openai", "kind": "odd", "path": "/v1/audio/speech"},
        {"vendor": "openai", "kind": "drop", "path": "/v1/realtime"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault['path']}",
)
def test_a_vendor_that_fails_once_costs_a_moment_and_not_the_call(stack, ada, fault):
    sid = talking(stack, "Hello, where is my parcel?", "Thank you. And my invoice?")
    line(sid, "the greeting", lambda one: one.state == "said")
    stack.break_vendor(**fault, count=1)
    eventually(
        lambda: sum(one.kind == "reply" and one.state == "said" for one in lines(sid)),
        seconds=40,
        what="an answer",
    )
    assert not Call.objects.get(sid=sid).has_ended


@pytest.mark.parametrize("kind", ["marks_lost", "marks_twice"])
def test_the_talk_goes_on_whatever_becomes_of_marks(stack, ada, kind):
    stack.break_vendor(vendor="twilio", kind=kind, path="/media")
    sid = talking(stack, "Hello, where is my parcel?", "Thank you. And my invoice?")
    eventually(
        lambda: (
            sum(one.kind == "reply" and one.state == "said" for one in lines(sid)) >= 2
        ),
        seconds=60,
        what="two answers",
    )
    said = heard(sid)
    assert len(set(said)) == len(said)


def test_a_socket_that_is_cut_after_a_clear_costs_no_word(stack, ada):
    stack.break_vendor(vendor="twilio", kind="cut_on_clear", path="/media", count=1)
    sid = stack.ring(scenario="interrupts")
    cut = line(sid, "an interruption", lambda one: one.code == "interrupted")
    line(sid, "an answer", lambda one: one.pk > cut.pk and one.state == "said")
    assert Call.objects.get(sid=sid).streams == 2


def test_a_silent_agent_is_rescued_and_the_caller_hears_it(stack, ada, ben):
    sid = talking(stack, "Hello, I have a question.", "Can you tell me the price?")
    line(sid, "the assistant speaks", lambda one: one.state == "speaking")
    ada.order("take_over", sid)
    ada.join(sid)
    offered = ada.heard(
        sid, "suggestion.offered", lambda data: data.get("kind") == "holding"
    )
    assert offered["data"]["waited"] >= 6.0
    ada.heard(sid, "holding.spoken", lambda data: bool(data["text"]))


def test_a_voice_that_stays_away_makes_way_for_people(stack, ada, ben):
    stack.break_vendor(vendor="openai", kind="500", path="/v1/audio/speech")
    sid = talking(stack, "Hello?")
    ada.rung(sid)
    reasons = [mode["reason"] for mode in told(sid, "call.mode")]
    assert reasons == ["answered", "failed"]


def test_a_stream_that_breaks_comes_back_and_knows_what_was_said(stack, ada):
    sid = talking(stack, "Hello, where is my parcel?", "Is it the blue one?")
    line(sid, "an answer is spoken", is_speaking(sid))
    before = Call.objects.get(sid=sid).stream_sid
    at = time.monotonic()
    stack.control("POST", "/_sim/twilio/drop")
    eventually(
        lambda: Call.objects.get(sid=sid).stream_sid not in ("", before),
        seconds=10,
        what="a new stream",
    )
    assert time.monotonic() - at < 3.0
    known = len(lines(sid))
    line(sid, "it goes on", lambda one: one.state == "said" and one.pk > known)
    said = heard(sid)
    assert sum("Robin" in text for text in said) <= 1, "it greeted again"


def test_whose_agent_is_lost_is_back_with_the_assistant(stack, ada, ben):
    sid = talking(stack, "Hello, I have a question.", "Are you there?", "And now?")
    line(sid, "the assistant speaks", lambda one: one.state == "speaking")
    ada.order("take_over", sid)
    ada.join(sid)
    ada.heard(sid, "agent.joined")
    ada.hang_up()
    mode_is(sid, "auto")
    assert told(sid, "call.mode")[-1]["reason"] == "agent_lost"
    line(sid, "it goes on", lambda one: one.kind == "resume" and bool(one.heard))


@contextlib.contextmanager
def another_web_process(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A second process that serves the same port, and what it has logged."""
    log = folder / "web2.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable,
                *("-m", "callcenter.serve", "--port", os.environ["PORT"], "--shared"),
            ],
            stdout=out,
            stderr=out,
        )
        try:
            eventually(
                lambda: "Listening" in log.read_text(),
                seconds=60,
                what="the second process listens",
            )
            yield process, log
        finally:
            process.kill()
            process.wait(10)


def test_the_process_that_is_killed_in_mid_call_costs_a_sentence_and_not_the_call(
    stack, ada, tmp_path
):
    with another_web_process(tmp_path) as (process, log):
        sid = _on(stack, log)
        line(sid, "the caller is answered", is_speaking(sid))
        before = Call.objects.get(sid=sid).stream_sid
        said = heard(sid, "caller")
        process.kill()
        at = time.monotonic()
        eventually(
            lambda: Call.objects.get(sid=sid).stream_sid not in ("", before),
            seconds=15,
            what="a new stream",
        )
        assert time.monotonic() - at < 3.0
    last = lines(sid)[-1].pk
    line(sid, "it goes on", lambda one: one.pk > last and bool(one.heard))
    assert heard(sid, "caller")[: len(said)] == said
    assert [one.kind for one in lines(sid)].count("greeting") == 1
    assert not Call.objects.get(sid=sid).has_ended


def _on(stack: Stack, log: Path) -> str:
    """A call whose stream is with the process that writes this log; the kernel draws lots."""
    for _ in range(12):
        sid = talking(stack, "Hello, where is my parcel?", "And my invoice?", "Fine.")
        line(sid, "the greeting", bool)
        if f"of call {sid} begins" in log.read_text():
            return sid
        conversations.hang_up(stack, sid)
    raise AssertionError("no call came to the second process")
