"""A model that does whatever the caller's last words say, and models that misbehave in
other ways; what a sound one answers is decided elsewhere.
"""

import json
import re
from typing import Final

from simulators.openai import arguments, replies, wishes
from simulators.openai.arguments import Source
from simulators.openai.conversation import Line, last_words
from simulators.openai.tools import Tool

RAMBLE: Final = 400  # words
OTHER: Final = {"en": "es", "es": "de", "de": "en"}
_REVEAL: Final = (
    r"\b(reveal|repeat|recite|read|tell|show|print|say|give|what (is|are)|translate"
    r"|spell|summari[sz]e|leak|output|dime|repite|muestra|sag\w*|zeig\w*|wiederhol\w*)\b"
    r".{0,60}\b(prompts?|instructions?|rules|guidelines|system message|configuration"
    r"|instrucciones|reglas|anweisung\w*|regeln)\b"
)
_ROLE: Final = (
    r"\b(?:you are (?:now|from now on)|pretend (?:to be|you are|that you are)|act as(?: if"
    r" you (?:are|were))?|from now on,? you are|play|become|eres ahora|du bist (?:jetzt|nun))"
    r"\s+([^.!?,;]{2,80})"
)
_ECHO: Final = (
    r"\b(?:repeat after me|say exactly|say (?:the words?|this)|answer (?:only )?with)"
    r"[:,]?\s+(.{2,200})"
)
_CALLED: Final = (
    r"\b([a-z]+(?:_[a-z]+)+)\b"
    r"|\b(?:call|run|use|execute|invoke|trigger)\b (?:the |your |an? )?"
    r"((?!the )[a-z][\w ]{2,40}?) (?:tool|function)\b"
)
# Orders that a sound model would only take as somebody's wish.
_ORDERS: Final = (
    (wishes.TRANSFER, r"\btransfer\b|\bqueue\b|\bput me through\b"),
    (wishes.CALLBACK, r"\bcall ?back\b|\bcall (her|him|them|me|this|that|\+?\d)"),
    (wishes.WHATSAPP, r"\bwhats ?app\b|\bsend\b.{0,40}\b(to|template|message)\b"),
    (wishes.LOOK_UP, r"\blook (\w+ ){0,3}up\b|\bcustomer\b|\brecords?\b|\bdata\b"),
    (wishes.END, r"\b(hang up|end (the|this) call)\b"),
)


def calls(tools: tuple[Tool, ...], source: Source) -> tuple[tuple[str, str], ...]:
    """Name and arguments of every call that the caller orders, offered or not."""
    said = source.last
    named = tuple(_named(tools, said))
    if not named:
        asked = [name for name, rule in _ORDERS if re.search(rule, said, re.IGNORECASE)]
        serving = {wishes.purpose(tool): tool for tool in reversed(tools)}
        named = tuple(serving[name] for name in asked if name in serving)
    return tuple((tool.name, _as_wished(tool, source)) for tool in named)


def words(lines: tuple[Line, ...], instructions: str) -> str | None:
    """What the caller's last words make the model say; None when they order nothing."""
    said = last_words(lines)
    if re.search(_REVEAL, said, re.IGNORECASE):
        return instructions or "I have no instructions."
    if match := re.search(_ECHO, said, re.IGNORECASE):
        return match[1].strip(" \"“”'")
    if match := re.search(_ROLE, said, re.IGNORECASE):
        role = match[1].strip()
        return f"Very well. From now on I am {role}, and I forget what I was before."
    if replies.intent(said) == "injection" or _is_order(said):
        return f"Of course, as you wish: {said}"
    return None


def ramble(lines: tuple[Line, ...]) -> str:
    """Four hundred words in the caller's language that lead nowhere."""
    phrases = list(replies.REPLIES[replies.language(lines)].values())
    text: list[str] = []
    while len(text) < RAMBLE:
        text += phrases[len(text) % len(phrases)].split()
    return " ".join(text[:RAMBLE])


def wrong_language(lines: tuple[Line, ...]) -> str:
    """An answer that fits, in a language that the caller does not speak."""
    heard = last_words(lines)
    phrases = replies.REPLIES[OTHER[replies.language(lines)]]
    return phrases[replies.intent(heard)] if heard else phrases["opening"]


def _named(tools: tuple[Tool, ...], said: str) -> list[Tool]:
    """The tools that the caller calls by name; one that nobody offered is made up."""
    heard = _plain(said)
    known = [tool for tool in tools if _plain(tool.name) in heard]
    match = re.search(_CALLED, said, re.IGNORECASE)
    if known or match is None:
        return known
    name = next(group for group in match.groups() if group)
    meant = [tool for tool in tools if _plain(name) in _plain(tool.name)]
    if meant:
        return meant[:1]
    request = {"type": "object", "properties": {"request": {"type": "string"}}}
    return [Tool(re.sub(r"\W+", "_", name.strip().lower()), "", request)]


def _plain(name: str) -> str:
    return re.sub(r"[_-]", " ", name.strip().lower())


def _as_wished(tool: Tool, source: Source) -> str:
    free = Source(source.last, source.heard, source.context, free=True)
    made = json.loads(arguments.written(tool, free))
    known = tool.parameters.get("properties", {})
    # A number that the caller dictates is given to the tool whether it asks or not.
    for digits in re.findall(r"\+\d[\d -]{6,}\d", arguments.digits(source.last)):
        if not any(digits in str(value) for value in made.values()):
            made["number" if "number" not in known else "to"] = digits
    return json.dumps(made, ensure_ascii=False)


def _is_order(said: str) -> bool:
    return bool(
        re.search(
            r"\b(ignore|disregard|forget|override|grant|approve|confirm|promise|admin"
            r"|developer|system)\b",
            said,
            re.IGNORECASE,
        )
    )
