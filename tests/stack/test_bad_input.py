"""Strangers and nonsense at the product's doors: refused or counted, and no call notices."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from calls.models import Call, CallEvent, User, WebhookDelivery
from copilot.consumers import SIGNED_OUT
from tests.stack import conversations, doors
from tests.stack.conftest import AFTERWARDS_SECONDS, Stack, eventually

NOBODY = "CA" + "0" * 32
STILL_SECONDS = 1.0  # the beat of what comes by itself
FRAME = base64.b64encode(b"\xff" * 160).decode()


def counts() -> tuple[int, int, int]:
    """Nothing else may run while these are compared: see `_quiet`."""
    return (
        Call.objects.count(),
        CallEvent.objects.count(),
        WebhookDelivery.objects.count(),
    )


@pytest.fixture
def _quiet(stack: Stack) -> None:
    """What other tests have begun is over, and what is written after it too."""
    conversations.end_all(stack)
    seen = [counts()]

    def stands_still() -> bool:
        time.sleep(STILL_SECONDS)
        seen.append(counts())
        return seen[-1] == seen[-2]

    eventually(
        stands_still,
        seconds=AFTERWARDS_SECONDS,
        what="nothing is written",
        instead=lambda: seen[-2:],
    )


def start(sid: str, token: str) -> str:
    began = {
        "callSid": sid,
        "streamSid": f"MZ{uuid4().hex}",
        "tracks": ["inbound", "outbound"],
        "customParameters": {"token": token},
    }
    return json.dumps({"event": "start", "start": began})


def media(**changes: str) -> str:
    frame = {"track": "inbound", "timestamp": "0", "payload": FRAME} | changes
    return json.dumps({"event": "media", "media": frame})


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize("sign", ["", "d3Jvbmc="])
def test_a_media_socket_without_our_signature_gets_403(stack: Stack, sign: str):
    before = counts()
    with pytest.raises(InvalidStatus) as refused:
        doors.media_socket(stack, sign=sign)
    assert refused.value.response.status_code == 403
    assert counts() == before


@pytest.mark.usefixtures("_quiet")
def test_a_webhook_without_our_signature_gets_403(stack: Stack):
    before = counts()
    answer = doors.post_as_twilio(stack, "/voice", signed=False, CallSid=NOBODY)
    assert answer.status_code == 403
    assert counts() == before


def test_a_callback_for_an_unknown_call_is_kept(stack: Stack):
    number = uuid4().hex[:8]
    for path in ("/call-status", "/recording-status", "/conference-status"):
        answer = doors.post_as_twilio(
            stack, path, CallSid=NOBODY, CallStatus="completed", SequenceNumber=number
        )
        assert answer.status_code == 204
    assert WebhookDelivery.objects.filter(
        payload__SequenceNumber=number, call=None
    ).count() in (2, 3)  # a recording without a SID is the same message each time
    assert not Call.objects.filter(sid=NOBODY).exists()


@pytest.fixture(scope="module")
def call(stack: Stack) -> Iterator[Call]:
    """A conversation that goes on meanwhile."""
    sid = stack.ring(scenario="appointment", colleague=True)
    yield conversations.talking(stack, sid)
    conversations.hang_up(stack, sid)


@pytest.mark.parametrize("token", ["", "wrong", "used"])
def test_a_wrong_or_used_token_closes_the_socket(stack: Stack, call: Call, token: str):
    if token == "used":
        event = WebhookDelivery.objects.filter(call=call).count()
        assert event, "the call's own stream has used its token"
    before = Call.objects.get(pk=call.pk)
    with doors.media_socket(stack) as socket:
        socket.send(start(call.sid, token))
        assert doors.close_code(socket) == 1008
    after = Call.objects.get(pk=call.pk)
    assert (after.streams, after.stream_sid) == (before.streams, before.stream_sid)


STRANGE: dict[str, Callable[[], str | bytes]] = {
    "not JSON": lambda: "{'event'",
    "deep": lambda: "[" * 60_000,
    "wrong base64": lambda: media(payload="no base64!"),
    "unknown event": lambda: '{"event": "surprise"}',
    "media before start": media,
    "binary": lambda: b"\x00\xff" * 80,
}


def send_until_closed(socket: ClientConnection, message: str | bytes) -> int:
    try:
        for _ in range(200):
            socket.send(message)
            time.sleep(0.001)
    except ConnectionClosed:
        pass
    return doors.close_code(socket)


@pytest.mark.parametrize("name", STRANGE)
def test_strange_messages_are_counted_and_close_their_socket(
    stack: Stack, call: Call, name: str
):
    with doors.media_socket(stack) as socket:
        assert send_until_closed(socket, STRANGE[name]()) == 1007


@pytest.mark.parametrize("size", [70_000, 1_000_000, 4_000_000])
def test_a_frame_that_is_too_big_closes_its_socket(stack: Stack, call: Call, size: int):
    with doors.media_socket(stack) as socket:
        assert send_until_closed(socket, "x" * size) == 1009


def test_the_other_call_has_noticed_nothing(stack: Stack, call: Call):
    """It is still running, its stream is the first one, and every word is there."""
    now = Call.objects.get(pk=call.pk)
    assert (now.status, now.streams) == ("in-progress", 1)
    conversations.check_all_is_written(stack, call.sid)
    events = CallEvent.objects.filter(call=call)
    assert not events.filter(name="trouble.started").exists()


@pytest.fixture
def integrator() -> Iterator[User]:
    user = User.objects.create_user(
        f"integrator-{uuid4().hex[:6]}", role=User.Role.INTEGRATOR
    )
    yield user
    user.delete()


def test_a_desk_is_for_those_who_may_use_it(stack: Stack, integrator: User):
    agent = doors.cookie_of(User.objects.get(username="agent"))
    strangers = [
        ({}, None),
        ({"sessionid": "made-up"}, None),
        (doors.cookie_of(integrator), None),
        (agent, "http://elsewhere.example"),
    ]
    for cookie, origin in strangers:
        with pytest.raises(InvalidStatus) as refused:
            doors.desk_socket(stack, cookie, origin=origin)
        assert refused.value.response.status_code == 403
    with doors.desk_socket(stack, agent) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "snapshot"


@pytest.fixture
def passing_by() -> Iterator[User]:
    user = User.objects.create_user(f"agent-{uuid4().hex[:6]}", role=User.Role.AGENT)
    yield user
    user.delete()


def sign_out(user: User, cookie: dict[str, str]) -> None:
    SessionStore(cookie[settings.SESSION_COOKIE_NAME]).flush()


def make_integrator(user: User, _cookie: dict[str, str]) -> None:
    User.objects.filter(pk=user.pk).update(role=User.Role.INTEGRATOR)


def change_password(user: User, _cookie: dict[str, str]) -> None:
    user.set_password(uuid4().hex)
    user.save()


@pytest.mark.parametrize("end", [sign_out, make_integrator, change_password])
@pytest.mark.parametrize("says", ["a command at once", "nothing"])
def test_a_desk_is_closed_when_its_login_is_over(
    stack: Stack, passing_by: User, end: Callable[..., None], says: str
):
    """Whoever was let in is asked again: at each command, and every few seconds."""
    cookie = doors.cookie_of(passing_by)
    with doors.desk_socket(stack, cookie) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "snapshot"
        end(passing_by, cookie)
        if says != "nothing":
            presence = {"name": "set_presence", "data": {"presence": "available"}}
            socket.send(json.dumps({"type": "command", "id": "1"} | presence))
        assert doors.close_code(socket) == SIGNED_OUT
    passing_by.refresh_from_db()
    assert passing_by.presence == User.Presence.OFFLINE


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not JSON", 1003),
        ("[" * 60_000, 1003),
        ('{"type": "surprise"}', 1003),
        ("7", 1003),
        (b"\x00\x01", 1003),
        ("x" * 1_000_000, 1009),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_desk_never_says_closes_its_socket(stack: Stack, message, code):
    with doors.desk_socket(
        stack, doors.cookie_of(User.objects.get(username="agent2"))
    ) as socket:
        socket.send(message)
        assert doors.close_code(socket) == code


def test_a_command_that_cannot_be_is_answered(stack: Stack):
    with doors.open_desk(stack, User.objects.get(username="agent2")) as desk:
        for name, sid, data, code in (
            ("explode", NOBODY, {}, "unknown_command"),
            ("accept", NOBODY, {}, "unknown_call"),
            ("end", "CA\0", {}, "unknown_call"),
            ("end", "\ud800", {}, "unknown_call"),
            ("hold", {"$": 1}, {}, "unknown_call"),
            ("use_suggestion", NOBODY, {"suggestion": "x"}, "unknown_suggestion"),
            ("use_suggestion", NOBODY, {"suggestion": 10**30}, "unknown_suggestion"),
            ("set_presence", "", {"presence": "asleep"}, "unknown_presence"),
        ):
            answer = desk.command(name, sid, **data)
            assert answer["ok"] is False, name
            assert answer["error"]["code"] == code, name
            assert answer["error"]["message"], name
