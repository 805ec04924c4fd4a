"""The doors of the call page: who may see, what was asked, one answer."""

import math

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from analytics import page, services
from analytics.models import Step
from calls.models import Call, User
from calls.roles import signed_in
from calls.services import voicemail


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


def _second(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None
