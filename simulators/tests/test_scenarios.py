"""Scripts are read whole or refused with the line that is wrong."""

import pytest

from simulators import scenarios
from simulators.scenarios import HangUp, Hold, Line, Press, ScenarioError
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
