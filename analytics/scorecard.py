"""What every call is judged by: the questions, their kinds and weights; no call is known here."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["points", "yes_no"]
# Of which part of a call a question is: only whoever had that part can be asked it.
Part = Literal["opening", "whole", "ending"]
MOST_POINTS: Final = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `text` goes to the model and is not translated, `title` is shown.

    `{who}` in the text stands for whom the report judges: the agent or the assistant.
    """

    key: str
    kind: Kind
    weight: int
    title: Promise
    text: str
    part: Part = "whole"


QUESTIONS: Final = (
    Question(
        "greeting",
        "yes_no",
        1,
        _("Greeting"),
        "Did the {who} greet the caller and offer help?",
        "opening",
    ),
    Question(
        "understanding",
        "points",
        2,
        _("Understanding the need"),
        "How well did the {who} find out what the caller needs?",
    ),
    Question(
        "resolution",
        "points",
        3,
        _("Solution"),
        "How well was the caller's issue resolved, or its next step made clear?",
    ),
    Question(
        "empathy",
        "points",
        2,
        _("Empathy"),
        "How well did the {who} respond to the caller's mood with empathy?",
    ),
    Question(
        "kept_informed",
        "yes_no",
        1,
        _("Announced waiting"),
        "Did the {who} announce every hold or longer silence to the caller?",
    ),
    Question(
        "politeness",
        "points",
        1,
        _("Manner"),
        "How polite and professional was the {who}'s tone?",
    ),
    Question(
        "closing",
        "yes_no",
        1,
        _("Closing"),
        "Did the {who} say goodbye to the caller before the call ended?",
        "ending",
    ),
)
BY_KEY: Final = {question.key: question for question in QUESTIONS}
