"""Having a call judged by a language model, and believing only what can be checked."""

from collections.abc import Sequence

from django.utils import timezone

from analytics import clients, facts, judgement, reasons
from analytics.models import QualityReport
from analytics.outcome import Done, Outcome
from calls.models import Call, Utterance
from vendors.openai import writing


def run(call: Call) -> Outcome:
    """A report on the conversation; a call without one gets none."""
    said = facts.transcript(call)
    if not facts.was_attended(call):
        return Done(reasons.NO_CONVERSATION)
    if not said:
        return Done(reasons.NO_TRANSCRIPT)
    if not facts.has_conversation(said):
        return Done(reasons.NO_CONVERSATION)
    report = writing.answer(
        clients.openai_config(),
        instructions=judgement.INSTRUCTIONS,
        input=judgement.request(said),
        shape=judgement.Report,
        person=clients.person(call.agent_id),
    )
    return Done(store=lambda: _store(call, report, said))


def _store(call: Call, report: judgement.Report, said: Sequence[Utterance]) -> None:
    scores = judgement.checked(report, said)
    QualityReport.objects.filter(call=call, current=True).update(current=False)
    QualityReport.objects.create(
        call=call,
        written_at=timezone.now(),
        model=clients.openai_config().report_model,
        transcript=said[0].source,
        judged=judgement.judged(said),
        summary=report.summary,
        disposition=report.disposition,
        went_well=report.went_well,
        to_improve=report.to_improve,
        scores=scores,
        score=judgement.overall(scores),
        needs_human=sum(bool(score["doubt"]) for score in scores),
    )
