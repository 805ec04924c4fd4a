"""Realtime transcription, through the vendor's own SDK and without it."""

import asyncio
import base64
import json

import numpy as np
import pytest
import websockets
from openai import AsyncOpenAI

from audio import mulaw
from simulators import accounts, voices
from simulators.openai.intake import ALAW
from simulators.openai.transcription import Session

LINE = "Good morning, my lamp is broken and I would like a refund."
SECOND = "Of course, let me see what I can do for you."
BATCH = 800
SILENCE = mulaw.SILENCE * 8000


def settings(model, *, turns=None, form="audio/pcmu", **transcription):
    audio = {
        "format": {"type": form} | ({"rate": 24000} if form == "audio/pcm" else {}),
        "transcription": {"model": model, **transcription},
        "turn_detection": turns,
    }
    return {"type": "transcription", "audio": {"input": audio}}


def spoken(text, *, voice="caller"):
    return voices.render(text, voice=voice).mulaw


def append(data):
    return {
        "type": "input_audio_buffer.append",
        "audio": base64.b64encode(data).decode(),
    }


def feed(session, data, size=BATCH):
    """All events of feeding audio in batches; what would come later is at the end."""
    events = []
    for at in range(0, len(data), size):
        events += run(session, append(data[at : at + size]))
    return events


def run(session, message):
    out = session.receive(json.dumps(message))
    return out.now + [event for steps in out.later for _, event in steps]


def updated(session_settings):
    session = Session()
    [event] = run(session, {"type": "session.update", "session": session_settings})
    assert event["type"] == "session.updated", event
    return session


def refused(session_settings):
    message = {"type": "session.update", "session": session_settings, "event_id": "e1"}
    [event] = run(Session(), message)
    assert event["type"] == "error"
    assert event["error"]["event_id"] == "e1"
    return event["error"]


def of_type(events, name):
    return [event for event in events if event["type"].endswith(name)]


def test_a_live_model_gives_words_while_they_are_spoken():
    session = updated(settings("gpt-live-transcribe", languages=["en"]))
    events = feed(session, spoken(LINE) + SILENCE[:4800])
    assert {event["type"].rsplit(".", 1)[1] for event in events} == {"delta"}
    assert "".join(event["delta"] for event in events) == LINE


def test_a_commit_confirms_the_item_that_the_deltas_announced():
    session = updated(settings("gpt-live-transcribe"))
    deltas = feed(session, spoken(LINE) + SILENCE[:4800])
    events = run(session, {"type": "input_audio_buffer.commit"})
    [committed] = of_type(events, "committed")
    [completed] = of_type(events, "completed")
    assert {d["item_id"] for d in deltas} == {committed["item_id"]}
    assert completed["item_id"] == committed["item_id"]
    assert completed["transcript"] == LINE
    assert completed["usage"]["type"] == "duration"


def test_items_are_chained():
    session = updated(settings("gpt-live-transcribe"))
    chain = []
    for text in (LINE, SECOND):
        feed(session, spoken(text) + SILENCE[:1600])
        events = run(session, {"type": "input_audio_buffer.commit"})
        chain += of_type(events, "committed")
    assert chain[0]["previous_item_id"] is None
    assert chain[1]["previous_item_id"] == chain[0]["item_id"]


def test_silence_is_transcribed_as_nothing():
    session = updated(settings("gpt-live-transcribe"))
    feed(session, SILENCE)
    events = run(session, {"type": "input_audio_buffer.commit"})
    [completed] = of_type(events, "completed")
    assert completed["transcript"] == ""
    assert not of_type(events, "delta")


def test_a_lost_second_loses_its_words():
    session = updated(settings("gpt-live-transcribe"))
    whole = spoken(LINE)
    feed(session, whole[:8000] + whole[16000:] + SILENCE[:4800])
    events = run(session, {"type": "input_audio_buffer.commit"})
    [completed] = of_type(events, "completed")
    assert completed["transcript"] != LINE
    assert set(completed["transcript"].split()) <= {*LINE.split(), "[…]"}


