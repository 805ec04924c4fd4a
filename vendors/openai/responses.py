"""One streamed response of a language model, event by event; what the events become is
decided by whoever asked.
"""

from collections.abc import AsyncGenerator, Iterable
from hashlib import sha256
from typing import Any

from openai import BaseModel, omit
from openai.types.responses import (
    FunctionToolParam,
    ResponseInputParam,
    ResponseStreamEvent,
)

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import failure, from_event, translated


async def stream(  # noqa: PLR0913  by keyword only
    config: OpenAIConfig,
    *,
    instructions: str,
    input: str | ResponseInputParam,  # noqa: A002  the vendor's own word
    person: str,
    longest: int,
    model: str = "",
    tools: Iterable[FunctionToolParam] = (),
) -> AsyncGenerator[ResponseStreamEvent, None]:
    """The events up to and with "response.completed", which is the last of every answer.

    `person` is a hash that stands for whoever is served, `longest` is in tokens; of the
    tools at most one is called. Raises VendorError, also in the middle: what came until
    then is not an answer. Code "refusal": the model would not; "incomplete": the text did
    not end. Closing the iterator, or cancelling who waits for it, ends the request.
    """
    offered = list(tools)
    with translated():
        response = await clients.for_this_loop(config).responses.create(
            model=model or config.reply_model,
            instructions=instructions,
            input=input,
            tools=offered or omit,
            parallel_tool_calls=False if offered else omit,
            stream=True,
            store=False,
            reasoning={"effort": config.reply_effort},
            max_output_tokens=longest,
            safety_identifier=person,
            prompt_cache_key=cache_key(instructions),
        )
        async with response:
            async for event in response:
                if not isinstance(event, BaseModel):  # the SDK passes on any JSON
                    raise failure("garbled", "This is no event.", retryable=True)
                if trouble := _trouble(event):
                    raise trouble
                yield event
                if event.type == "response.completed":
                    return
        raise unfinished()


def words(event: ResponseStreamEvent) -> str:
    """The text that an event brings, if it brings text."""
    if event.type != "response.output_text.delta":
        return ""
    return event.delta if isinstance(event.delta, str) else ""


def fields(event: ResponseStreamEvent) -> dict[str, Any]:
    """An event as plain JSON: the SDK's classes do not promise that what they name is there."""
    return event.to_dict(warnings=False)


def cache_key(instructions: str) -> str:
    """Requests that begin alike are sent to the machine that has read the beginning."""
    return sha256(instructions.encode()).hexdigest()[:32]


def refusal() -> VendorError:
    """The model would not."""
    return failure("refusal", "The model would not answer.")


def unfinished() -> VendorError:
    """The answer has no end."""
    return failure("incomplete", "The answer was cut short.", retryable=True)


def _trouble(event: ResponseStreamEvent) -> VendorError | None:
    # By its name: of an event that the SDK does not know, the class means nothing.
    match event.type:
        case "response.refusal.delta" | "response.refusal.done":
            return refusal()
        case "response.incomplete":
            return unfinished()
        case "error":
            return from_event(fields(event))
        case "response.failed":
            response = fields(event).get("response")
            return from_event(
                response.get("error") if isinstance(response, dict) else None
            )
    return None
