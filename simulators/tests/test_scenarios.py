"""Scripts are read whole or refused with the line that is wrong."""

import pytest

from simulators import scenarios
from simulators.scenarios import (
    Echo,
    HangUp,
    Hold,
    Line,
    Listen,
    Press,
    ScenarioError,
    Sound,
)
from simulators.stage import planned

SHORT = """
title: Short
description: A short call.
caller: {from: "+15550107777", patience: 5}
steps:
  - agent: "Hello."
  - caller: "Hi."
    pause: -0.4
  - hold: 2
  - press: "12"
  - hang_up: caller
"""


def test_a_script_is_read_in_order_with_its_defaults():
    scenario = scenarios.parse("short", SHORT)
    assert scenario.caller == scenarios.Caller("+15550107777", "caller", 5.0)
    assert [type(step) for step in scenario.steps] == [Line, Line, Hold, Press, HangUp]
    assert scenario.language == scenario.lines[0].language == "en"
    assert scenario.answered


def test_a_negative_pause_is_an_interruption():
    line = scenarios.parse("short", SHORT).lines[1]
    assert (line.interrupt, line.pause) == (0.4, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('agent: "Hello."', 'ghost: "Boo."'), "short: step 1: needs one of"),
        (("hold: 2", 'hold: "2"'), "step 3: hold must be seconds"),
        (("pause: -0.4", "pouse: 1"), "step 2: unknown pouse"),
        (("pause: -0.4", "interrupt: 1\n    overlap: 1"), "exclude each other"),
        (("- hang_up: caller", ""), "the last step must be hang_up"),
        (('press: "12"', "hang_up: agent"), "only the last step may be hang_up"),
        (("hang_up: caller", "hang_up: nobody"), "'nobody' is nobody"),
        (("title: Short", "title: 3"), "title must be str"),
        (("patience: 5", "patience: true"), "patience must be seconds"),
        (("caller: {", "caller: {{"), "not YAML"),
        (("hold: 2", "sound: sneeze"), "step 3: 'sneeze' is none of cough"),
        (("patience: 5", "echo: {gain: 3}"), "caller: echo: gain is in dB"),
        (("patience: 5", "echo: {delay: 5}"), "delay in ms from 20"),
        (("patience: 5", "echo: {volume: 5}"), "caller: echo: unknown volume"),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_with_the_place(change, message):
    with pytest.raises(ScenarioError, match=message):
        scenarios.parse("short", SHORT.replace(*change))


def test_an_unknown_name_is_answered_with_the_names_there_are():
    with pytest.raises(scenarios.UnknownScenarioError, match="happy_support"):
        scenarios.load("no_such_call")


@pytest.mark.parametrize("name", scenarios.names())
def test_every_script_plays_for_a_quarter_to_one_and_a_quarter_minutes(name):
    assert 15 < planned(scenarios.load(name)).seconds < 75


def test_the_scripts_show_what_they_are_named_after():
    plans = {name: planned(scenarios.load(name)) for name in scenarios.names()}
    assert plans["long_hold"].truth.holds[0].length >= 8
    announced = plans["dead_air_announced"].truth.dead_air
    assert [silence.announced for silence in announced] == [True]
    silent = plans["dead_air_unannounced"].truth.dead_air
    assert [(s.cause, s.announced) for s in silent] == [
        ("agent", False),
        ("caller", False),
    ]
    over = plans["cross_talk"].truth.interruptions()
    assert over == {"caller": 2, "agent": 3}
    happy = plans["happy_support"].truth
    assert (happy.dead_air, happy.overlaps, happy.holds) == ((), (), ())
    assert {line.language for line in scenarios.load("two_languages").lines} == {
        "en",
        "es",
    }
    assert not scenarios.load("caller_hangs_up_waiting").answered


def test_callers_of_an_assistant_have_scripts_of_their_own():
    everybody = {one.name: one for one in scenarios.everybody()}
    assistants = set(everybody) - {one.name for one in scenarios.who_ring()}
    assert {"interrupts", "echoes", "says_nothing"} <= assistants
    assert everybody["echoes"].caller.echo == Echo(-18.0, 0.25)
    assert scenarios.load("interrupts").lines[1].overlap == 1.5
    for name in assistants:
        assert not everybody[name].answered, "no colleague talks into it"


def test_own_words_become_a_script_that_listens_before_each():
    made = scenarios.talk(
        ["Hello.", {"caller": "Stop.", "overlap": 1.0}, {"sound": "cough"}], voice="ash"
    )
    assert [type(step) for step in made.steps] == [
        *(Listen, Line, Listen, Line, Listen, Sound),
        *(Listen, HangUp),
    ]
    assert made.caller.voice == "ash"


def test_own_words_may_end_as_they_like():
    made = scenarios.talk(["Hello.", {"hang_up": "agent", "pause": 3}])
    assert made.steps[-1] == HangUp("agent", 3.0)
    assert len(made.steps) == 4


def test_own_words_that_cannot_be_said_are_refused():
    with pytest.raises(ScenarioError, match="lines: step 2: needs one of"):
        scenarios.talk([{"shout": "Hello."}])
    with pytest.raises(ScenarioError, match="must be a mapping"):
        scenarios.talk([3])
