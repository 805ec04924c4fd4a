"""Has a reply written by the language model; whether and when is decided elsewhere."""

from collections.abc import AsyncIterator, Iterable

from copilot import prompts
from copilot.clients import person_of
from copilot.vocabulary import Line
from vendors.openai.config import OpenAIConfig
from vendors.openai.writing import stream_reply


async def write(
    config: OpenAIConfig, *, lines: Iterable[Line], sid: str
) -> AsyncIterator[str]:
    """The whole text so far, again with each piece that comes. Raises VendorError."""
    text = ""
    async for piece in stream_reply(
        config,
        instructions=prompts.SUGGESTION,
        input=prompts.conversation(lines),
        person=person_of(sid),
    ):
        text += piece
        yield text
