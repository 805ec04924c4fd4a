"""The doors of the call list and the call page: who may see, what was asked, one answer."""

import math
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from analytics import page, services, telephone
from analytics.models import QualityReport, Step
from calls.models import Call, CallQuerySet, Queue, User
from calls.roles import signed_in
from calls.services import voicemail

PAGE_SIZE: Final = 50
LONGEST_ID: Final = 18  # digits
FILTERS: Final = ("q", "status", "outcome", "queue")


@require_GET
@login_required
@permission_required("calls.view_call", raise_exception=True)
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls one may see, newest first; `before` continues after the last one shown."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    queues = list(Queue.objects.values_list("pk", "name"))
    calls = _filtered(Call.objects.seen_by(signed_in(request)), **asked)
    before = _cursor(request.GET.get("before", ""))
    if before is not None:
        at, pk = before
        # Said twice so that the index on the time is used for the first half.
        calls = calls.filter(created_at__lte=at).filter(
            Q(created_at__lt=at) | Q(pk__lt=pk)
        )
    reports = QualityReport.objects.filter(current=True)
    found = list(
        calls.select_related("agent", "customer", "queue")
        .prefetch_related(
            Prefetch("reports", reports.defer("scores"), to_attr="current_reports"),
            Prefetch("steps", Step.objects.unfinished(), to_attr="open_steps"),
        )
        .order_by("-created_at", "-pk")[: PAGE_SIZE + 1]
    )
    more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    context = {
        "rows": [
            (call, telephone.other_side(call), telephone.outcome(call))
            for call in shown
        ],
        "asked": asked,
        "is_filtered": any(asked.values()),
        # For the addresses of other pages of the same list.
        "filter": urlencode({name: asked[name] for name in asked if asked[name]}),
        "statuses": Call.Status.choices,
        "outcomes": Call.Outcome.choices,
        "queues": [(str(pk), name) for pk, name in queues],
        "is_first": before is None,
        "older": _as_cursor(shown[-1]) if more else "",
    }
    return render(request, "analytics/call_list.html", context)


@require_GET
@login_required
@permission_required("calls.view_call", raise_exception=True)
def call_page(request: HttpRequest, sid: str) -> HttpResponse:
    """Everything about one call; `t` is the second of its clock at which to listen."""
    user = signed_in(request)
    at = _second(request.GET.get("t", ""))
    context = page.whole(seen(user, sid), user, at=at)
    return render(request, "analytics/call.html", context)


@require_GET
@login_required
@permission_required("calls.view_call", raise_exception=True)
def progress(request: HttpRequest, sid: str) -> HttpResponse:
    """The steps alone, for a page that follows them."""
    user = signed_in(request)
    context = page.steps(seen(user, sid), user)
    return render(request, "analytics/_steps.html", context)


@require_POST
@login_required
@permission_required("analytics.change_step", raise_exception=True)
def run_again(request: HttpRequest, sid: str, name: str) -> HttpResponse:
    """Do a step and all after it once more."""
    user = signed_in(request)
    step = get_object_or_404(Step, call=seen(user, sid), name=name)
    services.run_again(step=step, by=user)
    return redirect("call", sid=sid)


def seen(user: User, sid: str) -> Call:
    """The call, if this user may open it; a 404 otherwise."""
    calls = voicemail.readable_calls(user).select_related(
        "agent", "customer", "line", "queue", "disposition"
    )
    return get_object_or_404(calls, sid=sid)


def _filtered(
    calls: CallQuerySet, *, q: str, status: str, outcome: str, queue: str
) -> CallQuerySet:
    if status in Call.Status.values:
        calls = calls.filter(status=status)
    if outcome in Call.Outcome.values:
        calls = calls.filter(outcome=outcome)
    if queue.isdecimal() and len(queue) <= LONGEST_ID:
        calls = calls.filter(queue=int(queue))
    if q:
        number = "+" + q.lstrip("+ ") if q.lstrip("+ ").isdecimal() else q
        calls = calls.filter(Q(sid=q) | Q(from_number=number) | Q(to_number=number))
    return calls


def _second(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def _as_cursor(call: Call) -> str:
    return f"{call.created_at.isoformat()}_{call.pk}"


def _cursor(text: str) -> tuple[datetime, Any] | None:
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        moment, number = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    return (moment, number) if moment.tzinfo else None
