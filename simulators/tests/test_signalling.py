"""The signalling's manners towards odd messages; no browser is needed for that."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulators.browser_media import BrowserMedia
from simulators.parties import SILENT, ScriptedParty
from simulators.tests.desk_product import House, house, voice_token

CLEO = "+15550107777"


class Wire:
    """One raw signalling socket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, kind: str, **payload: Any) -> None:
        await self.ws.send_json({"type": kind, "version": "1.6", "payload": payload})

    async def next(self) -> tuple[str, dict[str, Any]]:
        while True:
            text = await self.ws.receive_str(timeout=5)
            if text.strip():
                message = json.loads(text)
                return message["type"], message["payload"]
            await self.ws.send_str("\n")

    async def error(self) -> int:
        kind, payload = await self.next()
        assert kind == "error"
        return payload["error"]["code"]

    async def log_in(self, identity: str = "agent_1") -> None:
        await self.send("listen", token=voice_token(identity))
        assert (await self.next())[0] == "connected"
        await self.send("register", media={"audio": True})
        assert (await self.next())[0] == "ready"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as here:
        yield here


@asynccontextmanager
async def wire(here: House) -> AsyncIterator[Wire]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{here.url}/signal") as ws,
    ):
        yield Wire(ws)


async def test_nothing_is_obeyed_before_a_valid_token(here: House):
    async with wire(here) as browser:
        await browser.send("register")
        assert await browser.error() == 31204
        await browser.send("listen", token=voice_token(secret="wrong"))
        assert await browser.error() == 31202
        await browser.send("listen")
        assert await browser.error() == 31100


async def test_the_token_tells_who_it_is_and_for_how_long(here: House):
    async with wire(here) as browser:
        await browser.send("listen", token=voice_token("agent_7", ttl=600))
        kind, payload = await browser.next()
    assert kind == "connected"
    assert payload["token"]["identity"] == "agent_7"
    assert 590 <= payload["token"]["ttl"] <= 600


@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '{"type": 3}', '{"type": "listen", "payload": []}']
)
async def test_what_is_no_message_is_answered_with_an_error(here: House, text: str):
    async with wire(here) as browser:
        await browser.ws.send_str(text)
        assert await browser.error() == 31100
        await browser.log_in()


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("dance", {}, 31100),
        ("invite", {}, 31100),
        ("invite", {"callsid": "TJS1", "sdp": "v=0"}, 31100),
        ("invite", {"callsid": "CA1", "sdp": "v=0", "reconnect": "x"}, 31404),
        ("reinvite", {"callsid": "CA1", "sdp": "v=0"}, 31404),
        ("answer", {"callsid": "CA1", "sdp": "v=0"}, 31404),
        ("dtmf", {"callsid": "CA1", "dtmf": "1"}, 31404),
    ],
)
async def test_an_impossible_wish_is_refused_and_the_socket_lives_on(
    here: House, kind: str, payload: dict[str, Any], code: int
):
    async with wire(here) as browser:
        await browser.log_in()
        await browser.send(kind, **payload)
        assert await browser.error() == code
        await browser.log_in()


async def test_hanging_up_a_call_that_is_over_is_no_error(here: House):
    async with wire(here) as browser:
        await browser.log_in()
        await browser.send("hangup", callsid="CA1")
        await browser.send("dance")
        assert await browser.error() == 31100


async def ringing(here: House) -> Any:
    here.product.documents[CLEO] = "<Dial><Client>agent_1</Client></Dial>"
    party = ScriptedParty(
        says=lambda: SILENT,
        hears=lambda _frame: None,
        on_answer=lambda: None,
        on_end=lambda _status: None,
    )
    return here.engine.dial_in(from_=CLEO, to="+15550100000", party=party)


async def test_of_two_tabs_one_takes_the_call_and_the_other_stops_ringing(here: House):
    async with wire(here) as one, wire(here) as other:
        await one.log_in()
        await other.log_in()
        leg = await ringing(here)
        _, invite = await one.next()
        assert (await other.next())[0] == "invite"
        assert invite["parameters"]["From"] == CLEO
        media = BrowserMedia()
        answer = await media.answer(invite["sdp"])
        await one.send("answer", callsid=invite["callsid"], sdp=answer)
        assert await other.next() == ("cancel", {"callsid": invite["callsid"]})
        await here.product.until(lambda: leg.source is not None)
        leg.hangup()
        assert await one.next() == ("hangup", {"callsid": invite["callsid"]})
        await media.close()


async def test_a_tab_that_closes_while_it_rings_has_not_answered(here: House):
    async with wire(here) as browser:
        await browser.log_in()
        leg = await ringing(here)
        assert (await browser.next())[0] == "invite"
    await here.product.until(lambda: leg.is_over)
    assert leg.children[0].status == "busy"


async def test_somebody_elses_call_cannot_be_touched(here: House):
    async with wire(here) as one, wire(here) as thief:
        await one.log_in()
        await thief.log_in("agent_2")
        leg = await ringing(here)
        _, invite = await one.next()
        media = BrowserMedia()
        answer = await media.answer(invite["sdp"])
        await one.send("answer", callsid=invite["callsid"], sdp=answer)
        await here.product.until(lambda: leg.children[0].is_up)
        await thief.send("hangup", callsid=invite["callsid"])
        await thief.send("dtmf", callsid=invite["callsid"], dtmf="1")
        assert await thief.error() == 31201
        assert leg.children[0].is_up
        await media.close()


async def test_a_client_who_logged_off_is_not_rung(here: House):
    async with wire(here) as browser:
        await browser.log_in()
    directory = here.engine.exchange.directory
    await here.product.until(lambda: "agent_1" not in directory.clients)
    leg = await ringing(here)
    await here.product.until(lambda: leg.is_over)
    assert leg.children[0].status == "no-answer"
