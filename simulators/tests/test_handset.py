"""A telephone that a test holds, with a caller whose words the test gives."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulators import recogniser
from simulators.speech import normalise
from simulators.tests.desk_product import House, house, voice_token

CLEO = "+15550107777"


async def ask(here: House, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(here.url) as http,
        http.request(method, path, json=body) as answer,
    ):
        return answer.status, await answer.json()


async def lifted(here: House, lines: list[Any]) -> tuple[str, str]:
    """CallSids of a caller with these words and of the handset that talks to her."""
    status, rung = await ask(here, "POST", "/_sim/ring", {"lines": lines, "from": CLEO})
    assert status == 201
    sid = rung["sid"]
    await here.product.until(lambda: sid in here.product.calls)
    here.product.calls[sid]["on_line"].append("agent_1")
    status, handset = await ask(
        here,
        "POST",
        "/_sim/handsets",
        {"token": voice_token(), "params": {"sid": sid}},
    )
    assert status == 201
    return sid, handset["sid"]


async def test_what_it_is_told_is_said_and_answered(tmp_path: Path):
    async with house(tmp_path) as here:
        sid, mine = await lifted(here, ["Yes, speaking."])
        heard: list[bytes] = []
        performance = here.stage.performances[sid]
        await here.product.until(lambda: performance.mode.value == "live")
        leg = here.engine.exchange.legs[sid]
        leg.taps.append(Tap(heard))
        status, first = await ask(
            here,
            "POST",
            f"/_sim/handsets/{mine}/say",
            {"text": "Am I talking to Cleo?"},
        )
        assert status == 201
        status, second = await ask(
            here, "POST", f"/_sim/handsets/{mine}/say", {"text": "Or somebody else?"}
        )
        assert second["start"] >= first["end"]
        await here.product.until(performance.over.is_set, seconds=20)
        record = performance.record()
        _, handset = await ask(here, "GET", f"/_sim/handsets/{mine}")
    words = recogniser.recognise(b"".join(heard))
    assert normalise(" ".join(word.text for word in words)) == normalise(
        "Am I talking to Cleo? Or somebody else?"
    )
    (answer,) = record["utterances"]
    assert answer["text"] == "Yes, speaking."
    assert answer["start"] >= record["heard"][-1][1] + 0.7
    assert [said["text"] for said in handset["said"]] == [
        "Am I talking to Cleo?",
        "Or somebody else?",
    ]
    assert handset["heard"]


class Tap:
    """Keeps what a leg hears."""

    def __init__(self, heard: list[bytes]) -> None:
        self._heard = heard

    def tap(self, _said: bytes, heard: bytes) -> None:
        self._heard.append(heard)

    def leg_over(self) -> None:
        pass


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": 3}, [], {"voice": "x"}])
async def test_nothing_else_can_be_said(tmp_path: Path, body: Any):
    async with house(tmp_path) as here:
        _, mine = await lifted(here, ["Hello."])
        status, told = await ask(here, "POST", f"/_sim/handsets/{mine}/say", body)
        assert status == 400
        assert told["error"]


async def test_a_telephone_that_was_never_lifted_says_nothing(tmp_path: Path):
    async with house(tmp_path) as here:
        status, _ = await ask(
            here, "POST", "/_sim/handsets/CA1/say", {"text": "Hello."}
        )
        assert status == 404
