"""What is really played on a two-way stream, and what can go wrong with one."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import soxr

from audio import mulaw
from simulators import accounts, faults, scenarios, voices
from simulators.assemblyai.recognition import recognise
from simulators.scripted import ScriptedPerformance
from simulators.stage import Stage as PeopleStage
from simulators.tests.test_twilio_stream import call
from simulators.tests.twilio_product import CLEO, Socket, Speaker, Stage, stage, tone

CONNECT = '<Connect><Stream url="{url}" statusCallback="/stream"/></Connect>'


@pytest.fixture(autouse=True)
def no_faults():
    yield
    faults.board.clear()


async def answered(on: Stage) -> tuple[Speaker, Socket]:
    """A caller on a two-way stream, and the product's end of it."""
    cleo = call(on, CONNECT.format(url=on.stream_url()) + "<Pause length='30'/>")
    socket = (await on.product.until(lambda: on.product.sockets))[0]
    await on.product.until(lambda: socket.of("media"))
    return cleo, socket


async def tell(socket: Socket, event: str, **inner: str) -> None:
    sid = socket.of("start")[0]["streamSid"]
    message: dict[str, Any] = {"event": event, "streamSid": sid}
    await socket.ws.send_json(message | ({event: inner} if inner else {}))


async def play(socket: Socket, sound: bytes) -> None:
    await tell(socket, "media", payload=base64.b64encode(sound).decode())


def names(socket: Socket) -> list[str]:
    return [message["mark"]["name"] for message in socket.of("mark")]


async def timelines(on: Stage, cleo: Speaker) -> list[dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{on.api}/_sim/twilio/streams/{cleo.leg.sid}") as answer,
    ):
        return (await answer.json())["streams"]


async def test_what_was_told_and_what_was_played_is_kept_with_its_times(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        cleo, socket = await answered(on)
        await play(socket, tone(0x22, 10))
        await tell(socket, "mark", name="one")
        await on.product.until(lambda: names(socket) == ["one"])
        await asyncio.sleep(0.1)  # a silence between the two
        await play(socket, tone(0x33, 100))
        await tell(socket, "mark", name="two")
        await tell(socket, "mark", name="three")
        await on.product.until(lambda: cleo.sound.count(tone(0x33, 1)) > 10)
        await tell(socket, "clear")
        await on.product.until(lambda: len(names(socket)) == 3)
        await asyncio.sleep(0.1)
        (told,) = await timelines(on, cleo)
        heard = cleo.sound
    assert [entry["event"] for entry in told["received"]] == [
        *("media", "mark", "media", "mark", "mark", "clear")
    ]
    first, second = told["played"]
    assert (first["from"], first["to"]) == (0.0, 0.2)
    assert first["end"] - first["start"] == pytest.approx(0.2)
    cleared = told["received"][-1]
    assert second["end"] <= cleared["at"]
    assert second["to"] - 0.2 == pytest.approx(second["end"] - second["start"])
    assert second["to"] + cleared["dropped"] == pytest.approx(told["sent"])
    assert told["unplayed"] == 0
    assert [(m["name"], m["cleared"]) for m in told["returned"]] == [
        ("one", False),
        ("two", True),
        ("three", True),
    ]
    assert told["returned"][1]["at"] == told["returned"][2]["at"] == cleared["at"]
    # The caller's ear agrees, to the frame.
    assert heard.count(tone(0x33, 1)) == round((second["to"] - 0.2) * 50)
    assert heard.index(tone(0x33, 1)) == round(second["start"] * 8000)


async def test_a_call_that_leaves_its_stream_hears_nothing_more_of_it(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo, socket = await answered(on)
        await play(socket, tone(0x22, 500))
        await on.product.until(lambda: tone(0x22, 5) in cleo.sound)
        on.product.documents["/conference"] = (
            "<Dial><Conference>taken-over</Conference></Dial>"
        )
        url = f"{on.product.url}/conference"
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(url=url))
        await on.product.until(lambda: socket.closed)
        on.product.documents["/voice"] = CONNECT.format(url=on.stream_url())
        back = f"{on.product.url}/voice"
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(url=back))
        again = await on.product.until(lambda: on.product.sockets[1:])
        await on.product.until(lambda: again[0].of("media"))
        await play(again[0], tone(0x33, 2))
        await on.product.until(lambda: tone(0x33, 2) in cleo.sound)
        before, after = await timelines(on, cleo)
    assert before["unplayed"] > 0
    assert before["played"][-1]["end"] <= before["closed"] <= after["opened"]
    assert after["played"][0]["start"] >= after["opened"]
    assert socket.of("stop")


async def test_marks_can_be_lost(tmp_path: Path):
    async with stage(tmp_path, faults=faults) as on:
        faults.board.switch_on(faults.Fault("twilio", "marks_lost", left=1))
        _, socket = await answered(on)
        for name in ("one", "two"):
            await play(socket, tone(0x22, 2))
            await tell(socket, "mark", name=name)
        await on.product.until(lambda: names(socket))
        await asyncio.sleep(0.1)
        assert names(socket) == ["two"]


async def test_marks_can_come_twice(tmp_path: Path):
    async with stage(tmp_path, faults=faults) as on:
        fault = faults.Fault("twilio", "marks_twice", left=1, path="/media")
        faults.board.switch_on(fault)
        _, socket = await answered(on)
        for name in ("one", "two"):
            await play(socket, tone(0x22, 2))
            await tell(socket, "mark", name=name)
        await on.product.until(lambda: len(names(socket)) == 3)
        assert names(socket) == ["one", "one", "two"]


