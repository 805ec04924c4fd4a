"""Has a reply written by the language model; whether and when is decided elsewhere."""

from collections.abc import AsyncIterator, Iterable

from calls import discretion
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
        input=prompts.conversation(told(lines)),
        person=person_of(sid),
    ):
        text += piece
        yield text


def told(lines: Iterable[Line]) -> list[Line]:
    """What a model may be told of a talk: it has no use for a card number.

    As much of its end as a prompt has room for.
    """
    recent: list[tuple[str, str]] = []
    room = prompts.MOST_CHARACTERS
    for line in reversed(list(lines)):
        recent.append((line.speaker, line.text))
        room -= len(line.text)
        if room < 0:
            break
    covered = discretion.told(reversed(recent), discretion.model_policies())
    return [Line(*each) for each in covered]
