"""One call through the played Twilio the way the product uses it; the parts have their own tests."""

import base64
import io
import wave
from pathlib import Path

import requests

from audio import mulaw
from simulators import accounts
from simulators.tests.twilio_product import CLEO, Speaker, stage, tone


async def test_a_caller_and_an_agent_meet_stream_record_and_part(tmp_path: Path):
    async with stage(tmp_path) as on:
        product = on.product

        def voice(form: dict[str, str]) -> str:
            if form["From"] == "client:agent_7":
                return (
                    '<Dial><Conference participantLabel="agent" beep="false">call-1'
                    "</Conference></Dial>"
                )
            if "DialCallStatus" in form:
                return "<Hangup/>"
            return (
                f'<Start><Stream name="live" url="{on.stream_url()}" '
                'track="both_tracks"><Parameter name="token" value="t-1"/></Stream>'
                "</Start>"
                '<Start><Recording channels="dual" trim="do-not-trim" '
                f'recordingStatusCallback="{product.url}/recording-status" '
                'recordingStatusCallbackEvent="in-progress completed absent"/></Start>'
                "<Say>Hi.</Say>"
                '<Dial action="/voice"><Conference participantLabel="customer" '
                'startConferenceOnEnter="false" endConferenceOnExit="true" beep="false" '
                'waitUrl="" statusCallback="/conference-status" '
                'statusCallbackEvent="start end join leave mute hold">call-1'
                "</Conference></Dial>"
            )

        product.documents = {"/voice": voice}
        cleo, ada = Speaker(), Speaker()
        leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
        assert leg.sid.startswith("CA")
        joined = {"StatusCallbackEvent": "participant-join"}
        await product.until(lambda: product.told("/conference-status", **joined))
        agent_leg = on.engine.client_call(
            identity="agent_7", params={"sid": leg.sid}, party=ada
        )
        started = {"StatusCallbackEvent": "conference-start"}
        await product.until(lambda: product.told("/conference-status", **started))
        assert product.told("/voice", sid=leg.sid, From="client:agent_7")

        cleo.queue, ada.queue = tone(0x10, 10), tone(0x22, 12)
        await product.until(lambda: tone(0x10, 10) in ada.sound)
        await product.until(lambda: tone(0x22, 12) in cleo.sound)

        fetched = await on.sdk(lambda c: c.calls(leg.sid).fetch())
        assert (fetched.status, fetched.direction, fetched._from) == (
            "in-progress",
            "inbound",
            CLEO,
        )
        await on.sdk(lambda c: c.calls(leg.sid).update(status="completed"))
        await product.until(lambda: product.told("/call-status", CallSid=leg.sid))
        await product.until(lambda: product.told("/call-status", CallSid=agent_leg.sid))
        done = await product.until(
            lambda: product.told("/recording-status", RecordingStatus="completed")
        )
        await product.until(lambda: product.sockets[0].closed)

        assert product.bad_signatures == []
        assert cleo.end == ada.end == "completed"
        socket = product.sockets[0]
        assert [m["event"] for m in socket.messages[:2]] == ["connected", "start"]
        assert socket.messages[-1]["event"] == "stop"
        sound = {
            track: b"".join(
                base64.b64decode(m["media"]["payload"])
                for m in socket.of("media")
                if m["media"]["track"] == track
            )
            for track in ("inbound", "outbound")
        }
        assert tone(0x10, 10) in sound["inbound"]
        assert tone(0x22, 12) in sound["outbound"]
        response = await on.sdk(
            lambda c: requests.get(
                done[0]["RecordingUrl"] + ".wav?RequestedChannels=2",
                auth=(accounts.TWILIO_API_KEY_SID, accounts.TWILIO_API_KEY_SECRET),
                timeout=5,
            )
        )
        with wave.open(io.BytesIO(response.content)) as recording:
            assert recording.getnchannels() == 2
            frames = recording.readframes(recording.getnframes())
        left = frames[0::4] + frames[1::4]
        assert mulaw.decode(tone(0x10, 10)).tobytes()[0::2] in left
        assert on.engine.warnings == []
