"""OpenAI's HTTP side, through the vendor's own SDK."""

import asyncio
import io
from typing import Literal

import numpy as np
import openai
import pytest
import soundfile
from openai import AsyncOpenAI
from pydantic import BaseModel

from simulators import accounts, faults, voices


@pytest.fixture
async def client(outside):
    async with AsyncOpenAI(
        api_key=accounts.OPENAI_API_KEY, base_url=f"{outside.http}/v1", max_retries=0
    ) as made:
        yield made


class Quote(BaseModel):
    speaker: Literal["caller", "agent"]
    text: str


class Report(BaseModel):
    summary: str
    disposition: Literal["resolved", "unresolved"]
    quotes: list[Quote]


ASK = {
    "model": "gpt-6-luna",
    "instructions": "Judge the call.",
    "input": "agent: Hello.\ncaller: I forgot my password.",
    "store": False,
}


async def test_a_wrong_key_gets_the_vendors_401(outside):
    async with AsyncOpenAI(
        api_key="sk-wrong-wrong-wrong", base_url=f"{outside.http}/v1", max_retries=0
    ) as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            await stranger.models.list()
    assert refused.value.code == "invalid_api_key"
    assert refused.value.type == "invalid_request_error"


async def test_models_say_when_they_end(client):
    ends = {model.id: model.shutdown_date async for model in client.models.list()}
    assert ends["gpt-4o-mini-tts"] == "2027-01-06"
    assert ends["gpt-6-luna"] is None


async def test_an_unknown_path_is_the_vendors_404(client):
    with pytest.raises(openai.NotFoundError) as refused:
        await client.post("/nothing", cast_to=object)
    assert "Invalid URL (POST /v1/nothing)" in refused.value.message


async def test_structured_output_is_parsed_by_the_sdk(client):
    response = await client.responses.parse(**ASK, text_format=Report)
    assert response.output_parsed.quotes[0].text in ASK["input"]
    assert response.usage.total_tokens > 0


async def test_the_stream_has_the_vendors_events_in_order(client):
    seen = []
    text = ""
    async with client.responses.stream(**ASK) as stream:
        async for event in stream:
            if not seen or seen[-1] != event.type:
                seen.append(event.type)
            if event.type == "response.output_text.delta":
                text += event.delta
        final = await stream.get_final_response()
    assert seen == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert text == final.output_text
    assert "password" in text


async def test_sequence_numbers_count_from_zero(client):
    stream = await client.responses.create(**ASK, stream=True)
    numbers = [event.sequence_number async for event in stream]
    assert numbers == list(range(len(numbers)))


async def test_a_refusal_arrives_as_one(client):
    faults.board.switch_on(faults.Fault("openai", "refuse", left=1))
    response = await client.responses.parse(**ASK, text_format=Report)
    assert response.output_parsed is None
    assert response.output[0].content[0].type == "refusal"


async def test_a_short_limit_leaves_the_answer_incomplete(client):
    response = await client.responses.create(**{**ASK, "max_output_tokens": 16})
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "gpt-7"}, "model_not_found"),
        ({"extra_body": {"colour": "red"}}, "unknown_parameter"),
        ({"reasoning": {"effort": "heroic"}}, "invalid_value"),
        ({"max_output_tokens": 3}, "integer_below_min_value"),
        ({"input": [{"role": "caller", "content": "Hello"}]}, "invalid_value"),
    ],
)
async def test_what_the_vendor_refuses_is_refused(client, change, code):
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(**{**ASK, **change})
    assert refused.value.code == code


async def test_a_rate_limit_is_told_apart_by_the_sdk(client):
    faults.board.switch_on(faults.Fault("openai", "429", left=1))
    with pytest.raises(openai.RateLimitError) as limited:
        await client.responses.create(**ASK)
    assert limited.value.response.headers["retry-after"] == "1"


async def test_embeddings_of_like_texts_lie_near_each_other(client):
    texts = ["How do I get a refund?", "Our refund policy", "Opening hours on Sunday"]
    made = await client.embeddings.create(
        model="text-embedding-3-small", input=texts, dimensions=256
    )
    vectors = np.array([entry.embedding for entry in made.data])
    assert vectors.shape == (3, 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


async def test_embeddings_come_as_numbers_or_base64(client):
    ask = {"model": "text-embedding-3-small", "input": "refund", "dimensions": 8}
    packed = await client.embeddings.create(**ask)
    plain = await client.embeddings.create(**ask, encoding_format="float")
    assert np.allclose(packed.data[0].embedding, plain.data[0].embedding, atol=1e-6)


async def test_speech_streams_what_the_voice_says(client):
    audio = b""
    async with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input="Good morning, this is Ada.",
        response_format="pcm",
    ) as response:
        async for chunk in response.iter_bytes():
            audio += chunk
    said = voices.render("Good morning, this is Ada.", voice="alloy")
    assert np.array_equal(np.frombuffer(audio, "<i2"), said.samples24k)


