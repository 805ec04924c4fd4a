"""Streaming v3, without its socket and through the vendor's own SDK."""

import asyncio
import json

import pytest
import websockets
from assemblyai.streaming.v3 import (
    StreamingClient,
    StreamingClientOptions,
    StreamingEvents,
    StreamingParameters,
)

from audio import mulaw
from simulators import accounts, voices
from simulators.assemblyai.streaming import ClosedError, Session, settings
from simulators.tests.outside import running

LINE = "Good morning, my lamp is broken and I would like a refund."
BATCH = 800
SILENCE = mulaw.SILENCE * 8000
QUERY = {
    "sample_rate": "8000",
    "encoding": "pcm_mulaw",
    "speech_model": "universal-3-5-pro",
    "format_turns": "True",
}


def opened(**query):
    return Session(settings({**QUERY, **query}), 1000.0)


def feed(session, data):
    return [
        event
        for at in range(0, len(data), BATCH)
        for event in session.audio(data[at : at + BATCH].ljust(BATCH, b"\xff"))
    ]


def turns(events, *, final):
    return [e for e in events if e["type"] == "Turn" and e["end_of_turn"] is final]


def spoken(text=LINE):
    return voices.render(text, voice="caller").mulaw


def test_a_turn_grows_and_ends():
    events = feed(opened(), SILENCE + spoken() + SILENCE + SILENCE)
    assert events[0]["type"] == "SpeechStarted"
    partial = turns(events, final=False)
    assert len(partial) > 2
    assert LINE.startswith(partial[0]["transcript"])
    [final] = turns(events, final=True)
    assert final["transcript"] == LINE
    assert final["turn_is_formatted"] is True
    assert final["words"][0]["start"] >= 900


def test_older_models_end_a_turn_twice():
    session = opened(speech_model="universal-streaming-english")
    bare, formatted = turns(feed(session, spoken() + SILENCE + SILENCE), final=True)
    assert bare["turn_order"] == formatted["turn_order"]
    assert bare["transcript"] == LINE.lower().replace(",", "").replace(".", "")
    assert formatted["transcript"] == LINE


def test_turns_are_numbered():
    pause = SILENCE + SILENCE
    events = feed(opened(), spoken() + pause + spoken("Thank you.") + pause)
    assert [e["turn_order"] for e in turns(events, final=True)] == [0, 1]


def test_an_endpoint_can_be_forced():
    session = opened()
    feed(session, spoken() + SILENCE[:1600])
    sent = session.message('{"type": "ForceEndpoint"}', 1001.0)
    assert [event["transcript"] for event in sent] == [LINE]


def test_terminate_ends_with_what_was_billed():
    session = opened()
    feed(session, SILENCE)
    [event] = session.message('{"type": "Terminate"}', 1003.0)
    assert event == {
        "type": "Termination",
        "audio_duration_seconds": 1,
        "session_duration_seconds": 3,
    }
    assert session.ended


@pytest.mark.parametrize("size", [160, 8001])
def test_a_message_must_last_50_to_1000_milliseconds(size):
    with pytest.raises(ClosedError) as closed:
        opened().audio(b"\xff" * size)
    assert closed.value.code == 3007


@pytest.mark.parametrize(
    "query",
    [
        {"speech_model": "best"},
        {"encoding": "mp3"},
        {"sample_rate": "fast"},
        {"min_turn_silence": "long"},
    ],
)
def test_a_wrong_query_is_refused(query):
    with pytest.raises(ClosedError) as closed:
        opened(**query)
    assert closed.value.code == 3006


def test_a_missing_model_is_refused():
    with pytest.raises(ClosedError, match="speech_model is required"):
        settings({"sample_rate": "8000"})


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "Dance"}'])
def test_nonsense_ends_the_session(text):
    with pytest.raises(ClosedError) as closed:
        opened().message(text, 1001.0)
    assert closed.value.code == 3006


def test_the_sdk_carries_a_whole_turn(tmp_path):
    """The SDK's own client runs in threads, so the server has a loop of its own."""

    async def scene():
        async with running(tmp_path) as outside:
            return await asyncio.to_thread(talk, outside.ws)

    heard = asyncio.run(scene())
    assert heard["errors"] == []
    assert heard["begun"] == 1
    assert heard["turns"][-1] == LINE
    assert heard["terminated"] == 1


def talk(address):
    heard = {"turns": [], "errors": [], "begun": 0, "terminated": 0}
    client = StreamingClient(
        StreamingClientOptions(
            api_key=accounts.ASSEMBLYAI_API_KEY, api_host=address, connect_timeout=5
        )
    )

    def count(name):
        heard[name] += 1

    client.on(StreamingEvents.Begin, lambda _, e: count("begun"))
    client.on(StreamingEvents.Termination, lambda _, e: count("terminated"))
    client.on(StreamingEvents.Error, lambda _, e: heard["errors"].append(str(e)))
    client.on(StreamingEvents.Turn, lambda _, e: heard["turns"].append(e.transcript))
    client.connect(
        StreamingParameters(
            sample_rate=8000,
            encoding="pcm_mulaw",
            speech_model="universal-3-5-pro",
            format_turns=True,
        )
    )
    data = spoken() + SILENCE
    for at in range(0, len(data) - BATCH, BATCH):
        client.stream(data[at : at + BATCH])
    client.disconnect(terminate=True)
    return heard


async def test_short_messages_close_with_3007(outside):
    query = "&".join(f"{key}={value}" for key, value in QUERY.items())
    async with websockets.connect(
        f"{outside.ws}/v3/ws?{query}",
        additional_headers={"Authorization": accounts.ASSEMBLYAI_API_KEY},
    ) as client:
        assert json.loads(await client.recv())["type"] == "Begin"
        await client.send(b"\xff" * 160)
        error = json.loads(await client.recv())
        assert (error["type"], error["error_code"]) == ("Error", 3007)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd.code == 3007


async def test_a_stranger_does_not_get_in(outside):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(f"{outside.ws}/v3/ws?speech_model=universal-3-5-pro")
    assert refusal.value.response.status_code == 401
