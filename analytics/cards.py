"""Scorecards as the arithmetic and the model need them, read from the records; it writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from analytics import definitions, judgement, scoring
from analytics.models import Measures, Option, Question, Scorecard, ScorecardVersion
from calls.models import Call

_UNITS: Final = {each.name: each.unit for each in definitions.DEFINITIONS}
_FULL: Final = 100.0
# Weights are typed with few decimals.
_CLOSE: Final = 0.01


def for_call(call: Call) -> ScorecardVersion | None:
    """What the call is judged by: the newest version of its queue's scorecard, else of the default."""
    card = Scorecard.objects.for_queue(call.queue_id)
    return None if card is None else card.current


def questions(version: ScorecardVersion) -> list[Question]:
    """All questions in their order, with sections and options."""
    found = version.questions.select_related("section", "only_question")
    return list(found.prefetch_related(Prefetch("options", Option.objects.all())))


def card(version: ScorecardVersion, asked: Sequence[Question]) -> scoring.Card:
    """The version for the arithmetic; `asked` are its questions."""
    return scoring.Card(
        questions=tuple(as_question(each) for each in asked),
        points=version.scoring == ScorecardVersion.Scoring.POINTS,
    )


def known(call: Call, measures: Measures | None, who: str) -> scoring.Known:
    """Queue and measures of a call that is about `who`."""
    names = [each.name for each in definitions.DEFINITIONS]
    return scoring.Known(
        queue=call.queue_id,
        measures={name: figure(measures, name, who) for name in names},
    )


def figure(measures: Measures | None, name: str, who: str) -> float | None:
    """A measure as people read it (shares in percent); of those by speaker, `who`'s."""
    if measures is None:
        return None
    value: Any = measures.result["figures"].get(name)
    if isinstance(value, Mapping):
        value = value.get(who)
    if value is None:
        return None
    return round(100.0 * value, 2) if _UNITS.get(name) == "share" else float(value)


def measured(question: Question, measures: Measures | None, who: str) -> str | None:
    """The answer that a measure gives; None if it is unknown or the question has no answer for it."""
    whose = who if question.whose == Question.Whose.JUDGED else question.whose
    number = figure(measures, question.measure, whose)
    if number is None:
        return None
    match question.kind:
        case Question.Kind.YES_NO:
            low, high = question.measure_low, question.measure_high
            return scoring.YES if scoring.within(number, low, high) else scoring.NO
        case Question.Kind.CHOICE:
            options = as_question(question).options
            return next((each.key for each in options if each.holds(number)), None)
    return f"{number:g}"


def for_model(question: Question) -> judgement.Asked:
    """The question as the model gets it."""
    options = list(question.options.all())
    absent = {each.key for each in options if not each.points and not each.fails}
    return judgement.Asked(
        id=question.pk,
        kind=as_question(question).kind,
        text=question.text,
        options=tuple((each.key, each.title) for each in options),
        needs_no_proof=frozenset(absent or {scoring.NO}),
        may_be_na=question.may_be_na,
        instruction=question.instruction,
    )


def problems(version: ScorecardVersion) -> list[str]:
    """Why a version cannot be put in force, in words; empty if it can."""
    asked = questions(version)
    if not asked:
        return [_("It has no questions.")]
    found = [text for each in asked for text in _faults(each)]
    whole = card(version, asked)
    total = sum(whole.worth(each) for each in whole.questions)
    if version.scoring == ScorecardVersion.Scoring.WEIGHTS:
        if abs(total - _FULL) > _CLOSE:
            found.append(
                _("The weights total %(total)s, and must total 100.")
                % {"total": f"{total:g}"}
            )
    elif not total:
        found.append(_("No question is worth any points."))
    return found


def worths(version: ScorecardVersion, asked: Sequence[Question]) -> dict[int, float]:
    """What each question can earn, by its id."""
    whole = card(version, asked)
    return {
        row.pk: whole.worth(each)
        for row, each in zip(asked, whole.questions, strict=True)
    }


