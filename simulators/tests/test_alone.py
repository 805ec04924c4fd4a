"""Callers who mostly talk to nobody: a message after the beep, a key, a long wait."""

import io
import wave
from pathlib import Path

import pytest

from simulators import accounts, scenarios
from simulators.tests.desk_product import house

CALLER = """
title: Alone
description: A caller.
caller: {from: "+15550107777", patience: 20}
agent: {answers: false}
alone:
  begin: BEGIN
  steps:
    - STEP
    - {hang_up: caller, pause: 0.5}
steps:
  - {caller: "Hello there.", pause: 0.3}
  - {hang_up: caller}
"""
SPEAKS = '{caller: "Please call me back.", pause: 0.5}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    def write(name: str, begin: str, step: str) -> None:
        text = CALLER.replace("BEGIN", begin).replace("STEP", step)
        (tmp_path / f"{name}.yaml").write_text(text)

    write("after_the_beep", "beep", SPEAKS)
    write("presses", "1.5", '{press: "1", pause: 0.2}')
    return tmp_path


async def test_a_caller_speaks_after_the_beep_and_is_recorded(folder: Path):
    async with house(folder, folder=folder) as here:
        here.product.documents["+15550107777"] = (
            "<Say>Nobody is free. Please speak after the tone.</Say>"
            '<Record action="/left" playBeep="true" timeout="5"/>'
        )
        call = await here.stage.ring(scenario="after_the_beep")
        await here.product.until(call.over.is_set, seconds=20)
        leg = here.engine.exchange.legs[call.line.sid]
        (recording,) = here.engine.exchange.recordings_of(leg)
        with wave.open(io.BytesIO(recording.path.read_bytes())) as file:
            seconds = file.getnframes() / file.getframerate()
        (left,) = await here.product.until(
            lambda: [form for form in here.product.told if "RecordingSid" in form]
        )
    record = call.record()
    assert [line["text"] for line in record["utterances"]] == ["Please call me back."]
    assert record["ended_by"] == "caller"
    said = record["utterances"][0]
    assert seconds == pytest.approx(said["end"] - said["start"], abs=0.3)
    assert left["Digits"] == "hangup"


async def test_a_caller_presses_a_key_a_moment_after_the_answer(folder: Path):
    async with house(folder, folder=folder) as here:
        here.product.documents["+15550107777"] = (
            '<Gather numDigits="1" timeout="10" action="/chosen"/>'
        )
        call = await here.stage.ring(scenario="presses")
        await here.product.until(call.over.is_set, seconds=20)
        (chosen,) = [form for form in here.product.told if "Digits" in form]
    assert chosen["Digits"] == "1"


async def test_which_number_is_dialled_can_be_chosen(folder: Path):
    async with house(folder, folder=folder) as here:
        called = {}
        for to in (None, accounts.TWILIO_WHATSAPP_NUMBER):
            call = await here.stage.ring(scenario="presses", to=to)
            called[to] = here.engine.exchange.legs[call.line.sid].to
    assert called == {
        None: accounts.TWILIO_NUMBER,
        accounts.TWILIO_WHATSAPP_NUMBER: accounts.TWILIO_WHATSAPP_NUMBER,
    }


def test_they_can_be_rung_with_but_are_not_among_the_talking_ones():
    alone = {scenario.name: scenario for scenario in scenarios.who_ring()}
    assert {"leaves_voicemail", "wants_callback", "patient_caller"} <= set(alone)
    assert not set(scenarios.names()) & {"leaves_voicemail", "wants_callback"}
    assert scenarios.load("patient_caller").taken_after == 45
    assert alone["leaves_voicemail"].alone.begin is None
    assert alone["wants_callback"].caller.to == accounts.TWILIO_WHATSAPP_NUMBER


def test_every_number_belongs_to_one_of_the_people():
    called = scenarios.all_of(scenarios.FOLDER / scenarios.CALLED)
    numbers = [one.caller.number for one in (*scenarios.everybody(), *called)]
    assert len(numbers) == len(set(numbers))