def test_server_turns_start_stop_and_commit():
    turns = {"type": "server_vad", "silence_duration_ms": 500, "prefix_padding_ms": 300}
    session = updated(settings("gpt-transcribe", turns=turns))
    speech = spoken(LINE)
    events = feed(session, SILENCE + speech + SILENCE + SILENCE)
    names = [event["type"].rsplit(".", 1)[1] for event in events]
    assert names[:3] == ["speech_started", "speech_stopped", "committed"]
    assert names[-1] == "completed"
    started, stopped = events[0], events[1]
    assert started["item_id"] == stopped["item_id"] == events[2]["item_id"]
    end = 1000 + len(speech) / 8
    assert 500 <= started["audio_start_ms"] <= 1100
    assert end - 100 <= stopped["audio_end_ms"] <= end + 900
    assert events[-1]["transcript"] == LINE
    assert events[-1]["languages"] == [{"code": "en"}]


def test_two_server_turns_are_two_items():
    session = updated(settings("gpt-4o-transcribe", turns={"type": "server_vad"}))
    pause = SILENCE + SILENCE
    events = feed(session, pause + spoken(LINE) + pause + spoken(SECOND) + pause)
    heard = [event["transcript"] for event in of_type(events, "completed")]
    assert heard == [LINE, SECOND]


def test_an_empty_buffer_cannot_be_committed():
    session = updated(settings("gpt-live-transcribe"))
    [event] = run(session, {"type": "input_audio_buffer.commit"})
    assert event["error"]["code"] == "input_audio_buffer_commit_empty"


def test_cleared_audio_is_forgotten():
    session = updated(settings("gpt-live-transcribe"))
    feed(session, spoken(LINE))
    assert of_type(run(session, {"type": "input_audio_buffer.clear"}), "cleared")
    [event] = run(session, {"type": "input_audio_buffer.commit"})
    assert event["error"]["code"] == "input_audio_buffer_commit_empty"


def test_wideband_audio_is_heard_too():
    session = updated(settings("gpt-live-transcribe", form="audio/pcm"))
    wide = voices.render(LINE, voice="caller").samples24k.astype("<i2").tobytes()
    feed(session, wide + bytes(48_000), size=4801)
    [completed] = of_type(
        run(session, {"type": "input_audio_buffer.commit"}), "completed"
    )
    assert completed["transcript"] == LINE


def test_a_voice_nobody_rendered_is_called_unrecognised():
    session = updated(settings("gpt-live-transcribe"))
    noise = np.random.default_rng(7).normal(0, 1, 24_000)
    shape = np.sin(np.arange(24_000) / 8000 * 2 * np.pi * 3) ** 2
    tone = np.sin(np.arange(24_000) / 8000 * 2 * np.pi * 180)
    strange = (4000 * shape * (tone + 0.4 * noise)).astype(np.int16)
    feed(session, mulaw.encode(strange) + SILENCE)
    [completed] = of_type(
        run(session, {"type": "input_audio_buffer.commit"}), "completed"
    )
    assert set(completed["transcript"].split()) <= {"[unrecognised]"}


def test_alaw_and_mulaw_say_the_same():
    samples = mulaw.decode(spoken(LINE)).astype(np.int32)
    nearest = np.abs(samples[:400, None] - ALAW.astype(np.int32)[None, :]).argmin(
        axis=1
    )
    assert np.abs(ALAW[nearest] - samples[:400]).max() <= 600
    assert ALAW[0xD5] == 8
    assert ALAW[0x55] == -8
    assert ALAW[0xAA] == 32256


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-realtime-whisper"])
def test_live_models_take_no_turn_detection(model):
    error = refused(settings(model, turns={"type": "server_vad"}))
    assert error["param"] == "session.audio.input.turn_detection"


def test_live_models_need_not_mention_turn_detection():
    session_settings = settings("gpt-live-transcribe")
    del session_settings["audio"]["input"]["turn_detection"]
    session = updated(session_settings)
    assert session.as_json()["audio"]["input"]["turn_detection"] is None


def test_omitted_fields_keep_their_values():
    session = updated(settings("gpt-live-transcribe", keywords=["Acme"]))
    again = {"type": "transcription", "audio": {"input": {"noise_reduction": None}}}
    [event] = run(session, {"type": "session.update", "session": again})
    heard = event["session"]["audio"]["input"]
    assert heard["transcription"]["keywords"] == ["Acme"]
    assert heard["format"] == {"type": "audio/pcmu"}