async def test_a_socket_can_be_cut_just_after_a_clear(tmp_path: Path):
    async with stage(tmp_path, faults=faults) as on:
        faults.board.switch_on(faults.Fault("twilio", "cut_on_clear", left=1))
        cleo, socket = await answered(on)
        await play(socket, tone(0x22, 500))
        await tell(socket, "mark", name="one")
        await on.product.until(lambda: tone(0x22, 5) in cleo.sound)
        await tell(socket, "clear")
        await on.product.until(lambda: socket.closed)
        assert names(socket) == []
        assert not socket.of("stop")
        await on.product.until(
            lambda: on.product.told("/stream", StreamEvent="stream-error")
        )
        (told,) = await timelines(on, cleo)
        assert cleo.end is None
    assert told["received"][-1]["event"] == "clear"
    assert told["played"][-1]["end"] <= told["received"][-1]["at"]


async def test_a_call_without_such_a_stream_has_no_timeline(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, "<Pause length='30'/>")
        assert await timelines(on, cleo) == []


def said(text: str, voice: str = "marin") -> bytes:
    """A clause as the product plays it: rendered at 24 kHz, resampled, µ-law."""
    rendered = voices.render(text, voice=voice).samples24k
    resampler = soxr.ResampleStream(24_000, 8_000, 1, dtype="int16")
    pieces = [
        resampler.resample_chunk(rendered[at : at + 4_800])
        for at in range(0, rendered.size, 4_800)
    ]
    last = resampler.resample_chunk(rendered[:0], last=True)
    return mulaw.encode(np.concatenate([*pieces, last]))


async def test_the_recording_knows_the_words_that_were_heard_and_no_others(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            '<Start><Recording trim="do-not-trim"/></Start>'
            + CONNECT.format(url=on.stream_url()),
        )
        socket = (await on.product.until(lambda: on.product.sockets))[0]
        await on.product.until(lambda: socket.of("media"))
        await play(socket, said("Good morning, this is Mia."))
        await tell(socket, "mark", name="one")
        await on.product.until(lambda: names(socket))
        await play(socket, said("Could you give me the order number, please?"))
        await asyncio.sleep(1.3)
        await tell(socket, "clear")
        await asyncio.sleep(0.1)
        (told,) = await timelines(on, cleo)
        cleo.leg.hangup()
        (recording,) = on.engine.exchange.recordings_of(cleo.leg)
        heard = recognise(recording.path, per_channel=True, speakers=None)
    words = [word for word in heard.words if word.channel == "2"]
    second = voices.render("Could you give me the order number, please?", voice="marin")
    played = told["played"][-1]["to"] - len(said("Good morning, this is Mia.")) / 8000
    whole = [word for word in second.words if word.end <= played]
    assert {word.channel for word in heard.words} == {"2"}
    assert 2 < len(whole) < len(second.words)
    assert [word.text for word in words] == [
        *("Good", "morning,", "this", "is", "Mia."),
        *(word.text for word in whole),
    ]


class Room:
    """A caller of the simulators on a stream of the product's, and a stage for it."""

    def __init__(self, on: Stage) -> None:
        self.on = on
        self.people = PeopleStage(on.engine)
        on.product.documents["/voice"] = CONNECT.format(url=on.stream_url())

    async def ring(self, *lines: Any) -> ScriptedPerformance:
        return await self.people.ring(scenario=scenarios.talk(lines))

    async def socket(self, number: int) -> Socket:
        sockets = await self.on.product.until(
            lambda: self.on.product.sockets[number - 1 :]
        )
        await self.on.product.until(lambda: sockets[0].of("media"))
        return sockets[0]

    async def move(self, caller: ScriptedPerformance, path: str) -> None:
        url = f"{self.on.product.url}{path}"
        await self.on.sdk(lambda c: c.calls(caller.line.sid).update(url=url))

    async def told(self, caller: ScriptedPerformance, lines: int) -> None:
        await self.on.product.until(lambda: len(caller.spoken) == lines, seconds=12)


async def test_a_caller_listens_to_a_stream_and_answers_when_it_is_silent(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        room = Room(on)
        caller = await room.ring("Hello, my lamp flickers.")
        socket = await room.socket(1)
        await play(socket, said("Good morning, this is Mia."))
        await room.told(caller, 1)
        record = caller.record()
    (line,) = record["utterances"]
    (heard,) = record["heard"]
    length = len(said("Good morning, this is Mia.")) / 8000
    assert heard[1] - heard[0] == pytest.approx(length, abs=0.2)
    assert 0.75 <= line["start"] - heard[1] <= 1.6


async def test_a_caller_goes_on_with_whoever_takes_the_call_over_and_back(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        room = Room(on)
        caller = await room.ring("One.", "Two.", "Three.")
        await play(await room.socket(1), said("Good morning, this is Mia."))
        await room.told(caller, 1)
        on.product.documents["/conference"] = (
            '<Dial><Conference beep="false" waitUrl="">taken-over</Conference></Dial>'
        )
        await room.move(caller, "/conference")
        agent = Speaker(mulaw.SILENCE * 4_000, said("I am a human."))
        agent.leg = on.engine.dial_in(
            from_=CLEO, to=accounts.TWILIO_NUMBER, party=agent
        )
        on.product.documents["/voice"] = on.product.documents["/conference"]
        await room.told(caller, 2)
        assert not caller.on_hold
        on.product.documents["/voice"] = CONNECT.format(url=on.stream_url())
        await room.move(caller, "/voice")
        await play(await room.socket(2), said("Here I am again."))
        await room.told(caller, 3)
        record = caller.record()
    assert [line["text"] for line in record["utterances"]] == ["One.", "Two.", "Three."]
    assert len(record["heard"]) == 3
    for line, heard in zip(record["utterances"], record["heard"], strict=True):
        assert line["start"] - heard[1] >= 0.75
    assert record["holds"] == []
