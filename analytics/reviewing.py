"""What people do with a report: correct, acknowledge, contest, answer, rewrite; who may is asked at the doors.

Each verb keeps what was before, says so in the call's history, and counts anew.
"""

import logging
import math
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import cards, grading, scoring
from analytics.models import (
    Answer,
    Contest,
    Correction,
    QualityReport,
    Question,
    Revision,
)
from calls.events import person, publish
from calls.models import Call, Speaker, User
from calls.services.refusals import Refused

logger = logging.getLogger(__name__)

LONGEST_TEXT: Final = 4000
MOST_PROMISES: Final = 20


def correct(*, answer: Answer, value: str, why: str, by: User) -> Correction:
    """A human's answer, which stands from now on; the same as the machine's confirms it."""
    with transaction.atomic():
        report = _locked(answer.report_id)
        _refuse_own(report, by)
        answer = report.answers.select_related("question").get(pk=answer.pk)
        value = _fitting(answer.question, value.strip())
        correction = Correction.objects.create(
            answer=answer,
            value=value,
            before=answer.settled,
            why=_text(why, needed=False),
            by=by,
        )
        answer.final = value
        answer.save(update_fields=["final"])
        grading.grade(report)
        _tell(report.call, "report.corrected", by, answer=answer.pk)
    return correction


def acknowledge(*, report: QualityReport, by: User) -> None:
    """The agent has seen the report. Safe to repeat."""
    with transaction.atomic():
        report = _locked(report.pk)
        if report.acknowledged_at is not None:
            return
        report.acknowledged_at, report.acknowledged_by = timezone.now(), by
        report.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _tell(report.call, "report.acknowledged", by, report=report.pk)


def contest(*, answer: Answer, reason: str, by: User) -> Contest:
    """The agent objects to one answer, which stands until a supervisor has looked."""
    with transaction.atomic():
        report = _locked(answer.report_id)
        if answer.contests.filter(state=Contest.State.OPEN).exists():
            raise Refused("already_contested", _("This answer is contested already."))
        row = Contest.objects.create(answer=answer, reason=_text(reason), by=by)
        _tell(report.call, "report.contested", by, answer=answer.pk, contest=row.pk)
    return row


def answer_contest(*, contest: Contest, value: str, reply: str, by: User) -> Contest:
    """A supervisor decides: with another answer than the one that stands the objection is accepted."""
    with transaction.atomic():
        report = _locked(contest.answer.report_id)
        _refuse_own(report, by)
        contest = Contest.objects.select_related("answer__question").get(pk=contest.pk)
        if contest.state != Contest.State.OPEN:
            raise Refused("already_answered", _("Somebody has answered this already."))
        stood = contest.answer.settled
        value = value.strip()
        if value and value != stood:
            correct(answer=contest.answer, value=value, why=reply, by=by)
            contest.state = Contest.State.ACCEPTED
        else:
            contest.state = Contest.State.REJECTED
        contest.reply = _text(reply)
        contest.answered_at, contest.answered_by = timezone.now(), by
        contest.save(update_fields=["state", "reply", "answered_at", "answered_by"])
        _tell(report.call, "report.contest_answered", by, contest=contest.pk)
    return contest


def lapse(*, contest: Contest) -> None:
    """Nobody can decide it any more: the call was judged anew, and its question is not asked as it was."""
    call = contest.answer.report.call
    with transaction.atomic():
        contest.state = Contest.State.LAPSED
        contest.reply = _(
            "The call was judged again, and this question is no longer asked as it was."
        )
        contest.answered_at = timezone.now()
        contest.save(update_fields=["state", "reply", "answered_at"])
        publish(call=call, name="report.contest_lapsed", contest=contest.pk)


