"""Performances tick by tick, without a network: the test is the exchange and its clock."""

import numpy as np
import pytest

from audio import mulaw
from simulators import scenarios, stage
from simulators.parties import SILENT, Echo
from simulators.performance import Mode, Performance
from simulators.scripted import BEARABLE, LINGER, ScriptedPerformance

STEPS = """
title: Test
description: A test.
caller: {from: "+15550107777", patience: 3, nudge: "Hello?"}
steps:
"""
VOICE = bytes([0x10, 0x90]) * 80


class Line:
    """The caller's leg, whose state the test sets."""

    sid = "CA1"

    def __init__(self) -> None:
        self.connected = False
        self.on_hold = False
        self.is_up = True
        self.pressed = ""

    def hangup(self) -> None:
        self.is_up = False

    def press(self, digits: str) -> None:
        self.pressed += digits


class Call:
    """A performance, its line, and both sides' frames."""

    def __init__(self, steps: str) -> None:
        scenario = scenarios.parse("test", STEPS + steps)
        self.play: ScriptedPerformance = stage.rehearse(scenario)
        self.line = self.play.line = Line()
        self.agent = self.play.agent()
        self.said = {"caller": [], "agent": []}

    def answer(self) -> None:
        """A colleague joins."""
        self.agent.answered()
        self.line.connected = True

    def tick(self, count: int = 1, heard: bytes = SILENT) -> None:
        for _ in range(count):
            if not self.line.is_up:
                self.play.caller.ended("completed")
                return
            self.said["caller"].append(self.play.caller.speak())
            self.said["agent"].append(self.agent.speak())
            self.play.caller.hear(heard)
            self._obey()

    def _obey(self) -> None:
        while not self.play.commands.empty():
            name = self.play.commands.get_nowait()
            self.line.on_hold = name == "hold"
            self.line.is_up = self.line.is_up and name != "end"

    def to_the_end(self) -> None:
        while not self.play.over.is_set():
            self.tick()
            assert self.play.now < 100

    def voiced(self, speaker: str) -> list[int]:
        return [i for i, frame in enumerate(self.said[speaker]) if frame != SILENT]


CHAT = """
  - {agent: "Harbour Lamps, good morning.", pause: 0.6}
  - {caller: "Good morning to you.", pause: 0.4}
  - {hang_up: caller, pause: 0.5}
"""


def test_what_is_recorded_is_what_was_planned_moved_to_the_connection():
    call = Call(CHAT)
    call.tick(50)
    call.answer()
    call.to_the_end()
    plan = stage.planned(call.play.scenario)
    record = call.play.record()
    assert record["connected_at"] == 1.0
    assert [line["start"] for line in record["utterances"]] == [
        round(u.start + 1.0, 3) for u in plan.truth.utterances
    ]
    assert (record["ended_by"], record["mode"]) == ("caller", "scripted")


def test_the_sound_of_each_side_is_where_the_record_says():
    call = Call(CHAT)
    call.answer()
    call.to_the_end()
    for line in call.play.record()["utterances"]:
        voiced = call.voiced(line["speaker"])
        assert abs(voiced[0] * 0.02 - line["start"]) <= 0.06
        assert abs(voiced[-1] * 0.02 - line["end"]) <= 0.06


def test_nobody_speaks_before_the_connection():
    call = Call(CHAT)
    call.tick(100)
    assert call.voiced("caller") == call.voiced("agent") == []


def test_a_caller_whom_nobody_answers_hangs_up_when_the_patience_ends():
    call = Call(CHAT)
    call.to_the_end()
    assert call.play.record()["ended_by"] == "caller"
    assert 3.0 <= call.play.record()["duration"] <= 3.1
    assert call.play.record()["utterances"] == []


def test_a_performance_knows_how_far_its_time_fell_behind():
    moments = iter([100.0, 100.02, 100.54, 100.54, 100.54])
    play = Performance("test", patience=3.0, monotonic=lambda: next(moments))
    for _ in range(5):
        play.caller.speak()
    assert play.record()["late"] == pytest.approx(0.5)


