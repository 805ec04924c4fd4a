"""Calls played by scripted callers and simulated colleagues, over real sockets."""

import wave
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from audio import mulaw
from simulators import accounts, scenarios
from simulators.handset import Handset
from simulators.parties import SILENT, ScriptedParty
from simulators.performance import Mode, Performance
from simulators.stage import RingError, planned
from simulators.tests.desk_product import PASSWORD, House, house
from simulators.traffic import order

VOICE = bytes([0x10, 0x90]) * 80
COLLEAGUES = ("colleague1", "colleague2")
CALL = """
title: Short
description: A short call.
caller: {from: "+15550107777", patience: 4}
steps:
  - {agent: "Harbour Lamps, hello.", pause: 0.4}
  - {caller: "Hello there.", pause: 0.3}
"""
ENDINGS = {
    "caller_ends": "  - {hang_up: caller, pause: 0.3}",
    "agent_ends": "  - {hang_up: agent, pause: 0.3}",
    "holds": "  - {hold: 1, pause: 0.3}\n  - {agent: 'Here I am.', pause: 0.4}\n"
    "  - {hang_up: caller, pause: 0.3}",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, ending in ENDINGS.items():
        (tmp_path / f"{name}.yaml").write_text(CALL + ending)
    return tmp_path


async def played(here: House, scenario: str) -> dict:
    call = await here.stage.ring(scenario=scenario, taken_after=0.0)
    await here.product.until(call.over.is_set, seconds=20)
    return call.record()


async def test_a_colleague_and_a_caller_play_the_script_to_the_frame(folder: Path):
    plan = planned(scenarios.load("caller_ends", folder))
    async with house(folder, colleagues=COLLEAGUES, folder=folder) as here:
        record = await played(here, "caller_ends")
    offset = record["connected_at"]
    assert [(u["speaker"], u["text"]) for u in record["utterances"]] == [
        (u.speaker, u.text) for u in plan.truth.utterances
    ]
    assert [u["start"] for u in record["utterances"]] == pytest.approx(
        [u.start + offset for u in plan.truth.utterances], abs=0.021
    )
    assert (record["ended_by"], record["status"]) == ("caller", "completed")
    # What the caller heard of the agent, in the same ticks in which it was said.
    start, end = record["heard"][0][0], record["heard"][-1][1]
    assert start == pytest.approx(record["utterances"][0]["start"], abs=0.1)
    assert end == pytest.approx(record["utterances"][0]["end"], abs=0.1)


async def test_a_hold_goes_through_the_desk_and_the_telephone_network(folder: Path):
    async with house(folder, colleagues=COLLEAGUES, folder=folder) as here:
        record = await played(here, "holds")
        names = [name for name, _ in here.product.commands]
    assert names.index("accept") < names.index("hold") < names.index("resume")
    assert record["hold_count"] == 1
    assert 0.95 < record["hold_time"] < 1.3


async def test_an_agent_ends_the_call_with_the_desks_command(folder: Path):
    async with house(folder, colleagues=COLLEAGUES, folder=folder) as here:
        record = await played(here, "agent_ends")
        assert ("end", record["sid"]) in here.product.commands
    assert record["ended_by"] == "agent"


async def test_one_call_is_taken_by_one_colleague(folder: Path):
    async with house(folder, colleagues=COLLEAGUES, folder=folder) as here:
        first = await here.stage.ring(scenario="caller_ends", taken_after=0.0)
        second = await here.stage.ring(scenario="caller_ends", taken_after=0.0)
        third = await here.stage.ring(scenario="caller_ends", taken_after=0.0)
        for call in (first, second, third):
            await here.product.until(call.over.is_set, seconds=30)
            assert call.record()["ended_by"] == "caller"
            assert len(call.record()["utterances"]) == 2
        # Three callers, two colleagues: the third waited beyond her own patience.
        assert third.record()["connected_at"] > first.record()["connected_at"] + 3


async def test_a_call_without_a_promise_is_left_alone(folder: Path):
    async with house(folder, colleagues=COLLEAGUES, folder=folder) as here:
        await here.product.until(lambda: len(here.product.desks) == 2)
        call = await here.stage.ring(scenario="caller_ends")
        await here.product.until(call.over.is_set)
        record = call.record()
        assert not any(name == "accept" for name, _ in here.product.commands)
        # Each of them passes it on at once, so that a person may have it.
        declined = [who["by"] for who in given(here, "decline")]
    assert sorted(declined) == [1, 2]
    assert (record["ended_by"], record["utterances"]) == ("caller", [])


def given(here: House, name: str) -> list[dict]:
    return [command for command in here.product.given if command["name"] == name]


async def test_a_colleague_notes_the_outcome_and_is_there_again(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        await here.product.until(lambda: here.product.desks)
        here.product.dispositions = [{"id": 7, "name": "Solved"}]
        record = await played(here, "caller_ends")
        desk = here.product.desks[0]
        await here.product.until(lambda: desk.presence == "available", seconds=3)
        (wrapped,) = given(here, "wrap_up")
    assert (wrapped["sid"], wrapped["data"]["disposition"]) == (record["sid"], 7)


async def test_after_a_missed_call_a_colleague_is_there_again(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        desk = await here.product.until(lambda: next(iter(here.product.desks), None))
        await here.product.until(lambda: desk.presence == "available")
        await here.product.become(desk, "away")
        await here.product.until(lambda: desk.presence == "available", seconds=3)


async def test_an_offer_that_runs_out_too_early_is_passed_on(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        here.product.ring_seconds = 3.0
        await here.stage.ring(scenario="caller_ends", taken_after=60.0)
        await here.product.until(lambda: given(here, "decline"), seconds=3)
        assert not given(here, "accept")


async def test_an_invited_colleague_joins_and_plays_on_when_left_alone(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        product = here.product
        desk = await product.until(lambda: next(iter(product.desks), None))
        await product.until(lambda: desk.presence == "available")
        desk.presence = "away"  # nobody is rung yet: a person has this call
        call = await here.stage.ring(scenario="holds")
        sid = call.line.sid
        await product.until(lambda: sid in product.calls)
        product.calls[sid] |= {"agent": 99, "on_line": [99]}
        person = Handset()
        leg = here.engine.client_call(
            identity="agent_99", params={"sid": sid}, party=person.party
        )
        await product.until(lambda: call.mode is Mode.LIVE)
        await product.offer(desk, sid, transfer=1)
        await product.until(lambda: len(person.record()["heard"]) > 0)
        leg.hangup()
        await product.tell("transfer.completed", sid, {"agent": {"id": desk.number}})
        await product.until(call.over.is_set, seconds=20)
        record = call.record()
    assert record["mode"] == "scripted"
    assert [u["text"] for u in record["utterances"]] == [
        "Harbour Lamps, hello.",
        "Hello there.",
        "Here I am.",
    ]
    assert record["ended_by"] == "caller"


async def test_a_call_that_was_handed_over_is_taken(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        product = here.product
        desk = await product.until(lambda: next(iter(product.desks), None))
        await product.until(lambda: desk.presence == "available")
        desk.presence = "away"
        call = await here.stage.ring(scenario="caller_ends")
        sid = await product.until(lambda: next(iter(product.calls), None))
        await product.tell("call.released", sid, {"reason": "transferred"})
        await product.become(desk, "available")
        await product.until(call.over.is_set, seconds=20)
    assert len(call.record()["utterances"]) == 2


async def test_whoever_has_a_scenario_picks_up_when_called(folder: Path):
    agent, cleo = "+15550108888", "+15550107777"
    says = iter([VOICE] * 50)
    party = ScriptedParty(
        says=lambda: next(says, SILENT) if cleo_is_there else SILENT,
        hears=lambda _: None,
        on_answer=lambda: None,
        on_end=lambda _: None,
    )
    cleo_is_there: list[Performance] = []
    async with house(folder, folder=folder) as here:
        here.product.documents[agent] = f"<Dial>{cleo}</Dial>"
        here.engine.dial_in(from_=agent, to=accounts.TWILIO_NUMBER, party=party)
        played = here.stage.performances
        sid = await here.product.until(lambda: next(iter(played), None))
        cleo_is_there.append(played[sid])
        await here.product.until(lambda: played[sid].spoken, seconds=20)
        record = played[sid].record()
    assert [u["text"] for u in record["utterances"]] == ["Hello there."]
    assert record["mode"] == "live"


async def test_a_dropped_desk_in_mid_call_is_opened_again(folder: Path):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        call = await here.stage.ring(scenario="agent_ends", taken_after=0.0)
        await here.product.until(lambda: call.record()["utterances"])
        await here.product.desks[0].socket.close()
        await here.product.until(call.over.is_set, seconds=20)
        assert len(here.product.desks) > 1
        assert call.record()["ended_by"] == "agent"


async def test_a_refused_login_is_not_repeated_at_once(folder: Path, caplog):
    async with house(folder, colleagues=("colleague1",), folder=folder) as here:
        await here.product.until(lambda: here.product.desks)
        here.product.login_works = False
        before = here.product.logins
        await here.product.desks[0].socket.close()
        await here.product.until(lambda: here.product.logins == before + 1)
        await here.product.until(lambda: "cannot log in" in caplog.text)
        assert here.product.logins == before + 1
    assert PASSWORD not in caplog.text


async def test_the_door_says_what_is_wrong(folder: Path):
    async with house(folder, folder=folder) as here:
        cases = [
            ({"scenario": "nothing"}, "caller_ends, holds"),
            ({}, "one of a scenario, an audio file and lines"),
            ({"scenario": "holds", "lines": ["Hi."]}, "one of a scenario"),
            ({"lines": "Hi."}, "lines must be a list"),
            ({"lines": [{"shout": "Hi."}]}, "step 2: needs one of"),
            ({"lines": ["Hi."], "echo": {"gain": 9}}, "echo: gain is in dB"),
            ({"lines": ["Hi."], "voice": 3}, "voice must be str"),
            ({"scenario": "holds", "voice": "ash"}, "Only for a caller with lines"),
            ({"scenario": "holds", "from": "Cleo"}, "not a telephone number"),
            ({"scenario": "holds", "colleague": True}, "no simulated colleague"),
            ({"scenario": "holds", "colleague": "yes"}, "true or false"),
            ({"scenario": "holds", "volume": 11}, "Unknown: volume"),
            ({"scenario": 3}, "scenario must be a text"),
            ({"audio": "call.wav"}, "absolute path"),
            ({"audio": "/nowhere/call.wav"}, "cannot be read as sound"),
            ([], "must be a JSON object"),
        ]
        async with aiohttp.ClientSession() as http:
            for body, message in cases:
                async with http.post(f"{here.url}/_sim/ring", json=body) as answer:
                    assert (answer.status, message) == (400, message)
                    assert message in (await answer.json())["error"]
            async with http.get(f"{here.url}/_sim/performances/CA1") as answer:
                assert answer.status == 404
            async with http.get(f"{here.url}/_sim/scenarios") as answer:
                listed = (await answer.json())["scenarios"]
    assert "happy_support" in {scenario["name"] for scenario in listed}


def wav_file(path: Path, *channels: np.ndarray, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((len(channels), 2, rate, 0, "NONE", ""))
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
    return path


async def test_both_channels_of_a_file_are_played_to_the_sample(tmp_path: Path):
    noise = np.random.default_rng(1)
    caller, agent = noise.integers(-9000, 9000, (2, 16000))
    file = wav_file(tmp_path / "call.wav", caller, agent)
    async with house(tmp_path, colleagues=("colleague1",)) as here:
        call = await here.stage.ring(audio=file)
        said, heard = [], []
        leg = here.engine.exchange.legs[call.line.sid]
        leg.taps.append(_Tap(said, heard))
        await here.product.until(call.over.is_set, seconds=20)
    one, other = b"".join(said), b"".join(heard)
    at = one.index(mulaw.encode(caller.astype(np.int16)))
    assert other.index(mulaw.encode(agent.astype(np.int16))) == at
    assert at % len(SILENT) == 0
    assert call.record()["ended_by"] == "caller"


class _Tap:
    def __init__(self, said: list[bytes], heard: list[bytes]) -> None:
        self._said, self._heard = said, heard

    def tap(self, said: bytes, heard: bytes) -> None:
        self._said.append(said)
        self._heard.append(heard)

    def leg_over(self) -> None:
        pass


@pytest.mark.parametrize("channels", [0, 3])
async def test_a_file_that_cannot_be_played_is_refused(tmp_path: Path, channels):
    async with house(tmp_path) as here:
        file = tmp_path / "bad.wav"
        file.write_bytes(b"RIFF and nothing else")
        if channels:
            wav_file(file, *np.zeros((channels, 800)))
        with pytest.raises(RingError, match=r"bad\.wav"):
            await here.stage.ring(audio=file)


async def test_a_file_at_another_rate_is_played_at_the_telephones(tmp_path: Path):
    file = wav_file(tmp_path / "cd.wav", np.zeros(44100), rate=44100)
    async with house(tmp_path, colleagues=("colleague1",)) as here:
        call = await here.stage.ring(audio=file, taken_after=0.0)
        await here.product.until(call.over.is_set, seconds=20)
    record = call.record()
    talked = record["duration"] - record["connected_at"]
    assert talked == pytest.approx(2.0, abs=0.1)


def test_traffic_has_every_scenario_before_any_comes_again():
    known = [scenarios.load(name) for name in scenarios.names()]
    callers = order(known, seed=3)
    first = [next(callers).name for _ in known]
    assert sorted(first) == scenarios.names()
    again = order(known, seed=3)
    assert [next(again).name for _ in known] == first
