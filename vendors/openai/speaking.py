"""One turn of a talk, as the model writes it: words to say and tools to use.

What is said, and what becomes of a tool that is called, is decided elsewhere. Nothing
that is sent is kept by the vendor.
"""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from openai.types.responses import (
    FunctionToolParam,
    ResponseInputItemParam,
    ResponseStreamEvent,
)

from vendors.openai import responses
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import failure


@dataclass(frozen=True, slots=True)
class Said:
    """What the model is told of the talk, in a user's role: data, and no instruction."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model called a tool before; told again together with its `Answered`."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of the call with that id."""

    call_id: str
    output: str


Item = Said | Called | Answered


@dataclass(frozen=True, slots=True)
class Tool:
    """What the model may call.

    `parameters` is the JSON schema of an object, and strict: every property is required,
    and `additionalProperties` is false.
    """

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants a tool used; `arguments` is the JSON of an object."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is complete; how many tokens were read, known from before, and written."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


Piece = TextDelta | ToolCall | Done

# The events of which more than words is read.
_LAST_EVENTS: Final = frozenset({"response.output_item.done", "response.completed"})


async def stream_turn(  # noqa: PLR0913  by keyword only
    config: OpenAIConfig,
    *,
    instructions: str,
    items: Sequence[Item],
    tools: Sequence[Tool] = (),
    person: str,
    model: str = "",
    longest: int = 400,
) -> AsyncGenerator[Piece, None]:
    """The pieces of one turn as they are written; the last one is `Done`.

    `person` is a hash that stands for whoever is served, `longest` is in tokens, no
    `model` is the one for replies. There is at most one `ToolCall`, and there may be no
    piece before `Done`. Raises VendorError, also in the middle; see
    `responses.stream` for its codes. Closing the iterator, or cancelling who waits for
    it, ends the request at once.
    """
    async with aclosing(
        responses.stream(
            config,
            instructions=instructions,
            input=[_as_input(item) for item in items],
            tools=[_as_function(tool) for tool in tools],
            person=person,
            model=model,
            longest=longest,
        )
    ) as events:
        async for event in events:
            if piece := _piece(event):
                yield piece


def _piece(event: ResponseStreamEvent) -> Piece | None:
    if text := responses.words(event):
        return TextDelta(text)
    # Only what is needed is made plain JSON, which takes longer than all the rest.
    if event.type not in _LAST_EVENTS:
        return None
    match responses.fields(event):
        case {
            "type": "response.output_item.done",
            "item": {"type": "function_call"} as item,
        }:
            return _call(item)
        case {"type": "response.completed", "response": {"usage": {} as usage}}:
            return _done(usage)
        case {"type": "response.completed"}:
            return Done()
    return None


def _call(item: Mapping[str, object]) -> ToolCall:
    match item:
        case {
            "call_id": str(call_id),
            "name": str(name),
            "arguments": str(arguments),
        } if _is_object(arguments):
            return ToolCall(call_id, name, arguments)
    raise failure("garbled", "A tool's call was not understood.", retryable=True)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _done(usage: Mapping[str, object]) -> Done:
    details = usage.get("input_tokens_details")
    return Done(
        _count(usage, "input_tokens"),
        _count(details if isinstance(details, dict) else {}, "cached_tokens"),
        _count(usage, "output_tokens"),
    )


def _count(fields: Mapping[str, object], name: str) -> int:
    number = fields.get(name)
    return number if isinstance(number, int) else 0


def _as_input(item: Item) -> ResponseInputItemParam:
    match item:
        case Said(text):
            return {"type": "message", "role": "user", "content": text}
        case Called(call_id, name, arguments):
            return {
                "type": "function_call",
                "call_id": call_id,
                "name": name,
                "arguments": arguments,
            }
        case Answered(call_id, output):
            return {
                "type": "function_call_output",
                "call_id": call_id,
                "output": output,
            }


def _as_function(tool: Tool) -> FunctionToolParam:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": True,
    }