def test_a_hold_goes_through_the_desk_and_is_recorded_as_it_happened():
    call = Call("  - {agent: Wait., pause: 1}\n  - {hold: 2}\n  - {hang_up: caller}")
    call.answer()
    call.to_the_end()
    (start, end), *others = call.play.record()["holds"]
    assert others == []
    assert 2.0 <= end - start <= 2.1


def test_keys_are_pressed_when_they_are_due():
    call = Call('  - {press: "12#", pause: 1}\n  - {hang_up: caller, pause: 0.1}')
    call.answer()
    call.tick(49)
    assert call.line.pressed == ""
    call.tick(3)
    assert call.line.pressed == "12#"


def test_an_agent_ends_with_the_desks_command():
    call = Call("  - {agent: Bye.}\n  - {hang_up: agent}")
    call.answer()
    call.to_the_end()
    assert call.play.record()["ended_by"] == "agent"


def live(steps: str) -> Call:
    call = Call(steps)
    call.line.connected = True
    return call


def test_with_a_live_agent_the_caller_speaks_when_the_agent_has_ended():
    call = live(CHAT)
    call.tick(100, heard=VOICE)
    assert call.play.mode is Mode.LIVE
    assert call.voiced("caller") == []
    call.tick(100)
    assert 100 + 35 < call.voiced("caller")[0] < 100 + 80
    assert call.voiced("agent") == []
    assert call.play.record()["heard"] == [[0.0, 2.0]]


def test_a_live_agent_who_says_nothing_is_nudged_once_and_then_passed_over():
    call = live(CHAT)
    call.to_the_end()
    texts = [line["text"] for line in call.play.record()["utterances"]]
    assert texts == ["Hello?", "Good morning to you."]
    assert call.play.record()["utterances"][0]["start"] >= BEARABLE


def test_music_on_hold_is_not_taken_for_the_agents_voice():
    call = live(CHAT)
    call.line.on_hold = True
    call.tick(500, heard=VOICE)
    assert call.play.record()["heard"] == []
    assert call.voiced("caller") == []


def test_a_live_agent_is_given_time_to_hang_up():
    call = live("  - {caller: Bye.}\n  - {hang_up: agent}")
    call.tick(int(LINGER / 0.02))
    assert call.line.is_up
    call.tick(200)
    assert not call.line.is_up


def test_a_call_that_ends_in_mid_word_is_recorded_up_to_there():
    call = Call(CHAT)
    call.answer()
    call.tick(60)
    call.line.is_up = False
    call.tick()
    record = call.play.record()
    assert record["ended_by"] == "agent"
    assert record["utterances"][-1]["end"] <= record["duration"]


def test_a_caller_can_cut_in_a_moment_after_a_live_agent_began():
    call = live(
        "  - {listen: 0.8}\n  - {caller: Stop., overlap: 1.2}\n  - {hang_up: caller}"
    )
    call.tick(50)
    call.tick(200, heard=VOICE)
    began = call.play.record()["heard"][0][0]
    (line,) = call.play.record()["utterances"]
    assert began == 1.0
    assert abs(line["start"] - (began + 1.2)) <= 0.04


def test_an_overlap_of_a_script_is_kept_with_a_live_agent():
    call = live(
        '  - {agent: "Hello."}\n  - {caller: Wait., overlap: 0.6}\n'
        "  - {hang_up: caller}"
    )
    call.tick(150, heard=VOICE)
    (line,) = call.play.record()["utterances"]
    assert abs(line["start"] - 0.6) <= 0.04


