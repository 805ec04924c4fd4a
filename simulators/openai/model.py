"""The played language model: reads a request and answers from what it finds there,
always the same for the same request; it knows no sockets and no time.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from simulators.openai import replies
from simulators.openai.conversation import Line, Prompt, read
from simulators.openai.knowledge import Exchange
from simulators.openai.questions import find
from simulators.openai.replies import Situation
from simulators.openai.schemas import Schema
from simulators.openai.writer import Writer

REFUSAL = "I'm sorry, but I can't assist with that request."
GARBAGE = '{"unexpected": "This is not what the schema asks for."'


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the model sees of a request, and how it shall misbehave, if at all."""

    messages: tuple[Message, ...]
    instructions: str = ""
    schema: Schema | None = None
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    refused: bool = False


def answer(request: Request, known: tuple[Exchange, ...] = ()) -> Answer:
    """The model's whole answer."""
    if request.mode == "refuse":
        return Answer(REFUSAL, refused=True)
    if request.mode == "garbage":
        return Answer(GARBAGE)
    prompt = understood(request.messages)
    situation = Situation(prompt.lines, prompt.rest, known)
    if request.schema is None:
        return Answer(replies.suggest(situation))
    asked = find((*request.instructions.splitlines(), *prompt.rest))
    writer = Writer(
        request.schema, situation, asked, fabricate=request.mode == "fabricate"
    )
    return Answer(json.dumps(writer.write(), ensure_ascii=False))


def understood(messages: tuple[Message, ...]) -> Prompt:
    """The conversation in the prompt; the chat itself where the prompt holds none."""
    whole = read("\n".join(m.text for m in messages if m.role != "assistant"))
    if whole.lines or len(messages) < 2:
        return whole if whole.lines else _alone(messages, whole)
    roles = {"user": "caller", "assistant": "agent"}
    lines = tuple(Line(roles[m.role], m.text) for m in messages if m.role in roles)
    return Prompt(lines, whole.rest)


def _alone(messages: tuple[Message, ...], whole: Prompt) -> Prompt:
    """A single short message is the caller's last line; a long one is only context."""
    if len(messages) == 1 and 0 < len(messages[0].text) < 300 and len(whole.rest) == 1:
        return Prompt((Line("caller", messages[0].text.strip()),), ())
    return whole


def pieces(text: str) -> list[str]:
    """The text cut as a model would stream it: about a word at a time."""
    return re.findall(r"\s*\S{1,12}|\s+", text)


def tokens(text: str) -> int:
    return max(1, (len(text) + 3) // 4)


def messages(given: Any) -> tuple[Message, ...]:  # noqa: ANN401  a request's input
    """The messages of a Responses input: a string, or items with text parts."""
    if isinstance(given, str):
        return (Message("user", given),)
    return tuple(
        Message(str(item.get("role", "user")), _text(item.get("content", "")))
        for item in given
        if isinstance(item, dict) and item.get("type", "message") == "message"
    )


def _text(content: Any) -> str:  # noqa: ANN401  a message's content
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content)
