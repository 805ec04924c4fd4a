"""Every request that our side of Twilio makes is valid by Twilio's published description."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tests.contract.twilio import problems
from vendors.errors import VendorError
from vendors.tests.conftest import Outside
from vendors.twilio.config import TwilioConfig
from vendors.twilio.messaging import Messaging
from vendors.twilio.recordings import open_recording
from vendors.twilio.telephone import Amd, Telephone

# Nobody is there: what is asked goes out all the same, and only that is looked at.
CALL = "CA" + 32 * "0"
ROOM = {"conference_sid": "CF" + 32 * "0", "participant": "customer"}
OURS, CLEO = "+15550100000", "+15550107777"
WEB = "https://desk.example.org"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

TELEPHONE: dict[str, list[dict[str, Any]]] = {
    "start_call": [
        {
            "to": CLEO,
            "from_": OURS,
            "url": f"{WEB}/voice?dial=1",
            "status_callback": f"{WEB}/call-status?dial=1",
            "machine": machine,
        }
        for machine in (None, Amd(callback=f"{WEB}/amd-status"))
    ],
    "calls_between": [{"from_": OURS, "to": CLEO, "since": NOON}],
    "call_status": [{"call_sid": CALL}],
    "redirect": [{"call_sid": CALL, "url": f"{WEB}/voice"}],
    "end": [{"call_sid": CALL}],
    "hold": [
        {**ROOM, "on": True, "hold_url": f"{WEB}/static/wait.wav"},
        {**ROOM, "on": True},
        {**ROOM, "on": False},
    ],
    "mute": [{**ROOM, "on": True}, {**ROOM, "on": False}],
    "announce": [{**ROOM, "url": f"{WEB}/announce?digits=1"}],
    "end_with": [{**ROOM, "on": True}],
    "invite": [
        {
            "conference_sid": ROOM["conference_sid"],
            "to": CLEO,
            "from_": OURS,
            "label": "transfer-1",
            "status_callback": f"{WEB}/call-status",
            "end_on_exit": end,
        }
        for end in (True, False)
    ],
    "pause_recording": [{"call_sid": CALL}],
    "resume_recording": [{"call_sid": CALL}],
    "remove": [ROOM],
    "start_stream": [
        {
            "call_sid": CALL,
            "url": "wss://desk.example.org/ws/media/",
            "token": "secret",
            "status_callback": f"{WEB}/stream-status",
        }
    ],
    "stop_stream": [{"call_sid": CALL, "stream": "live"}],
}
MESSAGING: dict[str, list[dict[str, Any]]] = {
    "send_text": [
        {
            "to": CLEO,
            "from_": "+15550100001",
            "body": "Your lamp is on its way.",
            "status_callback": f"{WEB}/message-status",
        }
    ],
    "send_template": [
        {
            "to": CLEO,
            "from_": "+15550100001",
            "content_sid": "HX00000000000000000000000000000001",
            "variables": {"1": "Cleo", "2": "It is on its way."},
            "status_callback": f"{WEB}/message-status",
        }
    ],
    "listing": [{"to": CLEO, "from_": "+15550100001", "since": NOON}],
}


@pytest.fixture
def asked(outside: Outside) -> Callable[[], list[dict[str, Any]]]:
    """The requests that Twilio has got since the test began."""
    begin = httpx2.get(f"{outside.url}/_sim/twilio/requests").json()["last"]

    def look() -> list[dict[str, Any]]:
        url = f"{outside.url}/_sim/twilio/requests?after={begin}"
        found: list[dict[str, Any]] = httpx2.get(url).json()["requests"]
        return found

    return look


@pytest.mark.parametrize(
    ("owner", "name", "arguments"),
    [
        (owner, name, arguments)
        for owner, calls in ((Telephone, TELEPHONE), (Messaging, MESSAGING))
        for name, ways in calls.items()
        for arguments in ways
    ],
)
def test_what_goes_out_is_valid(asked, twilio_config, owner, name, arguments) -> None:
    with contextlib.suppress(VendorError):
        getattr(owner(twilio_config), name)(**arguments)
    sent = asked()
    assert sent
    assert [problem for request in sent for problem in problems(request)] == []


def test_a_recording_is_fetched_by_its_name(asked, outside, twilio_config) -> None:
    account = f"{outside.url}/2010-04-01/Accounts/{twilio_config.account_sid}"
    with (
        contextlib.suppress(VendorError),
        open_recording(twilio_config, f"{account}/Recordings/RE{32 * '0'}"),
    ):
        pass
    sent = asked()
    assert sent
    assert [problem for request in sent for problem in problems(request)] == []


@pytest.mark.parametrize(
    ("owner", "calls"), [(Telephone, TELEPHONE), (Messaging, MESSAGING)]
)
def test_nothing_that_we_can_ask_is_left_out(owner: type, calls: dict) -> None:
    assert {name for name in vars(owner) if not name.startswith("_")} == set(calls)


def test_a_request_that_is_not_valid_would_be_noticed(
    asked, outside: Outside, twilio_config: TwilioConfig
) -> None:
    httpx2.post(
        f"{outside.url}/2010-04-01/Accounts/{twilio_config.account_sid}/Calls.json",
        data={"To": CLEO, "MachineDetection": "Sometimes", "Colour": "blue"},
        auth=(twilio_config.account_sid, twilio_config.auth_token),
    )
    (sent,) = asked()
    assert len(problems(sent)) == 4
