"""AssemblyAI's voice through OpenAI's SDK: another address, key, model and voice."""

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI

from simulators import accounts, faults, voices

SPEAK = {
    "model": "assemblyai-tts-1",
    "voice": "aai-jane",
    "input": "Good morning, this is Mia.",
    "response_format": "pcm",
}


def at(outside, key=accounts.ASSEMBLYAI_API_KEY):
    return AsyncOpenAI(api_key=key, base_url=f"{outside.http}/v1/openai", max_retries=0)


async def spoken(client, **change):
    asked = SPEAK | change
    async with client.audio.speech.with_streaming_response.create(**asked) as response:
        return b"".join([piece async for piece in response.iter_bytes()])


async def test_it_speaks_as_openai_does(outside):
    async with at(outside) as client:
        audio = await spoken(client)
        again = await spoken(
            client, voice="alloy", model="assemblyai/assemblyai-tts-en"
        )
    said = voices.render(SPEAK["input"], voice="aai-jane")
    assert np.array_equal(np.frombuffer(audio, "<i2"), said.samples24k)
    assert again == audio


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "tts-1"}, "model_not_found"),
        ({"voice": "somebody"}, "voice_not_found"),
        ({"input": ""}, "empty_string"),
        ({"volume": 11}, "unknown_parameter"),
    ],
)
async def test_what_it_does_not_know_is_refused(outside, change, code):
    async with at(outside) as client:
        extra = {"extra_body": change} if "volume" in change else change
        with pytest.raises(openai.BadRequestError) as refused:
            await client.audio.speech.create(**SPEAK | extra)
    assert refused.value.code == code


async def test_openais_key_does_not_open_it(outside):
    async with at(outside, accounts.OPENAI_API_KEY) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.audio.speech.create(**SPEAK)


async def test_its_faults_are_its_own(outside):
    faults.board.switch_on(faults.Fault("assemblyai", "empty", left=1))
    faults.board.switch_on(faults.Fault("openai", "500"))
    async with at(outside) as client:
        assert await spoken(client) == b""
        assert await spoken(client) != b""
        faults.board.switch_on(faults.Fault("assemblyai", "500", left=1))
        with pytest.raises(openai.InternalServerError):
            await spoken(client)
