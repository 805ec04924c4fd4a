"""Which of the offered tools a conversation asks for, told by their names and
descriptions; it calls none.
"""

import re
from typing import Final

from simulators.openai.conversation import Line, last_words
from simulators.openai.replies import intent
from simulators.openai.tools import Tool

TRANSFER, CALLBACK, WHATSAPP, LOOK_UP, END = (
    "transfer",
    "callback",
    "whatsapp",
    "look_up",
    "end",
)
# What a tool is for; the first that fits, its name before its description.
PURPOSES: Final = (
    (CALLBACK, r"call.?backs?|ring.?back|call .{0,20}back"),
    (END, r"end.{0,10}call|hang.?up|finish.{0,10}call|close.{0,10}call"),
    (WHATSAPP, r"whats.?app|template|send.{0,12}(message|link|text)"),
    (TRANSFER, r"transfer|queue|hand.?over|hand.?off|escalat|human|colleague|agent"),
    (LOOK_UP, r"look.?up|find.{0,10}(customer|order|caller)|customer|account|crm"),
)
_OFFICIAL = (
    r"(human|person|agent|manager|supervisor|colleague|advis[eo]r|representative"
    r"|operator|boss)"
)
_PERSON = rf"({_OFFICIAL}|people|somebody|someone|department|team)"
_PERSONA = (
    r"(persona|humano|agente|alguien|gerente|encargad[oa]|supervisora?|compañer[oa])"
)
_MENSCH = (
    r"(mensch\w*|person|mitarbeiter\w*|jemand\w*|vorgesetzte\w*|kolleg\w+|berater\w*)"
)
_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
# What a caller says who wants it; the order is that of the deeds.
ASKED: Final = (
    (
        TRANSFER,
        rf"\b(speak|talk|put me through|connect|transfer|hand me|pass me)\b.{{0,40}}"
        rf"\b{_PERSON}\b|\b(want|need|get me|bring)\b.{{0,20}}\b{_OFFICIAL}\b"
        rf"|\b(real|actual|live|human) {_PERSON}"
        r"|\btransfer me\b|\bput me through\b|\bhuman being\b"
        r"|\b(your|the) (manager|supervisor|boss)\b"
        rf"|\b(hablar|páseme|pásame|comunique|quiero|póngame)\b.{{0,40}}\b{_PERSONA}\b"
        rf"|\b(sprechen|verbinden|brauche|möchte|will)\b.{{0,40}}\b{_MENSCH}\b"
        rf"|\b{_MENSCH}\b.{{0,40}}\b(sprechen|verbinden|reden)\b",
    ),
    (
        CALLBACK,
        r"\b(call|ring|phone) (me|us) (back|again|tomorrow|later|on|at|this|next)\b"
        r"|\bcall ?back\b|\bcalled back\b|\breturn my call\b"
        r"|\b(llám[ae]\w*|me llamen|me llame|devolver la llamada)\b"
        r"|\b(rückruf|zurückrufen|rufen sie mich|ruft mich)\b",
    ),
    (
        WHATSAPP,
        r"\bwhats ?app\b|\btext me\b|\b(send|text|message)\b.{0,25}\b(link|confirmation"
        r"|message|details|receipt)\b|\b(mande|envíe|enviar|mandar)\w*\b.{0,25}\b(enlace"
        r"|confirmación|mensaje)\b|\b(schicken|senden)\b.{0,25}\b(link|bestätigung"
        r"|nachricht)\b|\b(link|bestätigung|nachricht)\b.{0,25}\b(schicken|senden)\b",
    ),
    (
        LOOK_UP,
        r"\b(?!(?:19|20)\d\d\b)[A-Z]{0,3}-?\d{4,}\b"
        rf"|\b{_DIGIT}(?:[ ,-]+{_DIGIT}){{3,}}\b|\bknow (about|of) me\b"
        r"|\b(know|see|show|have|look|check|tell|find|open|about)\b.{0,30}\b(my|our)"
        r" (account|orders?|file|customer (number|data))\b"
        r"|\b(sabe|saben) (usted )?de mí\b|\bmi (cuenta|pedido)\b"
        r"|\b(wissen|wisst) (sie|ihr) (über|von) mi[rc]h?\b"
        r"|\bmein(e|er|em)? (konto|bestellung)\b",
    ),
    (
        END,
        r"\b(good ?bye|bye|that's all|that is all|that will be all|nothing else|adiós"
        r"|hasta luego|eso es todo|tschüss|auf wiederhören|das war's|das war alles"
        r"|das wäre alles)\b",
    ),
)
# What somebody who whispers says for the same, without the caller's "me".
WHISPERED: Final = (
    (TRANSFER, r"\b(transfer|put .{0,30}through|connect (her|him|them))\b"),
    (CALLBACK, r"\b(call ?back|call (her|him|them))\b"),
    (WHATSAPP, r"\bwhats ?app\b"),
    (LOOK_UP, r"\blook (\w+ ){0,3}up\b"),
    (END, r"\b(hang up|end the call)\b"),
)


def purpose(tool: Tool) -> str:
    """What the tool is for; empty where it cannot be told."""
    for text in (re.sub(r"[_-]", " ", tool.name), tool.description):
        for name, pattern in PURPOSES:
            if re.search(pattern, text, re.IGNORECASE):
                return name
    return ""


def wanted(lines: tuple[Line, ...], whispers: tuple[str, ...]) -> tuple[str, ...]:
    """The purposes that the conversation asks for now, the most pressing first."""
    said = last_words(lines)
    found = [] if intent(said) == "injection" else _matching(ASKED, said)
    found += _matching(WHISPERED, " ".join(whispers))
    return tuple(dict.fromkeys(found))


def _matching(rules: tuple[tuple[str, str], ...], text: str) -> list[str]:
    return [name for name, pattern in rules if re.search(pattern, text, re.IGNORECASE)]


def chosen(
    offered: tuple[Tool, ...], asked: tuple[str, ...], *, parallel: bool
) -> tuple[Tool, ...]:
    """The offered tools that do what is asked.

    A transfer leaves everything else to whoever takes it, and a farewell waits until
    the rest is done.
    """
    serving = {purpose(tool): tool for tool in reversed(offered)}
    found = [name for name in asked if name in serving]
    if TRANSFER in found:
        found = [TRANSFER]
    if len(found) > 1:
        found = [name for name in found if name not in {END, LOOK_UP}] or [LOOK_UP]
    return tuple(serving[name] for name in (found if parallel else found[:1]))
