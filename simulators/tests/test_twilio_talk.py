"""What is really played on a two-way stream, and what can go wrong with one."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulators import faults
from simulators.tests.test_twilio_stream import call
from simulators.tests.twilio_product import Socket, Speaker, Stage, stage, tone

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
