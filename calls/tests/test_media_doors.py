"""Both media doors: who gets in, what is counted, and what a socket that breaks leaves behind."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from calls.addresses import media_url
from calls.media import MediaFrame, MediaStart, Outlet
from calls.media_stream import MAX_BAD_MESSAGES, MAX_MESSAGE
from calls.models import Call, CallEvent
from calls.services import lifecycle, streams
from calls.tests.doors import DOORS, Door

pytestmark = pytest.mark.django_db(transaction=True)

SID = "CA" + "1" * 32
STREAM = "MZ" + "2" * 32


class Listener:
    """A session that only remembers."""

    def __init__(self, start: MediaStart, outlet: Outlet) -> None:
        self.start = start
        self.outlet = outlet
        self.frames: list[MediaFrame] = []
        self.marks: list[str] = []
        self.keys: list[str] = []
        self.reason = ""
        self._closed = asyncio.Event()

    def hear(self, frame: MediaFrame) -> None:
        self.frames.append(frame)

    def marked(self, name: str) -> None:
        self.marks.append(name)

    def pressed(self, digit: str) -> None:
        self.keys.append(digit)

    async def run(self) -> None:
        await self._closed.wait()

    async def close(self, reason: str) -> None:
        self.reason = reason
        self._closed.set()


@pytest.fixture
def sessions() -> list[Listener]:
    return []


@pytest.fixture(params=DOORS)
async def door(request, sessions) -> AsyncIterator[Door]:
    async def open_session(start: MediaStart, outlet: Outlet) -> Listener:
        sessions.append(Listener(start, outlet))
        return sessions[-1]

    async with request.param(open_session) as door:
        yield door


@pytest.fixture
def dial(door, sign):
    """A handshake as Twilio makes it; with another signature if one is given."""

    def dial(signature: str | None = None):
        return door.dial(sign(media_url(), {}) if signature is None else signature)

    return dial


@pytest.fixture
def call() -> Call:
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    return lifecycle.answer_call(call=call)


def start(token: str, sid: str = SID) -> str:
    began = {
        "callSid": sid,
        "streamSid": STREAM,
        "tracks": ["inbound", "outbound"],
        "customParameters": {"token": token},
    }
    return json.dumps({"event": "start", "start": began})


def media(timestamp: object = "0", payload: str = "", track: str = "inbound") -> str:
    payload = payload or base64.b64encode(b"\xff" * 160).decode()
    frame = {"track": track, "timestamp": timestamp, "payload": payload}
    return json.dumps({"event": "media", "media": frame})


async def events(sid: str = SID) -> list[str]:
    names = CallEvent.objects.filter(call__sid=sid).order_by("number")
    return await database_sync_to_async(
        lambda: list(names.values_list("name", flat=True))
    )()


async def until(look: Callable[[], object]) -> None:
    for _ in range(500):
        if look():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def stored() -> Call:
    return await database_sync_to_async(Call.objects.get)()


@pytest.mark.parametrize("signature", ["", "d3Jvbmc=", "\xff\xfe"])
async def test_a_wrong_signature_does_not_get_in(dial, call, signature):
    before = await events()
    accepted, _ = await dial(signature).connect()
    assert not accepted
    assert await events() == before


@pytest.mark.parametrize(
    ("token", "sid"),
    [
        ("", SID),
        ("wrong", SID),
        ("\0", SID),
        ("ü", SID),
        (None, "CA" + "9" * 32),
    ],
)
async def test_a_stream_without_a_right_to_its_call_is_closed(
    dial, call, sessions, token, sid
):
    before = await events()
    socket = dial()
    await socket.connect()
    await socket.send_to(
        text_data=start(call.stream_token if token is None else token, sid)
    )
    closed = await socket.receive_output()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    await socket.disconnect()
    assert (await events(), sessions) == (before, [])
    assert (await stored()).streams == 0


async def test_a_token_opens_one_stream(dial, call, sessions):
    first, second = dial(), dial()
    for socket in (first, second):
        await socket.connect()
        await socket.send_to(text_data=start(call.stream_token))
        await until(lambda: sessions)
    assert (await second.receive_output())["code"] == 1008
    await first.send_to(text_data=media())
    await until(lambda: sessions[0].frames)
    await first.disconnect()
    await second.disconnect()
    assert len(sessions) == 1
    assert len(sessions[0].frames) == 1


async def test_what_the_telephone_tells_beside_sound_reaches_the_session(
    dial, call, sessions
):
    socket = dial()
    await socket.connect()
    await socket.send_to(text_data=start(call.stream_token))
    told = [
        {"event": "connected"},
        {"event": "mark", "mark": {"name": "MZ-a1/0"}},
        {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "5"}},
        {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "§"}},
    ]
    for message in told:
        await socket.send_to(text_data=json.dumps(message))
    await socket.send_to(text_data=media())
    await until(lambda: sessions and sessions[0].frames)
    assert (sessions[0].marks, sessions[0].keys) == (["MZ-a1/0"], ["5"])
    await socket.disconnect()


async def test_what_the_session_says_goes_out_on_its_stream(dial, call, sessions):
    socket = dial()
    await socket.connect()
    await socket.send_to(text_data=start(call.stream_token))
    await until(lambda: sessions)
    sessions[0].outlet.play(b"\x7f" * 160)
    sessions[0].outlet.mark("MZ-a1/0")
    sent = [json.loads(await socket.receive_from()) for _ in range(2)]
    assert [message["event"] for message in sent] == ["media", "mark"]
    assert {message["streamSid"] for message in sent} == {STREAM}
    await socket.disconnect()


STRANGE = [
    '{"event": "mark"}',
    '{"event": "dtmf", "dtmf": {"digit": 5}}',
    "hello",
    "[]",
    "{}",
    "[" * (MAX_MESSAGE - 1),
    '{"event": 7}',
    '{"event": "surprise"}',
    '{"event": "media"}',
    '{"event": "start"}',
    start("x", sid="CA\0"),
    start("x", sid="CA" + "1" * 4000),
    media(timestamp=True),
    media(timestamp="1.5"),
    media(timestamp="soon"),
    media(timestamp="-20"),
    media(timestamp="9" * 400),
    media(timestamp="60000000"),
    media(payload="no base64!"),
    media(payload="AAA"),
    media(track="sideways"),
    media(payload="A" * MAX_MESSAGE),
]


async def test_what_cannot_be_is_counted_and_the_stream_goes_on(dial, call, sessions):
    socket = dial()
    await socket.connect()
    await socket.send_to(text_data=start(call.stream_token))
    for number, strange in enumerate(STRANGE):
        await socket.send_to(text_data=strange)
        await socket.send_to(text_data=media(str(20 * number)))
    await socket.send_to(bytes_data=b"\x00\xff")
    await socket.send_to(text_data=media(str(20 * len(STRANGE))))
    await until(lambda: sessions and len(sessions[0].frames) > len(STRANGE))
    heard = [frame.timestamp for frame in sessions[0].frames]
    zero = sessions[0].start.clock.zero
    await socket.disconnect()
    assert heard == [20 * number for number in range(len(STRANGE) + 1)]
    assert abs(zero - timezone.now().timestamp()) < 30


@pytest.mark.parametrize(
    "told",
    [
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {"event": "mark", "mark": {"name": "a/0"}},
        {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "#"}},
    ],
    ids=lambda told: told["event"],
)
async def test_what_twilio_tells_without_asking_is_not_counted(dial, told):
    socket = dial()
    await socket.connect()
    for _ in range(MAX_BAD_MESSAGES + 1):
        await socket.send_to(text_data=json.dumps(told))
    assert await socket.receive_nothing(timeout=0.05)
    await socket.disconnect()


@pytest.mark.parametrize("strange", ["hello", media(), '{"event": "surprise"}'])
async def test_too_much_of_it_closes_the_socket(dial, strange):
    socket = dial()
    await socket.connect()
    for _ in range(MAX_BAD_MESSAGES):
        await socket.send_to(text_data=strange)
    closed = await socket.receive_output()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1007)
    await socket.disconnect()


async def test_a_second_start_changes_nothing(dial, call, sessions):
    socket = dial()
    await socket.connect()
    for text in (start(call.stream_token), start((await stored()).stream_token)):
        await socket.send_to(text_data=text)
    await socket.send_to(text_data=media())
    await until(lambda: sessions and sessions[0].frames)
    assert (await stored()).streams == 1
    await socket.disconnect()
    assert [len(session.frames) for session in sessions] == [1]


async def test_a_socket_that_breaks_is_told_at_once_and_its_stream_asked_for_again(
    dial, call, sessions
):
    socket = dial()
    await socket.connect()
    await socket.send_to(text_data=start(call.stream_token))
    await socket.send_to(text_data=media())
    await until(lambda: sessions and sessions[0].frames)
    await socket.disconnect(code=1006)
    assert sessions[0].reason == "closed"
    assert (await events())[-1] == "trouble.started"
    claims = [
        await database_sync_to_async(streams.claim_stream)(call=await stored())
        for _ in range(2)
    ]
    assert claims == [True, False]
    again = dial()
    await again.connect()
    await again.send_to(text_data=start((await stored()).stream_token))
    await until(lambda: len(sessions) == 2)
    assert (await events())[-2:] == ["trouble.started", "trouble.ended"]
    assert sessions[1].start.offset > 0
    await again.disconnect()


async def test_a_stream_that_twilio_stops_is_no_trouble(dial, call, sessions):
    socket = dial()
    await socket.connect()
    await socket.send_to(text_data=start(call.stream_token))
    await socket.send_to(text_data='{"event": "stop"}')
    await until(lambda: sessions and sessions[0].reason)
    await socket.disconnect()
    assert sessions[0].reason == "stop"
    assert "trouble.started" not in await events()
    assert not await database_sync_to_async(streams.claim_stream)(call=await stored())


def test_a_call_whose_stream_never_came_is_asked_for(call):
    assert not streams.claim_stream(call=call)
    Call.objects.update(stream_due_at=timezone.now() - timedelta(seconds=1))
    assert streams.claim_stream(call=call)


def test_twilio_knows_of_a_broken_stream_when_the_process_cannot_tell(call, twilio):
    opened = streams.open_stream(
        call_sid=SID,
        stream_sid=STREAM,
        token=call.stream_token,
        connected_at=timezone.now(),
    )
    assert opened is not None
    for _ in range(2):
        twilio(
            "/stream-status", CallSid=SID, StreamSid=STREAM, StreamEvent="stream-error"
        )
    names = [event.name for event in CallEvent.objects.order_by("number")]
    assert names[-1] == "trouble.started"
    assert names.count("trouble.started") == 1
    assert streams.claim_stream(call=call)


def test_the_end_of_an_old_stream_does_not_close_the_new_one(call, twilio):
    streams.open_stream(
        call_sid=SID,
        stream_sid=STREAM,
        token=call.stream_token,
        connected_at=timezone.now(),
    )
    twilio(
        "/stream-status",
        CallSid=SID,
        StreamSid="MZ" + "8" * 32,
        StreamEvent="stream-error",
    )
    assert Call.objects.get().stream_sid == STREAM
