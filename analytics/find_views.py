"""The doors of the call list and of its file: who may see, what was asked, one answer."""

import logging
from datetime import datetime
from typing import Final

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics import find, find_csv, telephone
from analytics.find_form import FindForm
from calls.roles import signed_in

logger = logging.getLogger(__name__)

_LARGEST_ID: Final = 2**63 - 1


@require_GET
@login_required
@permission_required("calls.view_call", raise_exception=True)
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls one may see and has asked for, newest first; `before` continues after the last one shown."""
    user = signed_in(request)
    form = FindForm(request.GET, user=user)
    asked = form.asked()
    before = _cursor(request.GET.get("before", ""))
    context = {
        "form": form,
        "asked": asked,
        "is_filtered": bool(asked),
        # For the addresses of other pages of the same list.
        "filter": urlencode(asked),
        "is_first": before is None,
        "most": find.MOST_COUNTED,
        "rows": [],
    }
    if not form.is_valid():
        return render(request, "analytics/call_list.html", context, status=400)
    context["chips"] = form.chips()
    try:
        is_counted = bool(asked) and before is None
        page = find.page(form.cleaned_data, user, before=before, counted=is_counted)
    except find.TooSlow:
        context["too_slow"] = True
        return render(request, "analytics/call_list.html", context, status=503)
    context["count"] = page.number if is_counted else None
    said = find.snippets(page.calls, form.cleaned_data["words"])
    context["rows"] = [
        (
            call,
            telephone.other_side(call),
            telephone.outcome(call),
            said.get(call.pk),
        )
        for call in page.calls
    ]
    context["older"] = _as_cursor(page.last)
    return render(request, "analytics/call_list.html", context)


@require_GET
@login_required
@permission_required("calls.view_call", raise_exception=True)
def call_list_csv(request: HttpRequest) -> StreamingHttpResponse | HttpResponse:
    """Every call that the list would show on all its pages, as a file."""
    user = signed_in(request)
    form = FindForm(request.GET, user=user)
    if not form.is_valid():
        text = _("The filters of the list are not right; look at them there.")
        return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
    # Ids and names of what was asked, never the words or numbers.
    logger.info(
        "calls exported by user %s, filtered by %s", user.pk, sorted(form.asked())
    )
    answer = StreamingHttpResponse(
        find_csv.lines(form.cleaned_data, user), content_type="text/csv; charset=utf-8"
    )
    name = f"calls-{timezone.localdate():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _as_cursor(last: find.Cursor | None) -> str:
    return "" if last is None else f"{last[0].isoformat()}_{last[1]}"


def _cursor(text: str) -> find.Cursor | None:
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        moment, number = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    return (moment, number) if moment.tzinfo and 0 <= number <= _LARGEST_ID else None
