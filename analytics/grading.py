"""The answers of a report put through the arithmetic, and what comes out of it stored."""

from collections.abc import Sequence

from analytics import cards, scoring
from analytics.models import Answer, Measures, QualityReport, Question

SUGGESTED = "suggested"
OTHERS_PART = "others_part"
NEEDS_HUMAN = "needs_human"
# The reasons for which a person is waited for.
_WAITING = frozenset({SUGGESTED, NEEDS_HUMAN})


def grade(report: QualityReport) -> None:
    """Values, totals and what needs a human, from the answers as they stand; stores them.

    Inside a transaction. Without the model's part a total would speak of a part of the
    call as of the whole: then there is none until people have answered the rest.
    """
    if report.card is None:
        return
    questions = cards.questions(report.card)
    answers = list(report.answers.select_related("question"))
    result = scoring.score(
        cards.card(report.card, questions),
        {answer.question.key: _given(answer) for answer in answers},
        _known(report),
    )
    for answer in answers:
        line = result.line(answer.question.key)
        answer.value, answer.counts, answer.why = line.value, line.counts, line.why
    Answer.objects.bulk_update(answers, ["value", "counts", "why"])
    waiting = sum(answer.why in _WAITING for answer in answers)
    report.needs_human = waiting
    report.failed = result.failed
    report.score = result.total if report.model or not waiting else None
    report.scores = _sections(result, questions)
    report.save(update_fields=["needs_human", "failed", "score", "scores"])


def _known(report: QualityReport) -> scoring.Known:
    measures = Measures.objects.filter(call=report.call_id, current=True).first()
    return cards.known(report.call, measures, report.judged)


def _given(answer: Answer) -> scoring.Given:
    """A human's answer counts in any case; the machine's as far as it is believed."""
    if answer.final is not None:
        return scoring.Given(answer.final)
    if answer.others_part:
        return scoring.Given(None, OTHERS_PART)
    if answer.doubt:
        return scoring.Given(answer.given, NEEDS_HUMAN)
    return scoring.Given(answer.given, SUGGESTED if answer.suggested else "")


def _sections(
    result: scoring.Result, questions: Sequence[Question]
) -> list[dict[str, object]]:
    titles = {str(each.section_id): each.section.title for each in questions}
    return [
        {
            "id": int(section.key),
            "title": titles[section.key],
            "score": section.score,
            "worth": section.worth,
            "failed": section.failed,
        }
        for section in result.sections
    ]
