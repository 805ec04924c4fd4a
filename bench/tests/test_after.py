"""The arithmetic of the work after a call, and the report that its model writes."""

import pytest

from analytics.judgement import Asked, report_shape
from analytics.pipeline import STEPS, TRANSCRIBE
from bench.after import figures
from bench.after.figures import Done
from bench.after.vendors import filled


def call(number: int) -> list[dict[str, object]]:
    """Each step takes 2 s, and is begun a second after the one before."""
    return [
        {
            "call": number,
            "name": name,
            "state": "done",
            "reason": "",
            "began": 3.0 * place,
            "ended": 3.0 * place + 2,
        }
        for place, name in enumerate(STEPS)
    ]


def test_a_step_is_told_without_what_the_vendor_took() -> None:
    took = {TRANSCRIBE: [0.25, 0.25], figures.TRANSCRIBING: [0.5, 0.5]}
    table = figures.alone([call(1), call(2)], took)
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert rows["measure"]["before it"] == pytest.approx(1000)
    assert rows["measure"]["ours"] == pytest.approx(2000)
    assert rows["transcribe"]["vendor"] == pytest.approx(750)
    assert rows["transcribe"]["ours"] == pytest.approx(1250)
    assert rows["all of it"]["ours"] == pytest.approx(17_000 - 750)


def test_calls_a_minute_are_without_the_vendors_time() -> None:
    done = Done("work", 30, seconds=70.0, vendor=10.0, worker=15.0, web=3.0)
    assert done.per_minute == pytest.approx(30)


def test_a_step_that_failed_is_named() -> None:
    steps = call(7)
    steps[2] |= {"state": "failed", "reason": "worker_died"}
    assert figures.undone(steps) == ["measure of call 7 is failed: worker_died."]


def test_the_models_report_has_the_shape_that_was_asked_for() -> None:
    shape = report_shape([Asked(1, "yes_no", "Was there a greeting?")])
    schema = shape.model_json_schema()
    quote = {"speaker": "caller", "start": 1.0, "text": "Hello."}
    report = shape.model_validate(filled(schema, schema["$defs"], quote))
    score = report.score(0)
    assert score is not None
    assert score.quotes[0].text == "Hello."
