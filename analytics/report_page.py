"""What the call page shows of how the call was judged; it decides nothing and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import cards, definitions, grading, reviewing, scoring, speakers
from analytics.models import (
    Answer,
    Contest,
    Correction,
    QualityReport,
    Question,
    Revision,
)
from analytics.templatetags.call_times import short
from calls.models import Call, Speaker, User

_DEFINITIONS: Final = {each.name: each for each in definitions.DEFINITIONS}
_WHY: Final[dict[str, Promise]] = {
    scoring.NOT_APPLICABLE: gettext_lazy("Not applicable, so its weight drops out."),
    scoring.LEFT_OUT: gettext_lazy("Not asked on this call."),
    scoring.OPEN_CONDITION: gettext_lazy(
        "It depends on an answer that does not count yet."
    ),
    scoring.UNSCORED: gettext_lazy("This question does not count."),
    scoring.UNKNOWN: gettext_lazy("This answer has no value on the scorecard."),
    grading.SUGGESTED: gettext_lazy(
        "Only suggested: people have agreed with the model too rarely here. It counts"
        " when a supervisor has confirmed it."
    ),
    grading.OTHERS_PART: gettext_lazy("Somebody else had this part of the call."),
}
_SHOWN_REVISIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Quote:
    """What was quoted; `start` is None where it is no proof, and `fault` says why."""

    speaker: str
    speaker_title: str
    text: str
    start: float | None
    end: float | None
    fault: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question with its answer, how it came about, and what may be done with it."""

    row: Answer
    title: str
    text: str
    how: str  # model, measure, hand or human
    how_title: str
    shown: str
    machine: str  # what the machine said, if a human said otherwise
    note: str  # the range that a number is in
    earned: str
    why: str
    needs_human: bool
    quotes: list[Quote]
    corrections: list[Correction]
    contests: list[Contest]
    definition: definitions.Definition | None
    choices: list[tuple[str, str]]

    @property
    def is_contested(self) -> bool:
        return any(each.state == Contest.State.OPEN for each in self.contests)


@dataclass(frozen=True, slots=True)
class SectionPart:
    title: str
    score: float | None
    failed: bool
    answers: list[AnswerLine]


def of(call: Call, user: User) -> dict[str, Any]:
    """The context of the report's part of the page.

    Who may open the call because of a message in it sees no report on a colleague.
    """
    if not user.may_see(call.agent_id):
        return {"report": None, "report_is_of_another": True}
    report = (
        QualityReport.objects.filter(call=call, current=True)
        .select_related("card__scorecard", "acknowledged_by", "call")
        .first()
    )
    earlier = list(Contest.objects.of_earlier_reports(call))
    if report is None:
        return {"report": None, "earlier_contests": earlier}
    revisions = Revision.objects.filter(call=call).select_related("by")
    sections = _sections(report)
    return {
        "report": report,
        "earlier_contests": earlier,
        "may_correct": reviewing.may_correct(call, user),
        "report_sections": sections,
        "promises": [_promise(each) for each in report.promises],
        "promise_rows": [*report.promises, {"who": "agent", "what": "", "by_when": ""}],
        "speakers": Speaker.choices,
        "dispositions": QualityReport.Disposition.choices,
        "revisions": [_revision(each) for each in revisions[:_SHOWN_REVISIONS]],
        "contested": sum(
            each.is_contested for part in sections for each in part.answers
        ),
    }


def _sections(report: QualityReport) -> list[SectionPart]:
    if report.card is None:
        return []
    questions = {each.pk: each for each in cards.questions(report.card)}
    worths = cards.worths(report.card, list(questions.values()))
    answers = report.answers.prefetch_related(
        "corrections__by", "contests__by", "contests__answered_by"
    )
    found = {answer.question_id: answer for answer in answers}
    parts = []
    for section in report.scores:
        lines = [
            _line(report, question, found[question.pk], worths[question.pk])
            for question in questions.values()
            if question.section_id == section["id"] and question.pk in found
        ]
        if lines:
            parts.append(
                SectionPart(
                    section["title"], section["score"], section["failed"], lines
                )
            )
    return parts


