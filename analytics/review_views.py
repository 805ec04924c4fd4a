"""The doors of a report: who may correct, acknowledge, contest, answer and rewrite; each calls one verb."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics import reviewing
from analytics.models import Answer, Contest, QualityReport
from calls.models import Call
from calls.roles import signed_in
from calls.services.refusals import Refused

_CORRECT = "analytics.change_qualityreport"


@require_POST
@login_required
@permission_required(_CORRECT, raise_exception=True)
def correct(request: HttpRequest, sid: str, answer_id: int) -> HttpResponse:
    """A supervisor's answer in place of the machine's, or the same to confirm it."""
    answer = _answer(request, sid, answer_id)
    return _done(
        request,
        sid,
        f"answer-{answer.pk}",
        lambda: reviewing.correct(
            answer=answer,
            value=request.POST.get("value", ""),
            why=request.POST.get("why", ""),
            by=signed_in(request),
        ),
        _("The answer is stored and the score counted anew."),
    )


@require_POST
@login_required
@permission_required("analytics.view_qualityreport", raise_exception=True)
def acknowledge(request: HttpRequest, sid: str) -> HttpResponse:
    """The call's agent has read the report."""
    report = _own(request, _report(request, sid))
    return _done(
        request,
        sid,
        "part-report",
        lambda: reviewing.acknowledge(report=report, by=signed_in(request)),
        _("You have acknowledged this report."),
    )


@require_POST
@login_required
@permission_required("analytics.view_qualityreport", raise_exception=True)
def contest(request: HttpRequest, sid: str, answer_id: int) -> HttpResponse:
    """The call's agent objects to one answer."""
    answer = _answer(request, sid, answer_id)
    _own(request, answer.report)
    return _done(
        request,
        sid,
        f"answer-{answer.pk}",
        lambda: reviewing.contest(
            answer=answer,
            reason=request.POST.get("reason", ""),
            by=signed_in(request),
        ),
        _("Your objection is with the supervisors."),
    )


@require_POST
@login_required
@permission_required(_CORRECT, raise_exception=True)
def answer_contest(request: HttpRequest, sid: str, contest_id: int) -> HttpResponse:
    """A supervisor answers an objection."""
    found = get_object_or_404(
        Contest.objects.select_related("answer"),
        pk=contest_id,
        answer__report__call=_seen(request, sid),
    )
    return _done(
        request,
        sid,
        f"answer-{found.answer_id}",
        lambda: reviewing.answer_contest(
            contest=found,
            value=request.POST.get("value", ""),
            reply=request.POST.get("reply", ""),
            by=signed_in(request),
        ),
        _("The objection is answered."),
    )


@require_POST
@login_required
@permission_required("analytics.view_qualityreport", raise_exception=True)
def rewrite(request: HttpRequest, sid: str) -> HttpResponse:
    """Summary, disposition and promises, by a supervisor or the call's agent."""
    report = _report(request, sid)
    if not request.user.has_perm(_CORRECT):
        _own(request, report)
    columns = (request.POST.getlist(name) for name in ("who", "what", "by_when"))
    promises = [
        {"who": who, "what": what, "by_when": by_when}
        for who, what, by_when in zip(*columns, strict=False)
    ]
    return _done(
        request,
        sid,
        "part-report",
        lambda: reviewing.rewrite(
            report=report,
            by=signed_in(request),
            summary=request.POST.get("summary", ""),
            disposition=request.POST.get("disposition", ""),
            promises=promises,
        ),
        _("The report is stored."),
    )


def _done(
    request: HttpRequest,
    sid: str,
    place: str,
    work: Callable[[], object],
    told: str,
) -> HttpResponse:
    """Do it and go back to where the form stood, with what became of it."""
    try:
        work()
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, told)
    return redirect(f"{reverse('call', args=[sid])}#{place}")


def _seen(request: HttpRequest, sid: str) -> Call:
    return get_object_or_404(Call.objects.seen_by(signed_in(request)), sid=sid)


def _report(request: HttpRequest, sid: str) -> QualityReport:
    reports = QualityReport.objects.select_related("call")
    return get_object_or_404(reports, call=_seen(request, sid), current=True)


def _answer(request: HttpRequest, sid: str, answer_id: int) -> Answer:
    answers = Answer.objects.select_related("report__call")
    return get_object_or_404(
        answers, pk=answer_id, report__call=_seen(request, sid), report__current=True
    )


def _own(request: HttpRequest, report: QualityReport) -> QualityReport:
    """The report, if it is on a call of whoever asks."""
    if not reviewing.is_own(report.call, signed_in(request)):
        raise PermissionDenied
    return report
