"""What can be told of a call from its words alone: what it was about, how it ended,
what the agent did and left out, each with the lines that show it.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from simulators import sentiments
from simulators.openai.conversation import Line, turns
from simulators.openai.replies import intent

GREETING = (
    r"\b(hello|hi|good (morning|afternoon|evening)|welcome|how (can|may) i help|what can i do for"
    r"|thank you for calling|thanks for calling"
    r"|hola|buen[oa]s|bienvenid|en qué puedo|gracias por llamar"
    r"|guten (tag|morgen|abend)|hallo|willkommen|was kann ich|wie kann ich)\b"
)
EMPATHY = (
    r"\b(sorry|apologi[sz]e|apologies|i understand|i can imagine|i hear you"
    r"|lo siento|siento mucho|disculp|lamento|entiendo|comprendo"
    r"|tut mir leid|entschuldig\w*|verstehe|verständnis)\b"
)
WAIT = (
    r"\b(one moment|a moment|moment please|hold on|on hold|let me (check|look|see|pull)"
    r"|bear with me|just a (second|minute)|stay on the line|while i"
    r"|un momento|espere|permítame|déjeme|en espera"
    r"|einen (moment|augenblick)|ich (sehe|schaue) (mal |kurz |gleich )?nach"
    r"|bleiben sie)\b"
)
PROMISE = (
    r"\b(i will|i'll|we will|we'll|i am going to|i'm going to|you will (get|receive)"
    r"|le (enviaré|enviaremos|llamaré|llamaremos|mandaré)|voy a|recibirá"
    r"|ich werde|wir werden|ich schicke|wir schicken|sie (bekommen|erhalten))\b"
)
# A promise to come back, which leaves the matter open for now.
AGAIN = (
    r"\b(call (you )?back|follow up|within \w+ (hours|days)|tomorrow|business days"
    r"|next week|technician|le llam|mañana|zurückrufen|rufe sie|morgen|werktag\w*)\b"
)
DONE = (
    r"\b(i have (sent|changed|refunded|fixed|updated|cancelled|booked|reset|issued)"
    r"|i've (sent|changed|refunded|fixed|updated|cancelled|booked|reset|issued|just)"
    r"|has been|have been|all set|that is done|that's done|is done|is fixed|works now"
    r"|ya está|queda|he (enviado|cambiado|cancelado|reservado)"
    r"|ist erledigt|habe ich|habe (das|ihnen|es)|wurde)\b"
)
CLOSING = (
    r"\b(good ?bye|bye|have a (nice|good|great|lovely)|thank you for calling"
    r"|thanks for calling|adiós|hasta luego|buen día|gracias por llamar"
    r"|auf wiederhören|tschüss|schönen (tag|abend)|danke für ihren anruf)\b"
)
ELSE = r"\b(anything else|something else|algo más|sonst noch|noch etwas)\b"
VERIFY = (
    r"\b(order number|account number|your (full )?name|date of birth|email address"
    r"|postcode|zip code|phone number|reference number|invoice number|confirm your"
    r"|número de (pedido|cuenta|factura)|su nombre|correo"
    r"|bestellnummer|kundennummer|rechnungsnummer|ihren namen|geburtsdatum)\b"
)
POLITE = (
    r"\b(please|thank you|thanks|of course|certainly|por favor|gracias|bitte|danke)\b"
)
HANDED_ON = (
    r"\b(supervisor|manager|transfer|put you through|connect you|colleague"
    r"|supervisor[a]?|encargad[oa]|transfer\w+|vorgesetzt\w*|verbinde)\b"
)
_EMPTY = re.compile(
    r"about|after|agent|assistant|before|call|caller|customer|does|every|from|have|that"
    r"|their|them|they|this|well|were|what|when|which|with|your"
)
# When something promised shall be done.
WHEN = (
    r"\b((?:within|in|by|before|until) (?:the )?(?:next )?(?:\w+ )?(?:hours?|days?|weeks?"
    r"|minutes?|business days|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|noon|tonight|tomorrow)|tomorrow(?: \w+)?|tonight|today|on (?:monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday)|next week|mañana|morgen)\b"
)
UNANNOUNCED = 3.0  # seconds between two lines that want a word of explanation


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the agent did or left out, with the lines that show it."""

    topic: str
    text: str
    lines: tuple[Line, ...] = ()
    good: bool = True
    needed: bool = True  # whether the call called for it at all


@dataclass(frozen=True, slots=True)
class Rule:
    """A habit of good agents: how it shows, and what to say of it."""

    topic: str
    asked_by: str  # words in a scorecard's question that mean this habit
    shows: str
    good: str
    bad: str