def _line(
    report: QualityReport, question: Question, answer: Answer, worth: float
) -> AnswerLine:
    is_human = answer.final is not None
    differs = is_human and answer.given is not None and answer.final != answer.given
    how = "human" if is_human else question.source
    return AnswerLine(
        row=answer,
        title=question.title,
        text=question.text.replace("{who}", speakers.title(report.judged).lower()),
        how=how,
        how_title=_how(how),
        shown=_shown(question, answer.settled),
        machine=_shown(question, answer.given) if differs else "",
        note=_range(question, answer.settled),
        earned=_earned(report, answer, worth),
        why=_why(answer),
        needs_human=answer.why in {grading.NEEDS_HUMAN, grading.SUGGESTED},
        quotes=[_quote(each) for each in answer.quotes],
        corrections=list(answer.corrections.all()),
        contests=list(answer.contests.all()),
        definition=_DEFINITIONS.get(question.measure)
        if question.source == Question.Source.MEASURE
        else None,
        choices=cards.answers(question),
    )


def _how(how: str) -> str:
    return {
        "model": _("Model"),
        "measure": _("Measure"),
        "hand": _("By hand"),
        "human": _("Human"),
    }[how]


def _shown(question: Question, answer: str | None) -> str:
    definition = _DEFINITIONS.get(question.measure)
    if question.kind != Question.Kind.NUMBER or definition is None or not answer:
        return cards.answer_text(question, answer)
    try:
        number = float(answer)
    except ValueError:
        return cards.answer_text(question, answer)
    match definition.unit:
        case "seconds":
            return short(number)
        case "share":
            return f"{number:.0f} %"
    return f"{number:g}"


def _range(question: Question, answer: str | None) -> str:
    if question.kind != Question.Kind.NUMBER or answer is None:
        return ""
    ranges = cards.as_question(question)
    found = scoring.chosen(ranges, answer)
    titles = {each.key: each.title for each in question.options.all()}
    return "" if found is None else titles[found.key]


def _earned(report: QualityReport, answer: Answer, worth: float) -> str:
    if not answer.counts or answer.value is None:
        return ""
    earned = f"{answer.value * worth:.3g}"
    return _("%(earned)s of %(worth)s") % {"earned": earned, "worth": f"{worth:g}"}


def _why(answer: Answer) -> str:
    if answer.why == grading.NEEDS_HUMAN:
        return str(answer.get_doubt_display())
    return str(_WHY.get(answer.why, ""))


def _quote(quote: dict[str, Any]) -> Quote:
    return Quote(
        speaker=quote["speaker"],
        speaker_title=speakers.title(quote["speaker"]),
        text=quote["text"],
        start=quote["start"],
        end=quote["end"],
        fault=_doubt(quote["fault"]),
    )


def _doubt(code: str) -> str:
    return str(dict(Answer.Doubt.choices).get(code, "")) if code else ""


def _promise(promise: dict[str, Any]) -> dict[str, Any]:
    return {
        **promise,
        "who_title": speakers.title(promise["who"]),
        "quotes": [_quote(each) for each in promise["quotes"]],
        "doubt_text": _doubt(promise["doubt"]),
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "row": revision,
        "before": _as_text(revision.field, revision.before),
        "after": _as_text(revision.field, revision.after),
    }


def _as_text(field: str, value: Any) -> str:  # noqa: ANN401  what a revision keeps
    if field == Revision.Field.DISPOSITION:
        return str(dict(QualityReport.Disposition.choices).get(value, "–"))
    if field == Revision.Field.PROMISES:
        return _promises_as_text(value) or "–"
    return value or "–"


def _promises_as_text(promises: Sequence[dict[str, Any]]) -> str:
    return "; ".join(
        f"{speakers.title(each['who'])}: {each['what']}"
        + (f" ({each['by_when']})" if each["by_when"] else "")
        for each in promises
    )
