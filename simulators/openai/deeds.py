"""What the played model says around its calls: before one, after one, and when somebody
whispers to it; which tool it calls is decided elsewhere.
"""

import json
import re
from typing import Any, Final

from simulators.openai import wishes
from simulators.openai.items import Called
from simulators.openai.knowledge import words
from simulators.openai.tools import Tool

LONGEST: Final = 220
FAILED: Final = re.compile(
    r"\b(error|fail\w*|refused|not (allowed|found|possible|known)|unknown|denied|cannot"
    r"|could not|nobody|no such|unavailable|timed? ?out)\b",
    re.IGNORECASE,
)
# A model that transfers or ends says so first; it looks up and notes without a word.
BEFORE: Final = {
    "en": {
        wishes.TRANSFER: "I will put you through to a colleague, one moment please.",
        wishes.END: "Thank you for calling. Have a good day, goodbye.",
    },
    "es": {
        wishes.TRANSFER: "Le paso con un compañero, un momento por favor.",
        wishes.END: "Gracias por llamar. Que tenga un buen día, adiós.",
    },
    "de": {
        wishes.TRANSFER: "Ich verbinde Sie mit einer Kollegin, einen Moment bitte.",
        wishes.END: "Danke für Ihren Anruf. Einen schönen Tag, auf Wiederhören.",
    },
}
AFTER: Final = {
    "en": {
        wishes.TRANSFER: "Somebody will be with you in a moment.",
        wishes.CALLBACK: "I have noted that we call you back.",
        wishes.WHATSAPP: "I have sent it to you by WhatsApp.",
        wishes.LOOK_UP: "This is what I have here: {found}",
        wishes.END: "Goodbye.",
        "": "That is done: {found}",
        "failed": "I am sorry, that did not work, but I can note it for a colleague.",
        "known": "Thank you, {name}, I have your details in front of me.",
        "unknown": "I do not find anything under your number, but I am glad to help.",
    },
    "es": {
        wishes.TRANSFER: "Enseguida le atiende un compañero.",
        wishes.CALLBACK: "He apuntado que le devolvemos la llamada.",
        wishes.WHATSAPP: "Se lo he enviado por WhatsApp.",
        wishes.LOOK_UP: "Esto es lo que veo aquí: {found}",
        wishes.END: "Adiós.",
        "": "Ya está hecho: {found}",
        "failed": "Lo siento, no ha funcionado, pero puedo avisar a un compañero.",
        "known": "Gracias, {name}, tengo sus datos delante.",
        "unknown": "No encuentro nada con su número, pero le ayudo con mucho gusto.",
    },
    "de": {
        wishes.TRANSFER: "Es ist gleich jemand für Sie da.",
        wishes.CALLBACK: "Ich habe notiert, dass wir Sie zurückrufen.",
        wishes.WHATSAPP: "Ich habe es Ihnen per WhatsApp geschickt.",
        wishes.LOOK_UP: "Das sehe ich hier: {found}",
        wishes.END: "Auf Wiederhören.",
        "": "Das ist erledigt: {found}",
        "failed": "Es tut mir leid, das ging nicht, aber ich kann es notieren.",
        "known": "Danke, {name}, ich habe Ihre Daten vor mir.",
        "unknown": "Unter Ihrer Nummer finde ich nichts, aber ich helfe Ihnen gern.",
    },
}
# Said of what was refused or did not work, where there is more to say than that.
IN_VAIN: Final = {
    "en": {
        wishes.TRANSFER: "I am sorry, I cannot put you through now. May I help you myself?",
        wishes.CALLBACK: "I am sorry, I cannot arrange a call back to this number.",
        wishes.WHATSAPP: "I am sorry, I cannot send you that by WhatsApp.",
        wishes.LOOK_UP: "I am sorry, I cannot look that up just now.",
    },
    "es": {
        wishes.TRANSFER: "Lo siento, ahora no puedo pasarle. ¿Puedo ayudarle yo?",
        wishes.CALLBACK: "Lo siento, no podemos devolver la llamada a este número.",
        wishes.WHATSAPP: "Lo siento, no se lo puedo enviar por WhatsApp.",
        wishes.LOOK_UP: "Lo siento, ahora no puedo consultarlo.",
    },
    "de": {
        wishes.TRANSFER: "Ich kann Sie gerade leider nicht verbinden. Darf ich helfen?",
        wishes.CALLBACK: "Unter dieser Nummer können wir Sie leider nicht zurückrufen.",
        wishes.WHATSAPP: "Das kann ich Ihnen leider nicht per WhatsApp schicken.",
        wishes.LOOK_UP: "Das kann ich gerade leider nicht nachsehen.",
    },
}
_GUIDANCE: Final = re.compile(
    r"^[ \t]*<guidance\b[^>]*>\s*(.*?)\s*</guidance>[ \t]*$",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
# What a person whispers as an order becomes a sentence to the caller.
_ORDERS: Final = (
    (r"(?:please )?(?:tell|inform|remind) (?:her|him|them|the \w+) (?:that )?(.+)", "{}"),
    (r"(?:please )?(?:say|mention|explain) (?:that )?(.+)", "{}"),
    (r"(?:please )?(?:offer|give|promise) (?:(?:her|him|them|the \w+) )?(.+)",
     "I can offer you {}"),
    (r"(?:please )?ask (?:her|him|them|the \w+)? ?(?:for|about) (.+)",
     "Could you tell me {}"),
    (r"(?:please )?ask (?:(?:her|him|them|the \w+) )?(.+)", "May I ask {}"),
)  # fmt: skip


def before(called: tuple[Tool, ...], language: str) -> str:
    """What is said before the calls; empty for those that are made in silence."""
    said = (BEFORE[language].get(wishes.purpose(tool), "") for tool in called)
    return " ".join(filter(None, said))


def after(outcomes: tuple[Called, ...], language: str) -> str:
    """One sentence that says what came of the calls."""
    phrases = AFTER[language]
    failed = next((one for one in outcomes if _has_failed(one.output)), None)
    if failed is not None:
        purpose = wishes.purpose(Tool(failed.name))
        return IN_VAIN[language].get(purpose, phrases["failed"])
    done = outcomes[-1]
    purpose = wishes.purpose(Tool(done.name))
    if purpose == wishes.LOOK_UP and (said := _met(done.output, language)):
        return said
    return phrases[purpose].format(found=_told(done.output))


def _met(output: str, language: str) -> str:
    """Whom a look-up has found, as one says it to them; empty if it does not say whether it has."""
    value = _json(output)
    if not isinstance(value, dict) or not isinstance(value.get("known"), bool):
        return ""
    name = value.get("name")
    if not value["known"] or not name:
        return AFTER[language]["unknown"]
    return AFTER[language]["known"].format(name=name)


def taken_apart(text: str) -> tuple[str, tuple[str, ...]]:
    """A prompt without what was whispered to the model, and the whispers."""
    whispers = tuple(
        plain
        for block in _GUIDANCE.findall(text)
        for line in block.splitlines()
        if (plain := _whisper(line))
    )
    return _GUIDANCE.sub("", text), whispers


def heeding(whispers: tuple[str, ...], said: tuple[str, ...]) -> str:
    """The newest whisper as a sentence to the caller; empty once it has been said."""
    if not whispers:
        return ""
    sentence = _as_sentence(whispers[-1])
    wanted = set(words(sentence))
    if any(wanted <= set(words(line)) for line in said):
        return ""
    return sentence


def _whisper(line: str) -> str:
    """A line of guidance, which may be JSON with a text in it."""
    try:
        value = json.loads(line)
    except ValueError:
        return re.sub(r"^[-*•]\s+", "", line.strip())
    if isinstance(value, dict):
        return str(value.get("text") or value.get("guidance") or "").strip()
    return str(value).strip()


def _as_sentence(whisper: str) -> str:
    text = whisper.rstrip(" .!")
    for order, form in _ORDERS:
        if match := re.fullmatch(order, text, re.IGNORECASE):
            text = form.format(match[1])
            break
    end = "?" if text.startswith(("Could you", "May I")) else "."
    return text[:1].upper() + text[1:] + ("" if text.endswith("?") else end)


def _has_failed(output: str) -> bool:
    value = _json(output)
    if isinstance(value, dict):
        if isinstance(done := value.get("done", value.get("ok")), bool):
            return not done
        if value.get("error"):
            return True
        state = value.get("state") or value.get("status") or value.get("result")
        return isinstance(state, str) and bool(FAILED.search(state))
    return bool(FAILED.search(output[:LONGEST]))


def _told(output: str) -> str:
    """What an output says, short enough to be spoken."""
    text = ", ".join(_facts(_json(output))) or output.strip()
    text = re.sub(r"\s+", " ", text)
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit(" ", 1)[0]
    return text.rstrip(" .,") + "."


def _facts(value: Any) -> list[str]:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return [
            f"{key.replace('_', ' ')} {told}"
            for key, entry in value.items()
            for told in _facts(entry)
        ]
    if isinstance(value, list):
        return [told for entry in value for told in _facts(entry)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _json(text: str) -> Any:  # noqa: ANN401  any JSON value
    try:
        return json.loads(text)
    except ValueError:
        return None