def rewrite(
    *,
    report: QualityReport,
    by: User,
    summary: str,
    disposition: str,
    promises: list[dict[str, str]],
) -> list[Revision]:
    """Summary, disposition and promises in a human's words; what changed is kept beside what was.

    `promises` are "who", "what" and "by_when" each; one whose words stay keeps its proof.
    """
    if disposition not in QualityReport.Disposition.values:
        raise Refused("no_such_disposition", _("Choose how the call ended."))
    with transaction.atomic():
        report = _locked(report.pk)
        after: dict[str, Any] = {
            "summary": _text(summary),
            "disposition": disposition,
            "promises": _promises(report.promises, promises),
        }
        changed = {
            name: value
            for name, value in after.items()
            if value != getattr(report, name)
        }
        rows = [
            Revision(
                call=report.call,
                field=name,
                before=getattr(report, name),
                after=value,
                by=by,
            )
            for name, value in changed.items()
        ]
        if not rows:
            return []
        Revision.objects.bulk_create(rows)
        for name, value in changed.items():
            setattr(report, name, value)
        report.save(update_fields=list(changed))
        _tell(report.call, "report.rewritten", by, fields=sorted(changed))
    return rows


def _locked(report_id: int) -> QualityReport:
    """The report, which nobody else changes meanwhile; only the current one is worked on.

    Its call is locked before it, as everywhere: see `analytics.services`.
    """
    Call.objects.select_for_update(no_key=True, of=("self",)).get(reports=report_id)
    report = (
        QualityReport.objects.select_for_update(no_key=True, of=("self",))
        .select_related("call", "card")
        .get(pk=report_id)
    )
    if not report.current:
        raise Refused("not_current", _("There is a newer report on this call."))
    return report


def may_correct(call: Call, user: User) -> bool:
    """Whether this person may say what is right: a supervisor may, but nobody about themselves."""
    may = user.has_perm("analytics.change_qualityreport")
    return may and not is_own(call, user)


def is_own(call: Call, user: User) -> bool:
    """Whether the report is on this person's work."""
    return call.agent_id == user.pk


def _refuse_own(report: QualityReport, by: User) -> None:
    if is_own(report.call, by):
        message = _("This was your own call. Somebody else has to review it.")
        raise Refused("own_call", message)


def _tell(call: Call, name: str, by: User, **ids: Any) -> None:
    logger.info("%s of call %s by user %s", name, call.sid, by.pk)
    publish(call=call, name=name, data={**ids, "by": person(by)})


def _fitting(question: Question, value: str) -> str:
    """The value, if the question can be answered so."""
    allowed = dict(cards.answers(question))
    if allowed and value not in allowed:
        raise Refused("no_such_answer", _("This question has no such answer."))
    if question.kind == Question.Kind.NUMBER:
        return _number(value, may_be_na=question.may_be_na)
    return value if allowed else _text(value)


def _number(value: str, *, may_be_na: bool) -> str:
    if may_be_na and value == scoring.NOT_APPLICABLE:
        return value
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Refused("no_number", _("Answer this question with a number."))
    return f"{number:g}"


def _text(text: str, *, needed: bool = True) -> str:
    text = text.strip()
    if needed and not text:
        raise Refused("no_text", _("Write a few words."))
    if len(text) > LONGEST_TEXT:
        raise Refused("too_long", _("This is too long."))
    return text


def _promises(
    before: list[dict[str, Any]], wanted: list[dict[str, str]]
) -> list[dict[str, Any]]:
    known = {(each["who"], each["what"]): each for each in before}
    found = []
    for each in wanted[:MOST_PROMISES]:
        who, what = each["who"], each["what"].strip()
        if not what:
            continue
        if who not in Speaker.values:
            raise Refused("no_such_speaker", _("Say who made the promise."))
        proof = known.get((who, what), {"quotes": [], "doubt": ""})
        found.append(
            {
                "who": who,
                "what": _text(what),
                "by_when": _text(each["by_when"], needed=False)[:200],
                "quotes": proof["quotes"],
                "doubt": proof["doubt"],
            }
        )
    return found
