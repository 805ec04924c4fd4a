"""Speech from the played vendor, and from one that goes wrong in every way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.speech import LONGEST, RATE, SpeechConfig, speak
from vendors.tests.conftest import Outside
from vendors.tests.scripted import Answer, Play, playing

OURS = SpeechConfig(api_key="sk-1", max_retries=0)
SOUND = np.arange(-6000, 6000, dtype="<i2").tobytes()


@pytest.fixture(autouse=True)
async def _no_connection_is_left() -> AsyncIterator[None]:
    yield
    await clients.close()


@pytest.fixture
def simulated(outside: Outside) -> SpeechConfig:
    return replace(OURS, api_key="sk-simulated", base_url=f"{outside.url}/v1")


async def say(config: SpeechConfig, text: str = "Good morning.") -> list[bytes]:
    return [piece async for piece in speak(config, text=text)]


async def say_into(heard: list[bytes], config: SpeechConfig) -> None:
    async for piece in speak(config, text="Hello."):
        heard.append(piece)  # noqa: PERF401  what came before an error counts


def sounding(*chunks: bytes, content_type: str = "audio/pcm") -> Play:
    async def play(answer: Answer) -> None:
        await answer.begin(content_type)
        for chunk in chunks:
            await answer.send(chunk)
            await asyncio.sleep(0.01)

    return play


async def silent(answer: Answer) -> None:
    await answer.hang()


async def dumb(answer: Answer) -> None:
    await answer.begin("audio/pcm")
    await answer.hang()


async def stuck(answer: Answer) -> None:
    await answer.begin("audio/pcm")
    await answer.send(SOUND)
    await answer.hang()


async def cut(answer: Answer) -> None:
    await answer.begin("audio/pcm")
    await answer.send(SOUND)
    await asyncio.sleep(0.05)
    answer.drop()


async def cut_at_once(answer: Answer) -> None:
    await answer.begin("audio/pcm")
    answer.drop()


async def busy(answer: Answer) -> None:
    answer.response.set_status(429)
    await answer.begin("application/json", **{"retry-after": "0.1"})
    await answer.send(b'{"error":{"message":"Slower.","code":"rate_limit_exceeded"}}')


async def busy_for_long(answer: Answer) -> None:
    answer.response.set_status(429)
    await answer.begin("application/json", **{"retry-after": "20"})
    await answer.send(b'{"error":{"message":"Slower.","code":"rate_limit_exceeded"}}')


async def test_speech_comes_in_whole_samples(simulated: SpeechConfig) -> None:
    pieces = await say(simulated)
    assert pieces
    assert all(pieces)
    assert all(len(piece) % 2 == 0 for piece in pieces)
    sound = np.frombuffer(b"".join(pieces), "<i2")
    assert 0.3 < sound.size / RATE < 3
    assert np.abs(sound).max() > 3000


@pytest.mark.parametrize("size", [1, 2, 3, 7, 999, 4801, 24_000])
async def test_however_it_is_cut_it_is_the_same_sound(size: int) -> None:
    sound = SOUND[: min(len(SOUND), 40 * size) & ~1]
    chunks = [sound[at : at + size] for at in range(0, len(sound), size)]
    async with playing(sounding(*chunks)) as vendor:
        pieces = await say(replace(OURS, base_url=vendor.url))
    assert b"".join(pieces) == sound
    assert all(len(piece) % 2 == 0 for piece in pieces)


async def test_half_a_sample_at_the_end_is_left_out() -> None:
    async with playing(sounding(SOUND + b"\x01")) as vendor:
        pieces = await say(replace(OURS, base_url=vendor.url))
    assert b"".join(pieces) == SOUND


async def test_what_is_asked_is_what_such_endpoints_know() -> None:
    async with playing(sounding(SOUND)) as vendor:
        config = replace(OURS, base_url=vendor.url, model="assemblyai-tts-1")
        [piece async for piece in speak(config, text="Hello.", voice="aai-jane")]
        await say(config, "Bye.")
    first, second = vendor.asked
    assert first == {
        "path": "/v1/audio/speech",
        "model": "assemblyai-tts-1",
        "voice": "aai-jane",
        "input": "Hello.",
        "response_format": "pcm",
    }
    assert second["voice"] == "alloy"


async def test_the_first_sound_does_not_wait_for_the_rest() -> None:
    async with playing(stuck) as vendor:
        pieces = speak(replace(OURS, base_url=vendor.url), text="Hello.")
        async with aclosing(pieces):
            assert await asyncio.wait_for(anext(pieces), 2)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("429", "rate_limit_exceeded"), ("500", "500"), ("drop", "unreachable")],
)
async def test_the_vendor_s_own_failures_keep_their_names(
    outside: Outside, simulated: SpeechConfig, kind: str, code: str
) -> None:
    outside.fault("openai", kind, seconds=0.01)
    with pytest.raises(VendorError) as caught:
        await say(replace(simulated, vendor="assemblyai"))
    assert (caught.value.vendor, caught.value.code) == ("assemblyai", code)
    assert caught.value.retryable


HTML = b"<!DOCTYPE html><h1>Sign in</h1>"


@pytest.mark.parametrize(
    ("play", "code"),
    [
        (silent, "timeout"),
        (dumb, "timeout"),
        (stuck, "stalled"),
        (cut, "unreachable"),
        (cut_at_once, "unreachable"),
        (sounding(), "empty"),
        (sounding(b"\x00"), "empty"),
        (sounding(HTML, content_type="text/html"), "garbled"),
        (sounding(b'{"status":"ok"}', content_type="application/json"), "garbled"),
        (sounding(content_type="application/json"), "garbled"),
        (sounding(HTML), "garbled"),
        (sounding(b"RI", b"FF\xff\xff\xff\xffWAVEfmt "), "garbled"),
        (sounding(b"ID3\x04" + bytes(100)), "garbled"),
    ],
)
async def test_what_is_no_speech_is_told_by_name(play: Play, code: str) -> None:
    async with playing(play) as vendor:
        config = replace(OURS, first_byte_timeout=0.4, stall_timeout=0.4)
        with pytest.raises(VendorError) as caught:
            await say(replace(config, base_url=vendor.url))
    assert (caught.value.code, caught.value.retryable) == (code, True)


@pytest.mark.parametrize("play", [silent, dumb, cut_at_once, busy, sounding()])
async def test_before_the_first_sound_it_is_asked_again(play: Play) -> None:
    async with playing(play, sounding(SOUND)) as vendor:
        config = replace(OURS, first_byte_timeout=0.4, max_retries=1)
        pieces = await say(replace(config, base_url=vendor.url))
    assert b"".join(pieces) == SOUND
    assert len(vendor.asked) == 2


@pytest.mark.parametrize(("play", "code"), [(cut, "unreachable"), (stuck, "stalled")])
async def test_what_was_begun_is_not_begun_again(play: Play, code: str) -> None:
    async with playing(play, sounding(SOUND)) as vendor:
        config = replace(OURS, stall_timeout=0.3, max_retries=2)
        heard: list[bytes] = []
        with pytest.raises(VendorError) as caught:
            await say_into(heard, replace(config, base_url=vendor.url))
    assert caught.value.code == code
    assert b"".join(heard) == SOUND
    assert len(vendor.asked) == 1


async def test_a_vendor_that_wants_a_long_pause_is_not_waited_for() -> None:
    async with playing(busy_for_long) as vendor:
        config = replace(OURS, base_url=vendor.url, max_retries=3)
        with pytest.raises(VendorError) as caught:
            await say(config)
    assert caught.value.retry_after == 20
    assert len(vendor.asked) == 1


async def test_a_wrong_key_is_asked_with_once(simulated: SpeechConfig) -> None:
    with pytest.raises(VendorError) as caught:
        await say(replace(simulated, api_key="sk-wrong", max_retries=3))
    assert not caught.value.retryable


async def test_no_key_is_said_before_anything_is_sent() -> None:
    with pytest.raises(VendorError) as caught:
        await say(replace(OURS, api_key="", vendor="assemblyai"))
    assert (caught.value.vendor, caught.value.code) == ("assemblyai", "not_configured")


async def test_nobody_is_there(closed_port: int) -> None:
    with pytest.raises(VendorError) as caught:
        await say(replace(OURS, base_url=f"http://127.0.0.1:{closed_port}/v1"))
    assert caught.value.code == "unreachable"


async def test_a_text_that_is_too_long_is_the_caller_s_mistake() -> None:
    async with playing(sounding(SOUND)) as vendor:
        config = replace(OURS, base_url=vendor.url)
        with pytest.raises(ValueError, match="4097"):
            await say(config, "a" * (LONGEST + 1))
        assert await say(config, "a" * LONGEST)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("play", [silent, dumb, stuck])
async def test_cancelled_speech_hangs_up_at_once(play: Play) -> None:
    async with playing(play) as vendor, asyncio.TaskGroup() as tasks:
        config = replace(OURS, stall_timeout=30, first_byte_timeout=30)
        task = tasks.create_task(say(replace(config, base_url=vendor.url)))
        await vendor.came.wait()
        await asyncio.sleep(0.2)
        before = time.monotonic()
        task.cancel()
        await asyncio.wait_for(vendor.left.wait(), 5)
        assert time.monotonic() - before < 0.2