@pytest.mark.parametrize(
    ("session_settings", "code"),
    [
        (settings("gpt-live-transcribe", languages=[]), "empty_array"),
        (settings("gpt-live-transcribe", languages=None), "invalid_type"),
        (settings("gpt-4o-transcribe", keywords=["a"]), "unsupported_parameter"),
        (settings("gpt-realtime-whisper", prompt="a"), "unsupported_parameter"),
        (settings("gpt-9-transcribe"), "invalid_value"),
        (settings("gpt-live-transcribe", form="audio/mp3"), "invalid_value"),
        ({"type": "transcription", "voice": "alloy"}, "unknown_parameter"),
        ({"audio": {}}, "missing_required_parameter"),
        ({"type": "realtime"}, "invalid_value"),
        (
            settings("gpt-transcribe", turns={"type": "semantic_vad"}),
            "invalid_value",
        ),
    ],
)
def test_a_wrong_update_is_an_error_event(session_settings, code):
    assert refused(session_settings)["code"] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_type"),
        ("{}", "missing_required_parameter"),
        ('{"type": "dance"}', "invalid_value"),
        ('{"type": ["a"]}', "invalid_value"),
        ('{"type": "input_audio_buffer.append"}', "missing_required_parameter"),
        ('{"type": "input_audio_buffer.append", "audio": "%%%"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": 5}', "invalid_type"),
    ],
)
def test_nonsense_is_an_error_event_and_the_session_goes_on(text, code):
    session = updated(settings("gpt-live-transcribe"))
    [event] = session.receive(text).now
    assert event["error"]["code"] == code
    feed(session, spoken(LINE) + SILENCE[:4800])
    assert of_type(run(session, {"type": "input_audio_buffer.commit"}), "committed")


async def test_the_sdk_carries_a_whole_turn(outside):
    client = AsyncOpenAI(
        api_key=accounts.OPENAI_API_KEY,
        base_url=f"{outside.http}/v1",
        websocket_base_url=f"{outside.ws}/v1",
    )
    async with client.realtime.connect(
        extra_query={"intent": "transcription"}
    ) as connection:
        assert (await connection.recv()).type == "session.created"
        await connection.session.update(session=settings("gpt-live-transcribe"))
        assert (await connection.recv()).type == "session.updated"
        data = spoken(LINE) + SILENCE[:2400]
        for at in range(0, len(data), BATCH):
            chunk = base64.b64encode(data[at : at + BATCH]).decode()
            await connection.input_audio_buffer.append(audio=chunk)
        await connection.input_audio_buffer.commit()
        events = []
        async with asyncio.timeout(10):
            async for event in connection:
                events.append(event)
                if event.type.endswith("completed"):
                    break
    assert events[-1].transcript == LINE
    assert len({event.event_id for event in events}) == len(events)


async def test_a_model_in_the_address_makes_a_conversation(outside):
    address = f"{outside.ws}/v1/realtime?intent=transcription&model=gpt-live-transcribe"
    bearer = {"Authorization": f"Bearer {accounts.OPENAI_API_KEY}"}
    async with websockets.connect(address, additional_headers=bearer) as client:
        assert json.loads(await client.recv())["session"]["type"] == "realtime"
        update = {"type": "session.update", "session": settings("gpt-live-transcribe")}
        await client.send(json.dumps(update))
        assert json.loads(await client.recv())["type"] == "error"


async def test_a_stranger_does_not_get_in(outside):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(
            f"{outside.ws}/v1/realtime?intent=transcription",
            additional_headers={"Authorization": "Bearer sk-wrong"},
        )
    assert refusal.value.response.status_code == 401


async def test_the_beta_header_is_turned_away(outside):
    headers = {
        "Authorization": f"Bearer {accounts.OPENAI_API_KEY}",
        "OpenAI-Beta": "realtime=v1",
    }
    async with websockets.connect(
        f"{outside.ws}/v1/realtime?intent=transcription", additional_headers=headers
    ) as client:
        assert json.loads(await client.recv())["type"] == "error"
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd.code == 4000
