"""The transcriber, against a server that understands what it is sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.live import (
    Failed,
    Final,
    Lost,
    Partial,
    Restored,
    Transcriber,
    TranscriberEvent,
)
from vendors.tests.conftest import Outside

WORDS = "Hello, my washing machine is leaking water."
MORE = "The order number is four two seven."
QUIET = b"\xff" * 2400

Spoken = Callable[[str], bytes]


class Scene:
    """A running transcriber and what it has told."""

    def __init__(self, transcriber: Transcriber) -> None:
        self.transcriber = transcriber
        self.told: list[TranscriberEvent] = []
        self._more = asyncio.Condition()

    async def read(self) -> None:
        async for event in self.transcriber:
            async with self._more:
                self.told.append(event)
                self._more.notify_all()

    async def until(self, kind: type[TranscriberEvent]) -> None:
        async with asyncio.timeout(15), self._more:
            await self._more.wait_for(
                lambda: any(isinstance(event, kind) for event in self.told)
            )

    async def say(self, item: str, sound: bytes) -> None:
        for start in range(0, len(sound), 800):
            self.transcriber.append(item, sound[start : start + 800])
            await asyncio.sleep(0.01)

    @property
    def finals(self) -> list[tuple[str, str]]:
        return [(e.item, e.text) for e in self.told if isinstance(e, Final)]


@asynccontextmanager
async def scene(config: OpenAIConfig, **options: float) -> AsyncIterator[Scene]:
    scene = Scene(Transcriber(config, **options))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(scene.transcriber.run())
        tasks.create_task(scene.read())
        yield scene
        async with asyncio.timeout(20):
            await scene.transcriber.settled()
        scene.transcriber.close()
    await clients.close()


async def test_words_come_while_they_are_spoken_and_once_in_full(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    sound = QUIET + spoken(WORDS) + QUIET
    async with scene(openai_config) as live:
        await live.say("a", sound)
        live.transcriber.commit("a")
    assert live.finals == [("a", WORDS)]
    partials = [e.text for e in live.told if isinstance(e, Partial)]
    assert partials[0].startswith("Hello")
    assert all(WORDS.startswith(text) for text in partials)


async def test_nothing_is_lost_when_the_socket_drops_in_the_middle_of_a_word(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    first = QUIET + spoken(WORDS) + QUIET
    second = QUIET + spoken(MORE) + QUIET
    async with scene(openai_config) as live:
        await live.say("a", first[:9000])
        outside.fault("openai", "drop", count=1, path="/v1/realtime")
        await live.say("a", first[9000:])
        live.transcriber.commit("a")
        await live.say("b", second)
        live.transcriber.commit("b")
        await live.until(Restored)
    assert live.finals == [("a", WORDS), ("b", MORE)]
    kinds = [type(event) for event in live.told]
    assert kinds.index(Lost) < kinds.index(Restored)


async def test_what_is_said_while_the_vendor_is_away_is_written_down_later(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    sound = QUIET + spoken(WORDS) + QUIET
    outside.fault("openai", "500", path="/v1/realtime")
    async with scene(openai_config) as live:
        await live.until(Lost)
        await live.say("a", sound)
        live.transcriber.commit("a")
        outside.heal()
    assert live.finals == [("a", WORDS)]
    assert [e for e in live.told if isinstance(e, Lost)] == [Lost("500")]


async def test_a_vendor_that_hangs_is_left_and_asked_again(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    sound = QUIET + spoken(WORDS) + QUIET
    outside.fault("openai", "hang", count=1, path="/v1/realtime")
    async with scene(openai_config) as live:
        await live.say("a", sound)
        live.transcriber.commit("a")
        await live.until(Restored)
    assert live.finals == [("a", WORDS)]
    assert Lost("timeout") in live.told


async def test_silence_is_an_empty_text_and_not_a_failure(
    openai_config: OpenAIConfig,
) -> None:
    async with scene(openai_config) as live:
        await live.say("a", QUIET * 2)
        live.transcriber.commit("a")
    assert live.finals == [("a", "")]


async def test_a_discarded_item_is_no_part_of_the_next(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    first = QUIET + spoken(WORDS) + QUIET
    second = QUIET + spoken(MORE) + QUIET
    async with scene(openai_config) as live:
        await live.say("a", first)
        live.transcriber.discard("a")
        await live.say("b", second)
        live.transcriber.commit("b")
    assert live.finals == [("b", MORE)]


async def test_a_wrong_key_is_told_and_does_not_end_the_transcriber(
    openai_config: OpenAIConfig,
) -> None:
    async with scene(replace(openai_config, api_key="sk-wrong")) as live:
        await live.until(Lost)
    assert live.told == [Lost("unauthorised")]


async def test_no_server_at_all_is_told_and_costs_nothing_else(
    openai_config: OpenAIConfig, closed_port: int
) -> None:
    nowhere = replace(openai_config, base_url=f"http://127.0.0.1:{closed_port}/v1")
    async with scene(nowhere) as live:
        await live.until(Lost)
    assert live.told == [Lost("unreachable")]


async def test_too_much_waiting_sound_is_given_up_and_said_so(
    openai_config: OpenAIConfig, closed_port: int
) -> None:
    nowhere = replace(openai_config, base_url=f"http://127.0.0.1:{closed_port}/v1")
    async with scene(nowhere, kept_seconds=1.0) as live:
        live.transcriber.append("a", QUIET * 3)
        live.transcriber.commit("a")
        live.transcriber.append("b", QUIET)
        await live.until(Failed)
    assert Failed("a", "too_much_waiting") in live.told


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-realtime-whisper"])
async def test_both_kinds_of_live_models_take_our_turns(
    openai_config: OpenAIConfig, spoken: Spoken, model: str
) -> None:
    sound = QUIET + spoken(WORDS) + QUIET
    async with scene(replace(openai_config, live_model=model)) as live:
        await live.say("a", sound)
        live.transcriber.commit("a")
    assert live.finals == [("a", WORDS)]
