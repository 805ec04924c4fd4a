"""The played language model: reads a request and answers from what it finds there,
always the same for the same request; it knows no sockets and no time.
"""

import json
import re
from dataclasses import dataclass, replace

from simulators.openai import arguments, deeds, gullible, replies, wishes
from simulators.openai.conversation import Line, Prompt, last_words, read
from simulators.openai.items import Called, Message
from simulators.openai.knowledge import Exchange
from simulators.openai.questions import find
from simulators.openai.replies import Situation
from simulators.openai.schemas import Schema
from simulators.openai.tools import NOTHING, Offer, Tool
from simulators.openai.writer import Writer

REFUSAL = "I'm sorry, but I can't assist with that request."
GARBAGE = '{"unexpected": "This is not what the schema asks for."'


@dataclass(frozen=True, slots=True)
class Request:
    """What the model sees of a request, and how it shall misbehave, if at all."""

    messages: tuple[Message, ...]
    instructions: str = ""
    schema: Schema | None = None
    mode: str = ""
    offer: Offer = NOTHING
    outcomes: tuple[Called, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A function that the model calls, its arguments as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and what it calls after that."""

    text: str
    refused: bool = False
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A request as the model understands it."""

    situation: Situation
    whispers: tuple[str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.situation.lines

    @property
    def language(self) -> str:
        return replies.language(self.lines)

    @property
    def source(self) -> arguments.Source:
        """What the arguments of a call are made of."""
        heard = [line.text for line in self.lines if line.speaker == "caller"]
        last = last_words(self.lines) or " ".join(heard[-1:])
        context = "\n".join((*self.situation.rest, *self.whispers))
        return arguments.Source(last, " ".join(heard), context)


def answer(request: Request, known: tuple[Exchange, ...] = ()) -> Answer:
    """The model's whole answer."""
    if request.mode == "refuse":
        return Answer(REFUSAL, refused=True)
    if request.mode == "garbage":
        return Answer(GARBAGE)
    seen = seen_in(request, known)
    if misbehaved := _misbehaved(request, seen):
        return misbehaved
    called = () if request.outcomes else _called(request.offer, seen)
    if called:
        return Answer(deeds.before(called, seen.language), calls=_calls(called, seen))
    if request.schema is not None:
        return Answer(_filled(request, request.schema, seen.situation))
    return Answer(_spoken(request, seen))


def _misbehaved(request: Request, seen: Understood) -> Answer | None:
    """What a model answers that obeys the caller, rambles, or speaks another language.

    Only in a conversation: what it fills in a form is as good as ever.
    """
    if request.schema is not None:
        return None
    match request.mode:
        case "obey":
            return _obedient(request, seen)
        case "ramble":
            return Answer(gullible.ramble(seen.lines))
        case "wrong_language":
            return Answer(gullible.wrong_language(seen.lines))
    return None


def _obedient(request: Request, seen: Understood) -> Answer | None:
    if request.outcomes or not last_words(seen.lines):
        return None
    ordered = gullible.calls(request.offer.tools, seen.source)
    said = gullible.words(seen.lines, request.instructions)
    if not ordered and said is None:
        return None
    calls = tuple(Call(name, written) for name, written in ordered)
    return Answer(said or "", calls=calls)


def seen_in(request: Request, known: tuple[Exchange, ...]) -> Understood:
    """What the request's messages say, the whispers apart from the rest."""
    messages: list[Message] = []
    whispers: tuple[str, ...] = ()
    for message in request.messages:
        if message.role == "assistant":
            messages.append(message)
            continue
        text, found = deeds.taken_apart(message.text)
        messages.append(replace(message, text=text))
        whispers += found
    prompt = understood(tuple(messages))
    rest = (*prompt.rest, *request.instructions.splitlines())
    return Understood(Situation(prompt.lines, rest, known), whispers)


def _called(offer: Offer, seen: Understood) -> tuple[Tool, ...]:
    asked = wishes.wanted(seen.lines, seen.whispers)
    if not offer.must:
        return wishes.chosen(offer.tools, asked, parallel=offer.parallel)
    return wishes.chosen(offer.must, asked, parallel=offer.parallel) or offer.must[:1]


def _calls(called: tuple[Tool, ...], seen: Understood) -> tuple[Call, ...]:
    return tuple(
        Call(tool.name, arguments.written(tool, seen.source)) for tool in called
    )


def _filled(request: Request, schema: Schema, situation: Situation) -> str:
    asked = find((*request.instructions.splitlines(), *situation.rest))
    fabricate = request.mode == "fabricate"
    writer = Writer(schema, situation, asked, fabricate=fabricate)
    return json.dumps(writer.write(), ensure_ascii=False)


def _spoken(request: Request, seen: Understood) -> str:
    """What is said to the caller: what came of calls, what was whispered, or a reply."""
    if request.outcomes:
        return deeds.after(request.outcomes, seen.language)
    said = tuple(line.text for line in seen.lines if line.speaker != "caller")
    if heeded := deeds.heeding(seen.whispers, said):
        return heeded
    return replies.go_on(seen.situation)


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
