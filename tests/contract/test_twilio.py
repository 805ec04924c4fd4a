"""The check of what we send to Twilio lets the right through and nothing else."""

import ast
from pathlib import Path

import pytest
import twilio
import yaml

from tests.contract.twilio import TABLE, operations, problems

CALL = "/Calls/CA" + 32 * "0" + ".json"
ROOM = "/Conferences/CF" + 32 * "0"
RIGHT = {
    "To": "+15550107777",
    "From": "+15550100000",
    "Url": "https://example.org/voice?dial=1",
    "Timeout": "30",
    "AsyncAmd": "true",
}


def placing(**changes: str | None) -> list[str]:
    fields = RIGHT | changes
    form = [(name, value) for name, value in fields.items() if value is not None]
    return problems({"method": "POST", "path": "/Calls.json", "form": form})


def test_a_right_request_has_no_problem():
    assert placing() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Colour": "blue"}, "Colour is unknown"),
        ({"to": "+15550107777"}, "to is unknown"),
        ({"To": None}, "To is missing"),
        ({"Url": None}, "one of Url, Twiml, ApplicationSid is missing"),
        ({"To": "Cleo"}, "To is not address"),
        ({"Url": "/voice"}, "Url is not url"),
        ({"Timeout": "ten"}, "Timeout is not integer 1..600"),
        ({"Timeout": "601"}, "Timeout is not integer 1..600"),
        ({"Record": "True"}, "Record is not flag"),
        ({"Method": "FETCH"}, "Method is not verb"),
        (
            {"MachineDetection": "Always"},
            "MachineDetection is not one of Enable|DetectMessageEnd",
        ),
        ({"ApplicationSid": "AP1"}, "ApplicationSid is not sid AP"),
        (
            {"StatusCallbackEvent": "exploded"},
            "StatusCallbackEvent is not each one of"
            " initiated|ringing|answered|completed",
        ),
    ],
)
def test_each_kind_of_mistake_is_named(changes, problem):
    assert placing(**changes) == [f"place a call: {problem}"]


def test_only_a_list_may_be_repeated():
    form = [("Status", "completed"), ("Status", "completed")]
    twice = problems({"method": "POST", "path": CALL, "form": form})
    assert twice == ["move or end a call: Status is given twice"]
    events = [("StatusCallbackEvent", name) for name in ("ringing", "answered")]
    request = {
        "method": "POST",
        "path": "/Calls.json",
        "form": [*RIGHT.items(), *events],
    }
    assert problems(request) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", CALL),
        ("POST", "/Calls/1.json"),
        ("POST", f"{ROOM}/People.json"),
        ("DELETE", f"{ROOM}/Participants/a/b.json"),
    ],
)
def test_what_twilio_does_not_offer_is_named(method, path):
    assert problems({"method": method, "path": path, "form": []}) == [
        f"there is no {method} {path}"
    ]


def test_numbered_fields_have_numbers():
    form = [("Url", "wss://example.org/media"), ("Parameter1.Name", "token")]
    request = {"method": "POST", "path": CALL.replace(".json", "/Streams.json")}
    assert problems(request | {"form": form}) == []
    assert problems(request | {"form": [*form, ("Parameter.Name", "x")]})
    assert problems(request | {"form": [*form, ("Parameter1.Title", "x")]})


# -- the table against the vendor's own library, which is made from the description --------

SDK = Path(twilio.__file__).parent / "rest/api/v2010/account"
METHODS = {
    "place a call": ("call", "CallList", "_create"),
    "list calls": ("call", "CallList", "page"),
    "move or end a call": ("call", "CallContext", "_update"),
    "stream a call's sound": ("call/stream.py", "StreamList", "_create"),
    "stop a stream": ("call/stream.py", "StreamContext", "_update"),
    "pause or go on with a recording": (
        "call/recording.py",
        "RecordingContext",
        "_update",
    ),
    "list conferences": ("conference", "ConferenceList", "page"),
    "end a conference": ("conference", "ConferenceContext", "_update"),
    "list participants": ("conference/participant.py", "ParticipantList", "page"),
    "dial somebody into a conference": (
        "conference/participant.py",
        "ParticipantList",
        "_create",
    ),
    "mute, hold or announce to a participant": (
        "conference/participant.py",
        "ParticipantContext",
        "_update",
    ),
    "write a message": ("message", "MessageList", "_create"),
    "list messages": ("message", "MessageList", "page"),
}


def of_the_sdk(file: str, owner: str, name: str) -> tuple[set[str], int]:
    """The fields that a method of the SDK sends, and how many it must be given."""
    path = SDK / file if file.endswith(".py") else SDK / file / "__init__.py"
    classes = [
        n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ClassDef)
    ]
    found = next(c for c in classes if c.name == owner)
    method = next(
        n for n in found.body if isinstance(n, ast.FunctionDef) and n.name == name
    )
    keys = {
        key.value
        for node in ast.walk(method)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    fields = {key for key in keys if key not in {"Content-Type", "Accept"}}
    return fields, len(method.args.args) - 1 - len(method.args.defaults)


@pytest.mark.parametrize("does", METHODS)
def test_the_table_and_the_installed_sdk_agree(does):
    operation = next(one for one in operations() if one.does == does)
    fields, required = of_the_sdk(*METHODS[does])
    sent = {
        f"{key.rstrip('0123456789')}#.{part}" if part else key
        for key, _, part in (field.partition(".") for field in fields)
    }
    assert set(operation.fields) == sent
    assert len(operation.must) == required


def test_every_operation_with_fields_is_compared():
    table = yaml.safe_load(TABLE.read_text())
    with_fields = {one["does"] for one in table["operations"] if one.get("fields")}
    # What a recording sounds like is fetched without the SDK.
    assert with_fields - {"fetch a recording's sound"} == set(METHODS)
