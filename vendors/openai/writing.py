"""Text from a language model: replies as they are written, and reports in a shape.

What is asked for, and what becomes of the answer, is decided elsewhere. Nothing that
is sent is kept by the vendor (`store=False`).
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from openai import pydantic_function_tool
from openai.types.responses import (
    Response,
    ResponseFormatTextJSONSchemaConfigParam,
)
from pydantic import BaseModel

from vendors.openai import clients, responses
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import from_event, translated

Shape = TypeVar("Shape", bound=BaseModel)


async def stream_reply(
    config: OpenAIConfig,
    *,
    instructions: str,
    input: str,  # noqa: A002  the vendor's own word
    person: str,
    longest: int = 300,
) -> AsyncGenerator[str, None]:
    """The pieces of one short text, as they are written.

    `person` is a hash that stands for whoever is served, `longest` is in tokens.
    Raises VendorError, also in the middle; see `responses.stream` for its codes.
    """
    async with aclosing(
        responses.stream(
            config,
            instructions=instructions,
            input=input,
            person=person,
            longest=longest,
        )
    ) as events:
        async for event in events:
            if text := responses.words(event):
                yield text


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
        response = clients.for_workers(config).responses.create(
            model=config.report_model,
            instructions=instructions,
            input=input,
            text={"format": _format(shape)},
            store=False,
            reasoning={"effort": config.report_effort},
            max_output_tokens=longest,
            safety_identifier=person,
            prompt_cache_key=responses.cache_key(instructions),
        )
        if response.status == "failed" and response.error:
            raise from_event(response.error.to_dict())
        # Before it is read: half an answer would only look like a wrong one.
        if response.status == "incomplete":
            raise responses.unfinished()
        if _is_refusal(response):
            raise responses.refusal()
        return shape.model_validate_json(response.output_text)


def _format(shape: type[BaseModel]) -> ResponseFormatTextJSONSchemaConfigParam:
    """The shape as the vendor wants it, strict: every field is required and no other allowed."""
    schema = pydantic_function_tool(shape)["function"]["parameters"]
    return {
        "type": "json_schema",
        "name": shape.__name__,
        "strict": True,
        "schema": schema,
    }


def _is_refusal(response: Response) -> bool:
    return any(
        part.type == "refusal"
        for output in response.output
        if output.type == "message"
        for part in output.content
    )
