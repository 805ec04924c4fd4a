"""Every scenario through the real servers: the words, the measures and the report against what was really said."""

import statistics
from typing import Any

import pytest

from analytics.models import Measures, QualityReport, Step
from calls.models import Call, CallEvent, Utterance
from simulators import scenarios
from tests.stack.conftest import Stack, settle
from tests.stack.conversations import by_speaker, normalised

SCENARIOS = scenarios.names()


@pytest.fixture(params=SCENARIOS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def truth(stack: Stack, played: dict[str, str], name: str) -> dict[str, Any]:
    return stack.performance(played[name])


@pytest.fixture
def call(played: dict[str, str], name: str) -> Call:
    return Call.objects.get(sid=played[name])


def test_what_was_said_is_the_script(truth, name):
    script = scenarios.load(name)
    lines = [(line.speaker, line.text) for line in script.lines]
    said = [(line["speaker"], line["text"]) for line in truth["utterances"]]
    assert said == (lines if script.answered else [])


@pytest.mark.parametrize("source", ["live", "final"])
def test_the_transcript_is_what_was_said(call, truth, source, settled):
    heard = Utterance.objects.filter(call=call, source=source)
    said = [(line["speaker"], line["text"]) for line in truth["utterances"]]
    written = by_speaker([(one.speaker, one.text) for one in heard])
    spoken = by_speaker(said)
    assert written.keys() == spoken.keys()
    for speaker, text in spoken.items():
        assert written[speaker].split() == text.split()


@pytest.mark.parametrize("source", ["live", "final"])
def test_the_lines_are_in_the_order_of_the_script(call, truth, source, settled):
    """Each stored line starts within the line of the script that it belongs to."""
    for one in Utterance.objects.filter(call=call, source=source):
        first = normalised(one.text).split()[0]
        assert any(
            line["speaker"] == one.speaker
            and first in normalised(line["text"]).split()
            and line["start"] - 0.5 <= one.start <= line["end"] + 0.5
            for line in truth["utterances"]
        ), (one.speaker, one.start, one.text)


@pytest.fixture
def settled(call: Call) -> None:
    settle(call)


def test_no_step_failed(call, settled):
    failed = Step.objects.filter(call=call, state="failed")
    assert [(step.name, step.reason) for step in failed] == []


def test_the_measures_are_the_ground_truth(call, truth, settled):
    result = Measures.objects.filter(call=call).latest("id").result["figures"]
    # What is timed by the clock, and not by the sound, is as wrong as the simulator was late.
    late = truth["late"]
    assert result["hold_time"] == pytest.approx(truth["hold_time"], abs=0.3 + late)
    assert result["hold_count"] == truth["hold_count"]
    assert result["dead_air_count"] == truth["dead_air_count"]
    assert result["dead_air_time"] == pytest.approx(
        truth["dead_air_time"], rel=0.03, abs=0.15
    )
    assert result["overlap_time"] == pytest.approx(truth["overlap_time"], abs=0.3)
    assert result["duration"] == pytest.approx(truth["duration"], abs=0.5 + late)


def test_who_kept_whom_waiting_and_who_interrupted_is_known(call, truth, settled):
    result = Measures.objects.filter(call=call).latest("id").result
    silences, true_silences = (
        [(silence["cause"], silence["announced"]) for silence in each["dead_air"]]
        for each in (result, truth)
    )
    assert silences == true_silences
    if truth["utterances"]:
        assert result["figures"]["interruptions"] == truth["interruptions"]


@pytest.mark.parametrize("side", ["caller", "agent"])
def test_speech_begins_and_ends_where_it_did(call, truth, side, settled):
    result = Measures.objects.filter(call=call).latest("id").result
    found = [moment for part in result["speech"][side] for moment in part]
    true = [moment for part in truth["talk"].get(side, []) for moment in part]
    if true:
        off = [min(abs(moment - other) for other in found) for moment in true]
        # A pause of just 0.3 s divides speech for one and not for the other: such moments
        # lie far off, and are few.
        assert statistics.median(off) <= 0.15


def test_the_report_is_there_and_its_quotes_are_true(call, truth, settled):
    report = QualityReport.objects.filter(call=call).first()
    if not truth["utterances"]:
        assert report is None
        return
    assert report is not None
    assert report.summary
    spoken = by_speaker(
        [(line["speaker"], line["text"]) for line in truth["utterances"]]
    )
    quotes = [quote for answer in report.answers.all() for quote in answer.quotes]
    assert quotes
    for quote in quotes:
        assert quote["start"] is not None, "a quote that the checker did not find"
        assert normalised(quote["text"]) in spoken[quote["speaker"]]


def test_the_status_history_is_right(call, truth):
    events = list(CallEvent.objects.filter(call=call).order_by("number"))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    names = [event.name for event in events]
    assert names[:3] == ["call.created", "call.status", "call.queued"]
    assert names.count("call.ended") == 1
    assert call.status == "completed"
    taken = bool(truth["utterances"]) and call.agent_id is not None
    assert names.count("call.accepted") == int(taken)
    assert (
        names.count("hold.started") == names.count("hold.ended") == truth["hold_count"]
    )