RULES = (
    Rule(
        "greeting",
        r"greet|welcom|introduc|opening",
        GREETING,
        "The agent greeted the caller.",
        "The agent did not greet the caller.",
    ),
    Rule(
        "empathy",
        r"empath|apolog|sympath|upset|calm|acknowledg",
        EMPATHY,
        "The agent showed understanding for the caller's situation.",
        "The agent showed no understanding for the caller's trouble.",
    ),
    Rule(
        "waiting",
        r"\bwait|hold|silence|dead air|pause",
        WAIT,
        "The agent told the caller before making them wait.",
        "The caller had to wait without being told why.",
    ),
    Rule(
        "understanding",
        r"find out|understand|listen",
        r"\?",
        "The agent asked what the caller needs.",
        "The agent did not ask what the caller needs.",
    ),
    Rule(
        "verification",
        r"verif|identif|authenticat|confirm|details|who is calling",
        VERIFY,
        "The agent asked for what was needed to find the case.",
        "The agent did not ask who is calling or which case it is about.",
    ),
    Rule(
        "resolution",
        r"resol|solv|solution|fix|help|issue|need|answer",
        DONE + "|" + PROMISE,
        "The agent settled the matter or said what happens next.",
        "The caller's matter was left open.",
    ),
    Rule(
        "commitment",
        r"promis|next step|commit|follow",
        PROMISE,
        "The agent said clearly what happens next.",
        "The agent did not say what happens next.",
    ),
    Rule(
        "anything else",
        r"anything else|further|additional",
        ELSE,
        "The agent asked whether there was anything else.",
        "The agent did not ask whether there was anything else.",
    ),
    Rule(
        "closing",
        r"clos|goodbye|farewell|end(ed|ing)? the call|thank",
        CLOSING,
        "The agent closed the call politely.",
        "The call ended without a polite closing.",
    ),
    Rule(
        "politeness",
        r"polite|courte|profession|tone|friendly|respect|manner",
        POLITE,
        "The agent stayed polite.",
        "The agent used few polite words.",
    ),
)


def agent_lines(lines: tuple[Line, ...]) -> list[Line]:
    return [line for line in lines if line.speaker != "caller"]


def caller_lines(lines: tuple[Line, ...]) -> list[Line]:
    return [line for line in lines if line.speaker == "caller"]


def upset(lines: tuple[Line, ...]) -> bool:
    return any(
        intent(line.text) == "angry" or sentiments.weight(line.text) < -1
        for line in caller_lines(lines)
    )


def judge(rule: Rule, lines: tuple[Line, ...]) -> Finding | None:
    """What the call shows of one habit; None where the habit was not called for."""
    spoken = agent_lines(lines)
    if not spoken:
        return None
    shown = tuple(
        line for line in spoken if re.search(rule.shows, line.text, re.IGNORECASE)
    )
    if shown:
        return Finding(rule.topic, rule.good, shown[:2])
    if rule.topic == "resolution" and outcome(lines) in {"resolved", "follow_up"}:
        return Finding(rule.topic, rule.good, (_best(spoken),))
    needed = NEEDED.get(rule.topic)
    against = needed(lines) if needed else tuple(spoken[-1:])
    return (
        None if against is None else Finding(rule.topic, rule.bad, against, good=False)
    )


def _empathy_needed(lines: tuple[Line, ...]) -> tuple[Line, ...] | None:
    if not upset(lines):
        return None
    worst = min(caller_lines(lines), key=lambda line: sentiments.weight(line.text))
    return (worst,)


def _waiting_needed(lines: tuple[Line, ...]) -> tuple[Line, ...] | None:
    for before, after in itertools.pairwise(lines):
        if before.end is not None and after.start is not None:
            owed = before.speaker == "caller" or after.speaker != "caller"
            if owed and after.start - before.end >= UNANNOUNCED:
                return (before,)
    return None


def _greeting_needed(lines: tuple[Line, ...]) -> tuple[Line, ...] | None:
    return tuple(agent_lines(lines)[:1])


NEEDED: dict[str, Callable[[tuple[Line, ...]], tuple[Line, ...] | None]] = {
    "empathy": _empathy_needed,
    "waiting": _waiting_needed,
    "greeting": _greeting_needed,
    # These are worth praise, but a call may do without them.
    "commitment": lambda _: None,
    "politeness": lambda _: None,
    "verification": lambda _: None,
}


def all_findings(lines: tuple[Line, ...]) -> list[Finding]:
    if not agent_lines(lines):
        return []
    found = (judge(rule, lines) for rule in RULES)
    return [finding for finding in found if finding]


def of_side(lines: tuple[Line, ...], *, good: bool) -> list[Finding]:
    """What went well, or what did not."""
    return [finding for finding in all_findings(lines) if finding.good == good]