def answer_text(question: Question, answer: str | None) -> str:
    """An answer as people read it."""
    if answer is None:
        return "–"
    if answer == scoring.NOT_APPLICABLE:
        return _("Not applicable")
    if question.kind == Question.Kind.YES_NO:
        return _("Yes") if answer == scoring.YES else _("No")
    if question.kind == Question.Kind.CHOICE:
        titles = {each.key: each.title for each in question.options.all()}
        return titles.get(answer, answer)
    return answer


def answers(question: Question) -> list[tuple[str, str]]:
    """What a person can choose from, key and title; none where it is typed."""
    found: list[tuple[str, str]] = []
    if question.kind == Question.Kind.YES_NO:
        found = [(scoring.YES, _("Yes")), (scoring.NO, _("No"))]
    elif question.kind == Question.Kind.CHOICE:
        found = [(each.key, each.title) for each in question.options.all()]
    else:
        return []
    if question.may_be_na:
        found.append((scoring.NOT_APPLICABLE, _("Not applicable")))
    return found


def as_question(row: Question) -> scoring.Question:
    """The question for the arithmetic."""
    earlier = row.only_question
    return scoring.Question(
        key=row.key,
        section=str(row.section_id),
        kind=_KINDS[row.kind],
        weight=row.weight,
        good=row.good,
        options=tuple(
            scoring.Option(each.key, each.points, each.fails, each.low, each.high)
            for each in row.options.all()
        ),
        fails=_FAILS[row.fails],
        condition=scoring.Condition(
            question="" if earlier is None else earlier.key,
            answer=row.only_answer,
            queue=row.only_queue_id,
            measure=row.only_measure,
            low=row.only_low,
            high=row.only_high,
        ),
    )


_KINDS: Final[dict[str, scoring.Kind]] = {
    "yes_no": "yes_no",
    "choice": "choice",
    "number": "number",
    "text": "text",
}
_FAILS: Final[dict[str, scoring.Fails]] = {"": "", "section": "section", "form": "form"}


def _faults(question: Question) -> Iterator[str]:
    """What is wrong with one question, each with its title."""
    for text in (
        *_option_faults(question),
        *_measure_faults(question),
        *_condition_faults(question),
    ):
        yield f"{question.title}: {text}"


def _option_faults(question: Question) -> Iterator[str]:
    options = list(question.options.all())
    is_scored = question.weight > 0
    match question.kind:
        case Question.Kind.CHOICE if len(options) < 2:
            yield _("a choice needs two options at least.")
        case Question.Kind.NUMBER if is_scored and not options:
            yield _("a number that counts needs ranges with points.")
        case Question.Kind.TEXT if is_scored:
            yield _("a text does not count; its weight is 0.")
    if options and is_scored and not any(each.points for each in options):
        yield _("no option is worth any points.")
    marked = any(each.fails for each in options)
    if question.fails and question.kind != Question.Kind.YES_NO and not marked:
        yield _("say which option fails.")
    if marked and not question.fails:
        yield _("an option fails, but it is not said what fails with it.")


def _measure_faults(question: Question) -> Iterator[str]:
    if question.source != Question.Source.MEASURE:
        return
    if question.measure not in _UNITS:
        yield _("choose the measure that answers it.")
    open_ends = question.measure_low is None and question.measure_high is None
    if question.kind == Question.Kind.YES_NO and open_ends:
        yield _("say from which measure on the answer is yes.")
    bare = all(
        each.low is None and each.high is None for each in question.options.all()
    )
    if question.kind == Question.Kind.CHOICE and bare:
        yield _("each option needs its range of the measure.")


def _condition_faults(question: Question) -> Iterator[str]:
    earlier = question.only_question
    if question.only_measure and question.only_measure not in _UNITS:
        yield _("there is no such measure.")
    if earlier is None:
        return
    if _place(earlier) >= _place(question):
        yield _("it can depend only on a question before it.")
    allowed = {key for key, _title in answers(earlier)}
    if not allowed:
        yield _("it can depend only on a yes or no or a choice.")
    elif question.only_answer not in allowed:
        yield _("“%(answer)s” is no answer of the question it depends on.") % {
            "answer": question.only_answer
        }


def _place(question: Question) -> tuple[int, int, int]:
    return question.section.position, question.position, question.pk
