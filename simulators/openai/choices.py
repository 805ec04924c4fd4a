"""Which of a schema's allowed values describes a call best; the values are not its own."""

import re
from collections.abc import Callable

from simulators import sentiments
from simulators.openai import findings
from simulators.openai.conversation import Line

OUTCOMES = {
    "resolved": ("resolved", "solved", "completed", "success", "satisfied", "done"),
    "follow_up": ("follow", "followup", "callback", "pending", "open", "promised"),
    "escalated": ("escalated", "escalation", "transferred", "supervisor"),
    "abandoned": ("abandoned", "dropped", "missed", "hung", "nobody", "incomplete"),
    "unresolved": ("unresolved", "not", "failed", "dissatisfied", "open"),
}
SUBJECTS = {
    "billing": ("billing", "bill", "invoice", "payment", "charge"),
    "refund": ("refund", "return", "billing"),
    "delivery": ("delivery", "order", "shipping", "logistics"),
    "password": ("password", "login", "account", "access", "technical"),
    "appointment": ("appointment", "booking", "schedule"),
    "broken": ("technical", "support", "fault", "outage", "product"),
    "cancel": ("cancel", "cancellation", "churn", "retention"),
    "manager": ("complaint", "escalation"),
    "injection": ("abuse", "spam", "security"),
}
MOODS = {"POSITIVE": "positive", "NEGATIVE": "negative", "NEUTRAL": "neutral"}
FALLBACKS = ("other", "unknown", "general", "none", "neutral", "information")

NOT_APPLICABLE = "na"
# How much an answer of a scorecard praises, by its words; the first that fits.
PRAISE = (
    (-2, r"\b(not|never|none|no|nothing|bad|poor|unacceptable|fail)\w*"),
    (-1, r"\b(hardly|barely|little|partly|partially|some|weak)\w*"),
    (1, r"\b(mostly|good|well|mainly|acceptable)\w*"),
    (2, r"\b(yes|fully|full|very|excellent|always|complete|perfect|outstanding)\w*"),
)


def answered(
    finding: findings.Finding, options: list[object], titles: dict[str, str]
) -> object:
    """The answer to a scorecard's question that says what was found."""
    if not finding.needed and NOT_APPLICABLE in options:
        return NOT_APPLICABLE
    real = [option for option in options if option != NOT_APPLICABLE]
    ranked = sorted(
        real,
        key=lambda option: praise(titles.get(str(option), str(option))),
        reverse=True,
    )
    return ranked[0] if finding.good else ranked[-1]


def praise(title: str) -> int:
    found = (worth for worth, words in PRAISE if re.search(words, title, re.IGNORECASE))
    return next(found, 0)


def mood(lines: tuple[Line, ...]) -> str:
    """positive, negative or neutral: how the caller sounds."""
    heard = findings.caller_lines(lines)
    return MOODS[sentiments.tone(" ".join(line.text for line in heard))[0]]


def liking(option: object, kind: str, lines: tuple[Line, ...]) -> float:
    """How well an allowed value describes the call; the highest is taken."""
    said = set(re.split(r"[^a-z]+", str(option).lower()))
    if kind == "mood":
        return float(mood(lines) in said)
    score = 3.0 * len(said & set(OUTCOMES[findings.outcome(lines)]))
    for rank, topic in enumerate(findings.topics(lines)[:3]):
        score += (2.0 - rank * 0.5) * bool(said & set(SUBJECTS.get(topic, ())))
    if findings.upset(lines):
        score += 1.5 * bool(said & {"complaint", "angry", "unhappy"})
    heard = {word for line in lines for word in line.text.lower().split()}
    score += 0.4 * len(said & heard)
    return score + 0.2 * bool(said & set(FALLBACKS))


# What a property asks about, and when it is true.
TRUTHS: tuple[tuple[str, Callable[[tuple[Line, ...]], bool]], ...] = (
    ("follow", lambda lines: findings.outcome(lines) in {"follow_up", "escalated"}),
    ("escalat", lambda lines: findings.outcome(lines) == "escalated"),
    ("resol|solv|settled|success", lambda lines: findings.outcome(lines) == "resolved"),
    ("upset|angry|complain|churn|risk", findings.upset),
    (
        "inject|manipulat|abuse",
        lambda lines: "injection" in findings.topics(lines),
    ),
)


def truth(hint: str, lines: tuple[Line, ...]) -> bool:
    """Whether what a property's name and description ask about is so."""
    return next((told(lines) for clue, told in TRUTHS if re.search(clue, hint)), False)
