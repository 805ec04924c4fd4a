"""`manage.py ring` against a door that answers what the test sets."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


class Door:
    """Keeps the requests and gives the next answer."""

    def __init__(self) -> None:
        self.status = 201
        self.answer: Any = {"sid": "CA1"}
        self.requests: list[tuple[str, Any]] = []
        self.url = ""


@pytest.fixture
def door(settings: Any) -> Iterator[Door]:
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            self.reply(json.loads(self.rfile.read(size)))

        def reply(self, body: Any) -> None:
            door.requests.append((self.path, body))
            content = json.dumps(door.answer).encode()
            self.send_response(door.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    settings.SIMULATORS_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield door
    server.shutdown()
    thread.join()
    server.server_close()


def ring(*arguments: str) -> str:
    out = io.StringIO()
    call_command("ring", *arguments, stdout=out)
    return out.getvalue()


def test_a_happy_caller_rings_when_nothing_is_said(door: Door):
    assert ring() == "CA1\n"
    assert door.requests == [
        ("/_sim/ring", {"scenario": "happy_support", "colleague": False})
    ]


def test_scenario_number_and_colleague_are_passed_on(door: Door):
    ring("--scenario", "long_hold", "--from", "+15550107777", "--colleague")
    assert door.requests[0][1] == {
        "scenario": "long_hold",
        "from": "+15550107777",
        "colleague": True,
    }


def test_another_of_our_numbers_can_be_dialled(door: Door):
    ring("--to", "+15550100001")
    assert door.requests[0][1]["to"] == "+15550100001"


def test_a_file_is_named_by_its_whole_path(door: Door, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ring("--audio", "call.wav")
    assert door.requests[0][1]["audio"] == str(tmp_path.resolve() / "call.wav")


def test_a_caller_says_the_lines_that_are_given(door: Door):
    ring("--lines", "Where is my parcel?", "Thank you.", "--to", "+15550100002")
    assert door.requests[0][1] == {
        "lines": ["Where is my parcel?", "Thank you."],
        "to": "+15550100002",
        "colleague": False,
    }


def test_the_scenarios_are_listed_with_their_titles(door: Door):
    door.answer = {
        "scenarios": [{"name": "long_hold", "title": "On hold"}],
        "numbers": [{"number": "+15550102001", "title": "Busy"}],
    }
    lines = [" ".join(line.split()) for line in ring("--list").splitlines()]
    assert lines == ["long_hold On hold", "", "Numbers to call:", "+15550102001 Busy"]


def test_a_refusal_is_one_clear_line(door: Door):
    door.status, door.answer = 400, {"error": "There is no scenario 'x'; there are: a"}
    with pytest.raises(CommandError, match="there are: a"):
        ring("--scenario", "x")


def test_an_unreadable_answer_is_one_clear_line(door: Door):
    door.status, door.answer = 500, "Internal error"
    with pytest.raises(CommandError, match="answered 500"):
        ring()


def test_simulators_that_do_not_run_are_one_clear_line(settings: Any):
    settings.SIMULATORS_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="make demo"):
        ring()
