"""The arithmetic of a scorecard: questions and answers in, section scores and a total out; no call is known here.

The total is the sum of worth times value over the sum of worth, of the answers that
count. What does not count (not applicable, not asked, in doubt, only suggested) drops
out of both sums. A failing answer that counts makes its section, or everything, zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["yes_no", "choice", "number", "text"]
Fails = Literal["", "section", "form"]

YES: Final = "yes"
NO: Final = "no"
NOT_APPLICABLE: Final = "na"

# Why an answer does not count.
LEFT_OUT: Final = "left_out"  # its condition does not hold
OPEN_CONDITION: Final = "open_condition"  # it hangs on an answer that does not count
UNSCORED: Final = "unscored"  # it was never to count
UNKNOWN: Final = "unknown_answer"  # no answer that the question has

_DIGITS: Final = 1


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of a choice, or a range of a number: from `low` on and below `high`."""

    key: str
    points: float
    fails: bool = False
    low: float | None = None
    high: float | None = None

    def holds(self, number: float) -> bool:
        """Whether the number is in the range."""
        return within(number, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked only if each that is set holds: an earlier answer, the queue, a measure from `low` on and below `high`."""

    question: str = ""
    answer: str = ""
    queue: int | None = None
    measure: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`weight` is in percent of the card, or, with points, what the good answer of a yes / no is worth."""

    key: str
    section: str
    kind: Kind
    weight: float
    good: str = YES
    options: tuple[Option, ...] = ()
    fails: Fails = ""
    condition: Condition = Condition()


@dataclass(frozen=True, slots=True)
class Card:
    """Questions in their order. With `points` a question is worth the most that it can earn."""

    questions: tuple[Question, ...]
    points: bool = False

    def worth(self, question: Question) -> float:
        """What the question can earn at best."""
        if question.kind == "text":
            return 0.0
        if self.points and question.kind != "yes_no":
            return _most(question)
        return question.weight


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as text ("yes", "na", an option's key, a number); `why_not` keeps it from counting."""

    answer: str | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a call without any answer; measures as people read them, None if unknown."""

    queue: int | None = None
    measures: Mapping[str, float | None] | None = None

    def measure(self, name: str) -> float | None:
        return (self.measures or {}).get(name)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one question: `value` from 0 to 1, `why` it does not count, whether it fails."""

    key: str
    section: str
    worth: float
    value: float | None
    counts: bool
    why: str = ""
    fails: Fails = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Score in percent, None if nothing in it counts; `worth` is what counted."""

    key: str
    score: float | None
    worth: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """Total in percent, None if nothing counts; `failed` if an answer fails the whole form."""

    total: float | None
    failed: bool
    sections: tuple[Section, ...]
    lines: tuple[Line, ...]

    def line(self, key: str) -> Line:
        return next(line for line in self.lines if line.key == key)


def within(number: float, low: float | None, high: float | None) -> bool:
    """From `low` on and below `high`; None is open."""
    return (low is None or number >= low) and (high is None or number < high)


def is_asked(question: Question, known: Known) -> bool:
    """Whether the question can come up, by all that is known without any answer."""
    condition = question.condition
    if condition.queue is not None and condition.queue != known.queue:
        return False
    if not condition.measure:
        return True
    number = known.measure(condition.measure)
    return number is not None and within(number, condition.low, condition.high)


def score(card: Card, given: Mapping[str, Given], known: Known) -> Result:
    """The scores of a call. `given` may lack questions: they do not count."""
    lines: dict[str, Line] = {}
    for question in card.questions:
        lines[question.key] = _line(card, question, given, lines, known)
    found = tuple(lines.values())
    names = dict.fromkeys(question.section for question in card.questions)
    sections = tuple(_section(name, found) for name in names)
    failed = any(line.fails == "form" for line in found)
    return Result(
        total=0.0 if failed else _total(found, sections),
        failed=failed,
        sections=sections,
        lines=found,
    )


def _line(
    card: Card,
    question: Question,
    given: Mapping[str, Given],
    before: Mapping[str, Line],
    known: Known,
) -> Line:
    worth = card.worth(question)
    answer = given.get(question.key, Given(None, UNKNOWN))
    why = _condition_fault(question, given, before, known) or answer.why_not
    value, fails = None, False
    if not why:
        value, fails = _valued(question, answer.answer)
        why = _why_not(answer.answer, value, worth)
    return Line(
        key=question.key,
        section=question.section,
        worth=worth,
        value=value,
        counts=not why,
        why=why,
        fails=question.fails if fails else "",
    )


def _why_not(answer: str | None, value: float | None, worth: float) -> str:
    if answer == NOT_APPLICABLE:
        return NOT_APPLICABLE
    if not worth:
        return UNSCORED
    return UNKNOWN if value is None else ""


def _condition_fault(
    question: Question,
    given: Mapping[str, Given],
    before: Mapping[str, Line],
    known: Known,
) -> str:
    if not is_asked(question, known):
        return LEFT_OUT
    condition = question.condition
    if not condition.question:
        return ""
    other = before.get(condition.question)
    if other is None or (other.why and other.why not in {UNSCORED, NOT_APPLICABLE}):
        left_out = other is not None and other.why == LEFT_OUT
        return LEFT_OUT if left_out else OPEN_CONDITION
    return "" if given[other.key].answer == condition.answer else LEFT_OUT


def _valued(question: Question, answer: str | None) -> tuple[float | None, bool]:
    """The value from 0 to 1, None for an answer that the question does not have; whether it is a failing one."""
    if answer is None or answer == NOT_APPLICABLE or question.kind == "text":
        return None, False
    if question.kind == "yes_no":
        if answer not in {YES, NO}:
            return None, False
        return float(answer == question.good), answer != question.good
    option = chosen(question, answer)
    if option is None:
        return None, False
    most = _most(question)
    return (option.points / most if most else 0.0), option.fails


def chosen(question: Question, answer: str) -> Option | None:
    """The option that an answer is: by its key, or for a number by the first range that holds it."""
    if question.kind != "number":
        return next((each for each in question.options if each.key == answer), None)
    try:
        number = float(answer)
    except ValueError:
        return None
    return next((each for each in question.options if each.holds(number)), None)


def _most(question: Question) -> float:
    return max((option.points for option in question.options), default=0.0)


def _section(name: str, lines: Sequence[Line]) -> Section:
    mine = [line for line in lines if line.section == name]
    counted = [line for line in mine if line.counts]
    failed = any(line.fails for line in mine)
    worth = sum(line.worth for line in counted)
    earned = sum(line.worth * (line.value or 0.0) for line in counted)
    share = earned / worth if worth else None
    return Section(
        key=name,
        score=0.0 if failed else _percent(share),
        worth=worth,
        failed=failed,
    )


def _total(lines: Sequence[Line], sections: Sequence[Section]) -> float | None:
    failed = {section.key for section in sections if section.failed}
    worth = sum(line.worth for line in lines if line.counts)
    earned = sum(
        line.worth * (line.value or 0.0)
        for line in lines
        if line.counts and line.section not in failed
    )
    if not worth:
        return 0.0 if failed else None
    return _percent(earned / worth)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, _DIGITS)