@pytest.mark.parametrize("name", ["mp3", "opus", "flac"])
async def test_speech_comes_in_containers_too(client, name):
    made = await client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="coral", input="Hello.", response_format=name
    )
    samples, rate = soundfile.read(io.BytesIO(made.content))
    assert rate in {24_000, 48_000}
    assert len(samples) > rate / 5


async def test_streamed_wav_does_not_know_its_length(client):
    made = await client.audio.speech.create(
        model="tts-1", voice="nova", input="Hello.", response_format="wav"
    )
    assert made.content[:4] == b"RIFF"
    assert made.content[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    "change",
    [
        {"input": ""},
        {"input": "a" * 4097},
        {"voice": "Cleo"},
        {"response_format": "aac"},
        {"response_format": "midi"},
        {"speed": 5},
        {"model": "tts-1", "stream_format": "sse"},
    ],
)
async def test_speech_refuses_what_the_vendor_refuses(client, change):
    ask = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello."}
    with pytest.raises(openai.BadRequestError):
        await client.audio.speech.create(**{**ask, **change})


async def test_an_ended_speech_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as refused:
        await client.audio.speech.create(model="tts-9", voice="alloy", input="Hello.")
    assert refused.value.code == "model_not_found"


SPEAK = {"model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "pcm"}
SENTENCE = "Good morning, this is Ada, and I have good news for you."


async def spoken(client, **change):
    """The pieces in which speech came, and its content type."""
    asked = {**SPEAK, "input": SENTENCE, **change}
    async with client.audio.speech.with_streaming_response.create(**asked) as response:
        pieces = [piece async for piece in response.http_response.aiter_raw()]
        return pieces, response.headers["content-type"]


def fail_with(kind, **more):
    faults.board.switch_on(
        faults.Fault("openai", kind, left=1, path="/v1/audio/speech", **more)
    )


async def test_speech_comes_soon_and_bit_by_bit(client):
    clock = asyncio.get_running_loop().time
    began = clock()
    async with client.audio.speech.with_streaming_response.create(
        **SPEAK, input=SENTENCE
    ) as response:
        pieces = response.http_response.aiter_raw()
        arrived = [clock() - began async for _ in pieces]
    seconds = voices.render(SENTENCE, voice="alloy").samples24k.size / 24_000
    assert arrived[0] < 1.0
    assert len(arrived) > 10
    assert 0.08 < (arrived[-1] - arrived[0]) / seconds < 0.8


async def test_speech_can_come_in_thirds_of_a_sample(client):
    fail_with("odd")
    pieces, _ = await spoken(client)
    audio = b"".join(pieces)
    said = voices.render(SENTENCE, voice="alloy").samples24k.astype("<i2").tobytes()
    assert any(len(piece) % 2 for piece in pieces)
    assert audio == said[:-1]


async def test_speech_can_be_garbage(client):
    fail_with("garbage")
    pieces, kind = await spoken(client)
    said = voices.render(SENTENCE, voice="alloy").samples24k
    assert kind == "audio/pcm"
    assert len(b"".join(pieces)) == said.nbytes
    assert b"".join(pieces) != said.tobytes()


async def test_speech_can_be_a_page(client):
    fail_with("html")
    pieces, _ = await spoken(client)
    assert b"".join(pieces).startswith(b"<!doctype html>")


async def test_speech_can_be_nothing_at_all(client):
    fail_with("empty")
    assert await spoken(client) == ([], "audio/pcm")


async def test_speech_can_stop_in_mid_sentence(client):
    fail_with("stall", seconds=30)
    heard = bytearray()

    async def listen():
        async with client.audio.speech.with_streaming_response.create(
            **SPEAK, input=SENTENCE
        ) as response:
            async for piece in response.iter_bytes():
                heard.extend(piece)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listen(), 1.5)
    said = voices.render(SENTENCE, voice="alloy").samples24k
    assert 0 < len(heard) < said.nbytes / 2


async def test_faults_of_speech_leave_the_model_alone(client):
    fail_with("garbage")
    answered = await client.responses.create(**ASK)
    assert "password" in answered.output_text
