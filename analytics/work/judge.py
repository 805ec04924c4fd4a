"""Having a call judged by its scorecard, and believing only what can be checked."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from analytics import (
    agreement,
    cards,
    clients,
    facts,
    grading,
    judgement,
    reasons,
    reviewing,
)
from analytics import scoring as arithmetic
from analytics.models import (
    Answer,
    Contest,
    Correction,
    Measures,
    QualityReport,
    Question,
    Revision,
    ScorecardVersion,
)
from analytics.outcome import Done, Failed, Outcome
from calls.models import Call, Utterance
from vendors.errors import VendorError
from vendors.openai import writing

logger = logging.getLogger(__name__)

# Room for the model's answer: for the text, and for each question with its quotes.
_TOKENS: Final = 3000
_TOKENS_EACH: Final = 250


@dataclass(frozen=True, slots=True)
class _Case:
    """A call that is to be judged: what was said, by what, and which questions come up."""

    call: Call
    said: Sequence[Utterance]
    version: ScorecardVersion | None
    measures: Measures | None
    questions: list[Question] = field(default_factory=list)

    @property
    def who(self) -> str:
        return judgement.judged(self.said)

    def for_model(self) -> list[judgement.Asked]:
        """What the model is to answer; a question that hangs on another answer is among them."""
        others = judgement.parts_of_others(self.said)
        return [
            cards.for_model(each)
            for each in self.questions
            if each.source == Question.Source.MODEL and each.part not in others
        ]


def run(call: Call) -> Outcome:
    """A report on the conversation; a call without one gets none."""
    said = facts.transcript(call)
    if not facts.was_attended(call):
        return _nothing(call, reasons.NO_CONVERSATION)
    if not said:
        return _nothing(call, reasons.NO_TRANSCRIPT)
    if not facts.has_conversation(said):
        return _nothing(call, reasons.NO_CONVERSATION)
    case = _case(call, said)
    asked = case.for_model()
    try:
        report = writing.answer(
            clients.openai_config(),
            instructions=judgement.INSTRUCTIONS,
            input=judgement.request(said, asked),
            shape=judgement.report_shape(asked),
            person=clients.person(call.agent_id),
            longest=_TOKENS + _TOKENS_EACH * len(asked),
        )
    except VendorError as error:
        logger.warning("judging call %s: %s %s", call.sid, error.vendor, error.code)
        return Failed(
            error.code,
            error.message,
            error.retryable,
            error.retry_after,
            store=lambda: _store_measured(case),
        )
    return Done(store=lambda: _store(case, report, asked))


def _nothing(call: Call, reason: str) -> Outcome:
    """There is nothing to judge; a report on words that were there before is none on these."""
    return Done(reason, store=lambda: _withdraw(call))


def _withdraw(call: Call) -> None:
    QualityReport.objects.filter(call=call, current=True).update(current=False)


def _case(call: Call, said: Sequence[Utterance]) -> _Case:
    version = cards.for_call(call)
    measures = Measures.objects.filter(call=call, current=True).first()
    known = cards.known(call, measures, judgement.judged(said))
    found = [] if version is None else cards.questions(version)
    whole = [] if version is None else cards.card(version, found).questions
    coming_up = {each.key for each in whole if arithmetic.is_asked(each, known)}
    questions = [each for each in found if each.key in coming_up]
    return _Case(call, said, version, measures, questions)


def _store(
    case: _Case, told: judgement.Report, asked: Sequence[judgement.Asked]
) -> None:
    """The whole report. What people wrote in an earlier one stands in this one too."""
    before = QualityReport.objects.filter(call=case.call).first()
    report = _new(
        case,
        model=clients.openai_config().report_model,
        summary=told.summary,
        disposition=told.disposition,
        promises=judgement.checked_promises(told, case.said),
        went_well=told.went_well,
        to_improve=told.to_improve,
    )
    _answer(report, case, judgement.checked(told, asked, case.said))
    if before is not None:
        _keep_what_people_wrote(before, report)
    grading.grade(report)


def _store_measured(case: _Case) -> None:
    """What is known without the model, until it has answered; an earlier report is better."""
    if QualityReport.objects.filter(call=case.call, current=True).exists():
        return
    before = QualityReport.objects.filter(call=case.call).first()
    report = _new(case, model="")
    _answer(report, case, {})
    if before is not None:
        _keep_what_people_wrote(before, report)
    grading.grade(report)


def _new(case: _Case, *, model: str, **text: object) -> QualityReport:
    _withdraw(case.call)
    return QualityReport.objects.create(
        call=case.call,
        written_at=timezone.now(),
        card=case.version,
        model=model,
        transcript=case.said[0].source,
        judged=case.who,
        **text,
    )


def _answer(
    report: QualityReport, case: _Case, checked: dict[int, judgement.Checked]
) -> None:
    """An answer for each question that comes up, by whoever answers it."""
    others = judgement.parts_of_others(case.said)
    suggests: set[int] = set()
    if case.version is not None:
        suggests = agreement.only_suggests(case.version, case.questions)
    Answer.objects.bulk_create(
        _by_others(report, question)
        if question.part in others
        else _answered(
            report, question, case, checked, suggested=question.pk in suggests
        )
        for question in case.questions
    )


def _by_others(report: QualityReport, question: Question) -> Answer:
    return Answer(report=report, question=question, others_part=True)


def _answered(
    report: QualityReport,
    question: Question,
    case: _Case,
    checked: dict[int, judgement.Checked],
    *,
    suggested: bool,
) -> Answer:
    answer = Answer(report=report, question=question)
    match question.source:
        case Question.Source.HAND:
            answer.doubt = Answer.Doubt.BY_HAND
        case Question.Source.MEASURE:
            answer.given = cards.measured(question, case.measures, case.who)
            if answer.given is None:
                answer.doubt = Answer.Doubt.NO_MEASURE
        case _:
            found = checked.get(question.pk)
            if found is None:
                answer.doubt = Answer.Doubt.NOT_ANSWERED
            else:
                answer.given, answer.rationale = found.answer, found.rationale
                answer.quotes, answer.doubt = found.quotes, found.doubt
                answer.suggested = suggested
    return answer


def _keep_what_people_wrote(before: QualityReport, report: QualityReport) -> None:
    """Corrections, objections and the edited text go on; to be acknowledged it is anew.

    What is objected to an answer that has none in its place can no longer be decided.
    """
    answers = report.answers.select_related("question")
    new = {answer.question.key: answer for answer in answers}
    for old in before.answers.select_related("question"):
        answer = new.get(old.question.key)
        if answer is None or not _still_fits(answer.question, old):
            continue
        Correction.objects.filter(answer=old).update(answer=answer)
        Contest.objects.filter(answer=old).update(answer=answer)
        answer.final = old.final
        answer.save(update_fields=["final"])
    for name in Revision.Field.values:
        newest = Revision.objects.filter(call=report.call_id, field=name).first()
        if newest is not None:
            setattr(report, name, newest.after)
    report.save()
    lapsed = Contest.objects.filter(answer__report=before, state=Contest.State.OPEN)
    for contest in lapsed:
        reviewing.lapse(contest=contest)


def _still_fits(question: Question, old: Answer) -> bool:
    """Whether a question of the new report could be answered as the old one was."""
    if question.kind != old.question.kind:
        return False
    allowed = dict(cards.answers(question))
    return old.final is None or not allowed or old.final in allowed