def for_question(question: str, lines: tuple[Line, ...]) -> Finding:
    """What the call shows of a scorecard's question, whatever it asks."""
    spoken = agent_lines(lines)
    if not spoken:
        return Finding("nobody", "No agent spoke on this call.", good=False)
    for rule in RULES:
        if re.search(rule.asked_by, question, re.IGNORECASE):
            found = judge(rule, lines)
            return found or Finding(
                rule.topic,
                "Nothing on this call speaks against it.",
                (_best(spoken),),
                needed=False,
            )
    return _by_words(question, spoken)


def _by_words(question: str, spoken: list[Line]) -> Finding:
    """A question about something else: the line that has most of its words shows it."""
    asked = _content(question)
    line = max(spoken, key=lambda line: len(asked & _content(line.text)))
    if asked & _content(line.text):
        return Finding("general", "The agent spoke of it.", (line,))
    if question.lower().lstrip("q0123456789 ").startswith("how"):
        return Finding(
            "general", "What the agent said speaks for it.", (_best(spoken),)
        )
    return Finding("general", "The agent did not speak of it.", good=False)


def _content(text: str) -> set[str]:
    """The words that carry meaning, cut to their beginnings."""
    words = re.findall(r"[^\W\d_]{4,}", text.lower())
    return {word[:5] for word in words if not _EMPTY.fullmatch(word)}


def _best(spoken: list[Line]) -> Line:
    """The line that speaks most for an agent: a polite one, the longer the better."""
    return max(
        spoken,
        key=lambda line: (
            bool(re.search(POLITE, line.text, re.IGNORECASE)),
            len(line.text),
        ),
    )


def outcome(lines: tuple[Line, ...]) -> str:
    """abandoned, escalated, follow_up, resolved or unresolved."""
    spoken = agent_lines(lines)
    if not spoken or not caller_lines(lines):
        return "abandoned"
    said = " ".join(line.text for line in spoken)
    if re.search(HANDED_ON, said, re.IGNORECASE):
        return "escalated"
    last = " ".join(line.text for line in caller_lines(lines)[-2:])
    pleased = sentiments.weight(last) > 0
    if re.search(DONE, said, re.IGNORECASE) and sentiments.weight(last) >= 0:
        return "resolved"
    promised = " ".join(line.text for line in promises(lines))
    if re.search(AGAIN, promised, re.IGNORECASE):
        return "follow_up"
    if pleased:
        return "resolved"
    return "follow_up" if promised else "unresolved"


def topics(lines: tuple[Line, ...]) -> list[str]:
    """What the call was about, most important first."""
    moods = {"thanks", "greeting", "goodbye", "other", "waiting", "angry"}
    found = [intent(line.text) for line in turns(lines) if line.speaker == "caller"]
    return list(dict.fromkeys(name for name in found if name not in moods))


def promises(lines: tuple[Line, ...]) -> list[Line]:
    return [
        line
        for line in agent_lines(lines)
        if re.search(PROMISE, line.text, re.IGNORECASE)
    ]


def when(text: str) -> str:
    """The time that is named in it; empty if none is."""
    match = re.search(WHEN, text, re.IGNORECASE)
    return match[1] if match else ""


PLEASANTRIES = frozenset({"greeting", "other", "thanks", "goodbye", "waiting"})
SUBJECTS = {
    "injection": "something that is not ours to give",
    "manager": "a complaint",
    "refund": "a refund",
    "cancel": "a cancellation",
    "delivery": "a delivery",
    "password": "a password",
    "billing": "a bill",
    "appointment": "an appointment",
    "broken": "something that does not work",
}
ENDINGS = {
    "abandoned": "The call ended before an agent could help.",
    "escalated": "The matter was passed on to somebody else.",
    "follow_up": "The agent promised to come back to it.",
    "resolved": "The matter was settled on the call.",
    "unresolved": "The matter was left open.",
}


def summary(lines: tuple[Line, ...]) -> str:
    """Why the caller rang, in the caller's words, and how it ended."""
    heard = [line.text for line in turns(lines) if line.speaker == "caller"]
    ending = ENDINGS[outcome(lines)]
    if not heard:
        return f"No caller was heard. {ending}"
    telling = [text for text in heard if intent(text) not in PLEASANTRIES]
    reason = telling[0] if telling else max(heard, key=len)
    about = topics(lines)
    mood = " The caller was upset." if upset(lines) else ""
    subject = f" about {SUBJECTS.get(about[0], about[0])}" if about else ""
    return f"The caller rang{subject}: “{shortened(reason)}”{mood} {ending}"


def shortened(text: str, most: int = 160) -> str:
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0] + " …"