def test_coughs_and_asides_take_no_turn():
    call = live(
        "  - {listen: 0.8}\n  - {sound: cough, overlap: 0.5}\n"
        "  - {listen: 0.8}\n  - {caller: Mhm., overlap: 1.6, aside: true}\n"
        "  - {listen: 0.8}\n  - {caller: Goodbye., pause: 0.2}\n"
        "  - {hang_up: caller, pause: 0.2}"
    )
    call.tick(200, heard=VOICE)
    call.to_the_end()
    record = call.play.record()
    (cough,) = record["sounds"]
    assert (cough["name"], cough["start"]) == ("cough", 0.5)
    assert [line["text"] for line in record["utterances"]] == ["Mhm.", "Goodbye."]
    assert abs(record["utterances"][0]["start"] - 1.6) <= 0.04
    # Only four seconds after its beginning was the agent silent long enough.
    assert 4.8 <= record["utterances"][1]["start"] <= 5.3


def test_a_key_can_be_pressed_while_a_live_agent_speaks():
    call = live(
        '  - {listen: 0.8}\n  - {press: "1", overlap: 1}\n  - {hang_up: caller}'
    )
    call.tick(49, heard=VOICE)
    assert call.line.pressed == ""
    call.tick(5, heard=VOICE)
    assert call.line.pressed == "1"


def test_how_long_a_silence_ends_a_turn_can_be_told():
    call = live("  - {listen: 2}\n  - {caller: Yes., pause: 0}\n  - {hang_up: caller}")
    call.tick(50, heard=VOICE)
    call.tick(150)
    (line,) = call.play.record()["utterances"]
    assert 2.9 <= line["start"] <= 3.2


def test_whoever_takes_over_is_listened_to_before_the_caller_goes_on():
    call = live(
        "  - {listen: 0.8}\n  - {caller: Yes., pause: 0.2}\n  - {hang_up: caller}"
    )
    call.tick(50, heard=VOICE)
    call.line.connected = False  # on the way from the one to the other
    call.tick(100)
    assert call.play.mode is Mode.WAITING
    call.line.connected = True
    call.tick(100)
    assert call.play.record()["utterances"] == []
    call.tick(50, heard=VOICE)
    call.tick(75)
    (line,) = call.play.record()["utterances"]
    assert line["start"] >= 6.0


def test_an_echo_is_what_was_heard_quieter_and_later():
    call = Call("  - {listen: 0.8}\n  - {hang_up: caller}")
    scenario = scenarios.talk(["Hello."], echo={"gain": -20, "delay": 200})
    call.play = stage.rehearse(scenario)
    call.line = call.play.line = Line()
    call.agent = call.play.agent()
    call.line.connected = True
    call.tick(1, heard=VOICE)
    call.tick(20)
    (back,) = call.voiced("caller")
    assert back == 10
    loud = np.abs(mulaw.decode(VOICE).astype(int)).mean()
    quiet = np.abs(mulaw.decode(call.said["caller"][back]).astype(int)).mean()
    assert 0.09 < quiet / loud < 0.11


def test_an_echo_is_heard_under_the_callers_own_words():
    echo = Echo(-6, 0.02)
    assert echo.over(VOICE) == VOICE
    echo.hear(VOICE)
    both = mulaw.decode(echo.over(VOICE)).astype(int)
    alone = mulaw.decode(VOICE).astype(int)
    assert np.allclose(both, alone * 1.5, rtol=0.05)


def test_words_of_ones_own_are_said_one_after_the_other():
    play = stage.rehearse(
        scenarios.talk(["One.", {"sound": "cough", "overlap": 1.0}, "Two."])
    )
    call = Call("  - {hang_up: caller}")
    call.play, call.line = play, Line()
    play.line, call.agent = call.line, play.agent()
    call.line.connected = True
    for _ in range(4):
        call.tick(100, heard=VOICE)
        call.tick(100)
    call.to_the_end()
    record = play.record()
    assert [line["text"] for line in record["utterances"]] == ["One.", "Two."]
    assert len(record["sounds"]) == 1
    assert record["ended_by"] == "caller"
