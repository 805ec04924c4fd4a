"""A turn of the talk, from the played vendor and from one that plays by the byte."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.speaking import (
    Answered,
    Called,
    Done,
    Piece,
    Said,
    TextDelta,
    Tool,
    ToolCall,
    stream_turn,
)
from vendors.tests.conftest import Outside
from vendors.tests.scripted import Answer, Play, playing

TALK = Said("""<conversation>
{"speaker":"caller","text":"My order is late."}
</conversation>""")
END_CALL = Tool(
    "end_call",
    "End the call.",
    {
        "type": "object",
        "properties": {"reason": {"type": "string"}},
        "required": ["reason"],
        "additionalProperties": False,
    },
)
OURS = OpenAIConfig(api_key="sk-1", reply_timeout=1.0, max_retries=0)
USAGE = {
    "input_tokens": 30,
    "input_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 37,
}
COMPLETED = {"type": "response.completed", "response": {"id": "r", "usage": USAGE}}


@pytest.fixture(autouse=True)
async def _no_connection_is_left() -> AsyncIterator[None]:
    yield
    await clients.close()


def delta(text: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "item_id": "m", "delta": text}


def call(**fields: object) -> dict[str, Any]:
    item = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "end_call",
        "arguments": '{"reason":"bye"}',
        "status": "completed",
    }
    return {
        "type": "response.output_item.done",
        "output_index": 0,
        "item": {**item, **fields},
    }


def saying(*events: object) -> Play:
    async def play(answer: Answer) -> None:
        await answer.begin("text/event-stream")
        await answer.events(*events)

    return play


async def turn(config: OpenAIConfig, **more: Any) -> list[Piece]:
    given = {"items": [TALK], "tools": [END_CALL], **more}
    pieces = stream_turn(config, instructions="Help callers.", person="p" * 64, **given)
    return [piece async for piece in pieces]


async def test_the_words_come_one_by_one_and_then_the_end(
    openai_config: OpenAIConfig,
) -> None:
    *words, done = await turn(openai_config, tools=[])
    assert len(words) > 3
    assert all(isinstance(piece, TextDelta) for piece in words)
    assert isinstance(done, Done)
    assert done.output_tokens > 0


async def test_a_tool_is_called_after_the_words() -> None:
    async with playing(saying(delta("Good "), delta("bye."), call(), COMPLETED)) as v:
        pieces = await turn(replace(OURS, base_url=v.url))
    assert pieces == [
        TextDelta("Good "),
        TextDelta("bye."),
        ToolCall("call_1", "end_call", '{"reason":"bye"}'),
        Done(30, 20, 7),
    ]


async def test_what_is_asked_is_what_the_vendor_knows() -> None:
    items = [TALK, Called("call_1", "end_call", "{}"), Answered("call_1", "Not yet.")]
    async with playing(saying(COMPLETED)) as vendor:
        await turn(replace(OURS, base_url=vendor.url), items=items, model="gpt-x")
    (asked,) = vendor.asked
    assert len(asked.pop("prompt_cache_key")) == 32
    assert asked == {
        "path": "/v1/responses",
        "model": "gpt-x",
        "instructions": "Help callers.",
        "input": [
            {"type": "message", "role": "user", "content": TALK.text},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "end_call",
                "arguments": "{}",
            },
            {
                "type": "function_call_output",
                "call_id": "call_1",
                "output": "Not yet.",
            },
        ],
        "tools": [
            {
                "type": "function",
                "name": "end_call",
                "description": "End the call.",
                "parameters": END_CALL.parameters,
                "strict": True,
            }
        ],
        "parallel_tool_calls": False,
        "stream": True,
        "store": False,
        "reasoning": {"effort": "none"},
        "max_output_tokens": 400,
        "safety_identifier": "p" * 64,
    }


async def test_without_tools_nothing_is_said_of_tools() -> None:
    async with playing(saying(COMPLETED)) as vendor:
        assert await turn(replace(OURS, base_url=vendor.url), tools=[]) == [
            Done(30, 20, 7)
        ]
    assert not {"tools", "parallel_tool_calls"} & set(vendor.asked[0])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("429", "rate_limit_exceeded"),
        ("500", "500"),
        ("hang", "timeout"),
        ("drop", "unreachable"),
        ("refuse", "refusal"),
    ],
)
async def test_a_turn_that_fails_says_how(
    outside: Outside, openai_config: OpenAIConfig, kind: str, code: str
) -> None:
    outside.fault("openai", kind)
    with pytest.raises(VendorError) as caught:
        await turn(replace(openai_config, reply_timeout=1.0))
    assert (caught.value.vendor, caught.value.code) == ("openai", code)
    assert caught.value.retryable is (kind != "refuse")


FAILED = {"code": "server_error", "message": "Sorry."}


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([{"type": "error", **FAILED}], "server_error"),
        ([{"type": "response.failed", "response": {"error": FAILED}}], "server_error"),
        ([{"type": "response.failed", "response": {"error": None}}], "error"),
        ([{"type": "response.refusal.delta", "delta": "No"}], "refusal"),
        ([{"type": "response.incomplete", "response": {}}], "incomplete"),
        ([], "incomplete"),
        ([call(arguments='{"reason":')], "garbled"),
        ([call(arguments="[]"), COMPLETED], "garbled"),
        ([call(arguments=None), COMPLETED], "garbled"),
        ([call(call_id=None), COMPLETED], "garbled"),
        ([call(name=7), COMPLETED], "garbled"),
        ([[]], "garbled"),
        ([None], "garbled"),
        (["response.completed"], "garbled"),
    ],
)
async def test_what_goes_wrong_in_the_middle_is_told(events: list, code: str) -> None:
    async with playing(saying(delta("Good "), *events)) as vendor:
        config = replace(OURS, base_url=vendor.url)
        pieces = stream_turn(config, instructions="Help.", items=[TALK], person="p")
        assert await anext(pieces) == TextDelta("Good ")
        with pytest.raises(VendorError) as caught:
            await anext(pieces)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "response.dream.delta", "delta": "zzz"},
        {"type": "response.output_item.done", "item": {"type": "dream", "id": "d"}},
        {"type": "response.output_item.done", "item": None},
        {"type": "response.output_text.delta"},
        {"type": "response.output_text.delta", "delta": 7},
        {"delta": "no type"},
    ],
)
async def test_events_that_nobody_knows_yet_are_let_by(odd: object) -> None:
    async with playing(saying(odd, delta("Bye."), COMPLETED)) as vendor:
        pieces = await turn(replace(OURS, base_url=vendor.url))
    assert pieces == [TextDelta("Bye."), Done(30, 20, 7)]


@pytest.mark.parametrize(
    "response", [None, {}, {"usage": None}, {"usage": {"input_tokens": None}}]
)
async def test_an_end_without_figures_is_an_end(response: object) -> None:
    completed = {"type": "response.completed", "response": response}
    async with playing(saying(completed)) as vendor:
        assert await turn(replace(OURS, base_url=vendor.url)) == [Done()]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/html", b"<!DOCTYPE html><h1>Welcome</h1>", "incomplete"),
        ("text/event-stream", b"data: {broken\n\n", "garbled"),
        ("text/event-stream", b"data: \xff\xfe\n\n", "garbled"),
    ],
)
async def test_garbage_is_no_turn(content_type: str, body: bytes, code: str) -> None:
    async def play(answer: Answer) -> None:
        await answer.begin(content_type)
        await answer.send(body)

    async with playing(play) as vendor:
        with pytest.raises(VendorError) as caught:
            await turn(replace(OURS, base_url=vendor.url))
    assert caught.value.code == code


async def stuck(answer: Answer) -> None:
    await answer.begin("text/event-stream")
    await answer.events(delta("Well, "))
    await answer.hang()


async def test_a_vendor_that_falls_silent_is_given_up() -> None:
    async with playing(stuck) as vendor:
        with pytest.raises(VendorError) as caught:
            await turn(replace(OURS, base_url=vendor.url, reply_timeout=0.3))
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)


async def test_a_cancelled_turn_hangs_up_at_once() -> None:
    begun = asyncio.Event()

    async def listen(config: OpenAIConfig) -> None:
        async for _ in stream_turn(
            config, instructions="Help.", items=[TALK], person="p"
        ):
            begun.set()

    async with playing(stuck) as vendor, asyncio.TaskGroup() as tasks:
        config = replace(OURS, base_url=vendor.url, reply_timeout=30)
        task = tasks.create_task(listen(config))
        await asyncio.wait_for(begun.wait(), 5)
        before = time.monotonic()
        task.cancel()
        await asyncio.wait_for(vendor.left.wait(), 5)
        assert time.monotonic() - before < 0.2


async def test_a_closed_turn_hangs_up_at_once() -> None:
    async with playing(stuck) as vendor:
        config = replace(OURS, base_url=vendor.url, reply_timeout=30)
        async with aclosing(
            stream_turn(config, instructions="Help.", items=[TALK], person="p")
        ) as pieces:
            assert await anext(pieces) == TextDelta("Well, ")
        await asyncio.wait_for(vendor.left.wait(), 0.2)
