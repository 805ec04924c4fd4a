"""Text from a language model: replies as they are written, and reports in a shape.

What is asked for, and what becomes of the answer, is decided elsewhere. Nothing that
is sent is kept by the vendor (`store=False`).
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import TypeVar

from openai.types.responses import ParsedResponse
from pydantic import BaseModel

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import failure, from_event, translated

Shape = TypeVar("Shape", bound=BaseModel)


async def stream_reply(
    config: OpenAIConfig,
    *,
    instructions: str,
    input: str,  # noqa: A002  the vendor's own word
    person: str,
    longest: int = 300,
) -> AsyncIterator[str]:
    """The pieces of one short text, as they are written.

    `person` is a hash that stands for whoever is served, `longest` is in tokens.
    Raises VendorError, also in the middle: what came until then is not an answer.
    Code "refusal": the model would not; "incomplete": the text did not end.
    """
    with translated():
        client = clients.for_this_loop(config)
        stream = await client.responses.create(
            model=config.reply_model,
            instructions=instructions,
            input=input,
            stream=True,
            store=False,
            reasoning={"effort": config.reply_effort},
            max_output_tokens=longest,
            safety_identifier=person,
            prompt_cache_key=_cache_key(instructions),
        )
        async with stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    yield event.delta
                elif event.type == "response.completed":
                    return
                elif trouble := _trouble(event.type, event.to_dict()):
                    raise trouble
        raise _unfinished()


def answer(
    config: OpenAIConfig,
    *,
    instructions: str,
    input: str,  # noqa: A002  the vendor's own word
    shape: type[Shape],
    person: str,
    longest: int = 4000,
) -> Shape:
    """An answer in the given shape. Blocking: for workers. Raises VendorError."""
    with translated():
        response = clients.for_workers(config).responses.parse(
            model=config.report_model,
            instructions=instructions,
            input=input,
            text_format=shape,
            store=False,
            reasoning={"effort": config.report_effort},
            max_output_tokens=longest,
            safety_identifier=person,
            prompt_cache_key=_cache_key(instructions),
        )
    if response.status == "failed" and response.error:
        raise from_event(response.error.to_dict())
    if response.output_parsed is None:
        raise _refusal(response) or _unfinished()
    return response.output_parsed


def _cache_key(instructions: str) -> str:
    # Requests that begin alike are sent to the machine that has read the beginning.
    return sha256(instructions.encode()).hexdigest()[:32]


def _trouble(kind: str, event: dict[str, object]) -> VendorError | None:
    match kind:
        case "response.refusal.delta" | "response.refusal.done":
            return failure("refusal", "The model would not answer.")
        case "response.incomplete":
            return _unfinished()
        case "error":
            return from_event(event)
        case "response.failed":
            response = event.get("response")
            return from_event(
                response.get("error") if isinstance(response, dict) else None
            )
    return None


def _refusal(response: ParsedResponse[Shape]) -> VendorError | None:
    refused = any(
        part.type == "refusal"
        for output in response.output
        if output.type == "message"
        for part in output.content
    )
    return failure("refusal", "The model would not answer.") if refused else None


def _unfinished() -> VendorError:
    return failure("incomplete", "The answer was cut short.", retryable=True)
