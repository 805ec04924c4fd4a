"""Media streams over real sockets: pace, both directions, marks, slow readers, refusals."""

import asyncio
import base64
from pathlib import Path
from typing import Any

from simulators import accounts
from simulators.tests.twilio_product import CLEO, Speaker, Stage, stage, tone
from simulators.twilio import stream as streams


def call(on: Stage, document: str, /, **more: str) -> Speaker:
    on.product.documents = {"/voice": document} | {f"/{k}": v for k, v in more.items()}
    cleo = Speaker()
    cleo.leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
    return cleo


def sound(messages: list[dict[str, Any]], track: str) -> bytes:
    return b"".join(
        base64.b64decode(m["media"]["payload"])
        for m in messages
        if m["event"] == "media" and m["media"]["track"] == track
    )


async def test_a_one_way_stream_carries_both_tracks_with_twilios_json(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            f'<Start><Stream name="live" url="{on.stream_url()}" track="both_tracks" '
            'statusCallback="/stream"><Parameter name="token" value="t"/></Stream>'
            '</Start><Pause length="0"/><Pause length="30"/>',
        )
        socket = await on.product.until(lambda: on.product.sockets)
        socket = socket[0]
        cleo.queue = tone(0x10, 5)
        await on.product.until(lambda: len(socket.of("media")) > 40)
        cleo.leg.hangup()
        await on.product.until(lambda: socket.closed)
        connected, start = socket.messages[:2]
        assert connected == {
            "event": "connected",
            "protocol": "Call",
            "version": "1.0.0",
        }
        assert start["start"] == {
            "streamSid": start["streamSid"],
            "accountSid": accounts.TWILIO_ACCOUNT_SID,
            "callSid": cleo.leg.sid,
            "tracks": ["inbound", "outbound"],
            "customParameters": {"token": "t"},
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
        }
        assert tone(0x10, 5) in sound(socket.messages, "inbound")
        media = socket.of("media")
        inbound = [m["media"] for m in media if m["media"]["track"] == "inbound"]
        assert [m["chunk"] for m in inbound] == [
            str(n + 1) for n in range(len(inbound))
        ]
        assert [int(m["timestamp"]) for m in inbound] == [
            20 * n for n in range(len(inbound))
        ]
        numbers = [int(m["sequenceNumber"]) for m in socket.messages[1:]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert socket.messages[-1]["stop"] == {
            "accountSid": accounts.TWILIO_ACCOUNT_SID,
            "callSid": cleo.leg.sid,
        }
        await on.product.until(
            lambda: on.product.told("/stream", StreamEvent="stream-stopped")
        )
        assert on.product.told("/stream", StreamEvent="stream-started")
        assert on.product.bad_signatures == []


async def test_frames_keep_the_pace_of_real_time(tmp_path: Path):
    async with stage(tmp_path) as on:
        call(
            on,
            f'<Start><Stream url="{on.stream_url()}"/></Start><Pause length="30"/>',
        )
        await on.product.until(lambda: on.product.sockets)
        loop = asyncio.get_running_loop()
        socket = on.product.sockets[0]
        await on.product.until(lambda: socket.of("media"))
        began, before = loop.time(), len(socket.of("media"))
        await asyncio.sleep(1)
        frames = len(socket.of("media")) - before
        assert abs(frames - (loop.time() - began) * 50) < 5


def echoing(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The product's side of a two-way stream: says something, then takes it back."""
    sid = message.get("streamSid")
    if message["event"] == "start":
        payload = base64.b64encode(tone(0x22, 4)[:600]).decode()
        return [
            {"event": "media", "streamSid": sid, "media": {"payload": payload}},
            {"event": "mark", "streamSid": sid, "mark": {"name": "said"}},
        ]
    if message["event"] == "mark" and message["mark"]["name"] == "said":
        payload = base64.b64encode(tone(0x33, 500)).decode()
        return [
            {"event": "media", "streamSid": sid, "media": {"payload": payload}},
            {"event": "mark", "streamSid": sid, "mark": {"name": "dropped"}},
        ]
    if message["event"] == "dtmf":
        return [{"event": "clear", "streamSid": sid}]
    return []


async def test_a_two_way_stream_plays_marks_clears_and_moves_on(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.on_message = echoing
        cleo = call(
            on,
            f'<Connect action="/on"><Stream url="{on.stream_url()}"/></Connect>',
            on="<Hangup/>",
        )
        await on.product.until(lambda: on.product.sockets)
        socket = on.product.sockets[0]
        await on.product.until(lambda: tone(0x33, 3) in cleo.sound)
        assert tone(0x22, 4)[:600] in cleo.sound
        cleo.leg.press("5")
        await on.product.until(lambda: len(socket.of("mark")) == 2)
        assert socket.of("dtmf")[0]["dtmf"] == {"track": "inbound_track", "digit": "5"}
        assert [m["mark"]["name"] for m in socket.of("mark")] == ["said", "dropped"]
        assert sound(socket.messages, "outbound") == b""
        await socket.ws.close()
        await cleo.over.wait()
        assert on.product.told("/on", CallStatus="in-progress")
        assert cleo.sound.count(tone(0x33, 1)) < 400


async def test_a_call_goes_on_when_its_one_way_stream_is_closed(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            f'<Start><Stream name="a" url="{on.stream_url()}"/></Start>'
            '<Pause length="30"/>',
        )
        await on.product.until(lambda: on.product.sockets)
        await on.product.sockets[0].ws.close()
        await asyncio.sleep(0.1)
        assert cleo.end is None
        made = await on.sdk(
            lambda c: c.calls(cleo.leg.sid).streams.create(
                url=on.stream_url(),
                name="again",
                track="both_tracks",
                parameter1_name="token",
                parameter1_value="t2",
            )
        )
        assert made.status == "in-progress"
        await on.product.until(lambda: len(on.product.sockets) == 2)
        again = on.product.sockets[1]
        await on.product.until(lambda: again.of("start"))
        assert again.of("start")[0]["start"]["customParameters"] == {"token": "t2"}
        stopped = await on.sdk(
            lambda c: c.calls(cleo.leg.sid).streams("again").update(status="stopped")
        )
        assert stopped.status == "stopped"
        await on.product.until(lambda: again.of("stop"))


async def test_a_refused_handshake_is_warned_about_and_the_call_goes_on(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            f'<Connect><Stream url="{on.stream_url()}nowhere" statusCallback="/stream"/>'
            "</Connect><Redirect>/on</Redirect>",
            on="<Hangup/>",
        )
        await cleo.over.wait()
        assert on.product.told("/on")
        assert 31920 in [w.code for w in on.engine.warnings]
        await on.product.until(
            lambda: on.product.told("/stream", StreamEvent="stream-error")
        )


async def test_a_reader_who_is_hopelessly_slow_is_given_up(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.slow = True
        cleo = call(
            on,
            f'<Start><Stream url="{on.stream_url()}"/></Start><Pause length="30"/>',
        )
        stream = await on.product.until(
            lambda: list(on.engine.exchange.streams.values())
        )
        stream = stream[0]
        await on.product.until(lambda: stream.sent)
        for _ in range(60):
            stream.tap(bytes(1 << 17), b"")
        for _ in range(streams.HOPELESS):
            stream.tap(bytes(160), b"")
        await stream.closed.wait()
        assert cleo.end is None
        assert 31921 in [w.code for w in on.engine.warnings]


async def test_messages_on_a_one_way_stream_are_warned_about(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.on_message = lambda m: (
            [{"event": "clear", "streamSid": m["streamSid"]}]
            if m["event"] == "start"
            else []
        )
        call(
            on,
            f'<Start><Stream url="{on.stream_url()}"/></Start><Pause length="30"/>',
        )
        await on.product.until(lambda: on.engine.warnings)
        assert on.engine.warnings[0].code == 31951


async def test_a_url_with_a_query_ends_the_call(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, f'<Start><Stream url="{on.stream_url()}?a=1"/></Start>')
        await on.product.until(lambda: on.engine.warnings)
        assert on.engine.warnings[0].code == 31940
        cleo.leg.hangup()


async def test_a_socket_that_breaks_off_leaves_the_call_alone(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            f'<Start><Stream url="{on.stream_url()}" statusCallback="/stream"/></Start>'
            '<Pause length="30"/>',
        )
        await on.product.until(lambda: on.product.sockets)
        socket = on.product.sockets[0]
        await on.product.until(lambda: socket.of("media"))
        assert on.engine.exchange.drop_streams() == 1
        await on.product.until(lambda: socket.closed)
        assert not socket.of("stop")
        await on.product.until(
            lambda: on.product.told("/stream", StreamEvent="stream-error")
        )
        assert cleo.end is None


async def test_closing_ends_calls_tells_the_product_and_leaves_nothing_running(
    tmp_path: Path,
):
    before = asyncio.all_tasks()
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            f'<Start><Stream url="{on.stream_url()}" track="both_tracks"/></Start>'
            "<Start><Recording/></Start><Dial><Conference>call-1</Conference></Dial>",
        )
        await on.product.until(lambda: on.product.sockets)
        await on.product.until(lambda: on.product.sockets[0].of("media"))
        await on.engine.close()
        assert cleo.end == "completed"
        assert on.product.told("/call-status", CallStatus="completed")
        assert on.product.sockets[0].of("stop")
    assert asyncio.all_tasks() == before
