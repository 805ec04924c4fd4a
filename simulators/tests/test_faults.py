"""Faults happen to the requests they are meant for, and to no others."""

import asyncio

import aiohttp
import pytest

from simulators import accounts, faults

BEARER = {"Authorization": f"Bearer {accounts.OPENAI_API_KEY}"}
RAW = {"Authorization": accounts.ASSEMBLYAI_API_KEY}


@pytest.fixture
async def http(outside):
    async with aiohttp.ClientSession(outside.http) as session:
        yield session


async def switch_on(http, **fault):
    async with http.post("/_sim/faults", json=fault) as response:
        return response.status, await response.json()


async def test_a_429_has_the_openai_body_and_says_when_to_come_back(http):
    await switch_on(http, vendor="openai", kind="429", seconds=3)
    async with http.get("/v1/models", headers=BEARER) as response:
        assert response.status == 429
        assert response.headers["retry-after"] == "3"
        error = (await response.json())["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == "rate_limit_exceeded"


async def test_a_500_at_assemblyai_has_its_body(http):
    await switch_on(http, vendor="assemblyai", kind="500")
    async with http.get("/v2/transcript/x", headers=RAW) as response:
        assert response.status == 500
        assert isinstance((await response.json())["error"], str)


async def test_a_429_at_twilio_has_its_code(http):
    await switch_on(http, vendor="twilio", kind="429")
    async with http.get("/2010-04-01/Accounts/AC1/Calls.json") as response:
        body = await response.json()
    assert (body["code"], body["status"]) == (20429, 429)


async def test_a_count_wears_off(http):
    await switch_on(http, vendor="openai", kind="500", count=2)
    statuses = []
    for _ in range(3):
        async with http.get("/v1/models", headers=BEARER) as response:
            statuses.append(response.status)
    assert statuses == [500, 500, 200]


async def test_a_path_limits_a_fault(http):
    await switch_on(http, vendor="openai", kind="500", path="/v1/responses")
    async with http.get("/v1/models", headers=BEARER) as response:
        assert response.status == 200


async def test_other_vendors_do_not_notice(http):
    await switch_on(http, vendor="assemblyai", kind="500")
    async with http.get("/v1/models", headers=BEARER) as response:
        assert response.status == 200


async def test_delete_ends_all_faults(http):
    await switch_on(http, vendor="openai", kind="500")
    async with http.delete("/_sim/faults") as response:
        assert (await response.json()) == {"faults": []}
    async with http.get("/v1/models", headers=BEARER) as response:
        assert response.status == 200


async def test_a_hang_outlasts_the_client(http):
    await switch_on(http, vendor="openai", kind="hang", count=1)
    patience = aiohttp.ClientTimeout(total=0.3)
    with pytest.raises(TimeoutError):
        await http.get("/v1/models", headers=BEARER, timeout=patience)


async def test_a_delay_only_takes_time(http):
    await switch_on(http, vendor="openai", kind="delay", seconds=0.05, count=1)
    async with http.get("/v1/models", headers=BEARER) as response:
        assert response.status == 200


async def test_a_drop_cuts_the_answer_in_the_middle(http):
    await switch_on(http, vendor="openai", kind="drop", count=1)
    with pytest.raises(aiohttp.ClientError):
        async with http.get("/v1/models", headers=BEARER) as response:
            await response.read()


async def test_a_drop_cuts_a_live_websocket_at_once(http):
    socket = await http.ws_connect("/v1/realtime?intent=transcription", headers=BEARER)
    await socket.receive_json()
    await switch_on(http, vendor="openai", kind="drop", count=1)
    message = await asyncio.wait_for(socket.receive(), 2)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    async with http.get("/_sim/faults") as response:
        assert (await response.json()) == {"faults": []}


@pytest.mark.parametrize(
    "fault",
    [
        {"vendor": "nobody", "kind": "500"},
        {"vendor": "openai", "kind": "explode"},
        {"vendor": "openai", "kind": "duplicate"},
        {"vendor": "openai", "kind": "delay", "seconds": "long"},
        {"vendor": "openai", "kind": "500", "count": 0},
    ],
)
async def test_a_fault_that_does_not_exist_is_refused(http, fault):
    status, body = await switch_on(http, **fault)
    assert status == 400
    assert body["error"]


def test_a_drop_that_found_nothing_to_cut_waits_for_the_next_request():
    board = faults.Board()
    with board.cuttable("twilio", "/media", lambda: 0):
        board.switch_on(faults.Fault("twilio", "drop", left=1))
    assert [fault.left for fault in board.listed()] == [1]


def test_a_drop_that_cut_something_is_used_up():
    board = faults.Board()
    cut = []
    with board.cuttable("twilio", "/media", lambda: cut.append("stream")):
        board.switch_on(faults.Fault("twilio", "drop", left=1, path="/media"))
    assert cut == ["stream"]
    assert board.listed() == []


def test_callbacks_tell_twilio_what_shall_go_wrong():
    faults.board.switch_on(faults.Fault("twilio", "duplicate", left=1))
    try:
        assert faults.callbacks() == {"duplicate"}
        assert faults.callbacks() == frozenset()
    finally:
        faults.board.clear()
