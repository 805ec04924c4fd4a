"""The doors of the page of assistants' answer times in the admin: who may see, what was asked."""

import csv
from typing import Final

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics import latency_page

LONGEST_ID: Final = 18  # digits

_may_see = permission_required("analytics.view_measures", raise_exception=True)


@require_GET
@_may_see
def latency(request: HttpRequest) -> HttpResponse:
    """The percentiles of each stage by day and version, and their trend."""
    context = {
        **admin.site.each_context(request),
        **latency_page.context(_asked(request), timezone.localdate()),
        "title": _("Answer times"),
        "query": request.GET.urlencode(),
    }
    return TemplateResponse(request, "admin/analytics/latency.html", context)


@require_GET
@_may_see
def latency_csv(request: HttpRequest) -> HttpResponse:
    """The table of the page as a file."""
    today = timezone.localdate()
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"answer-times-{today:%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(answer).writerows(latency_page.table(_asked(request), today))
    return answer


def _asked(request: HttpRequest) -> latency_page.Asked:
    days = number(request.GET.get("days", ""))
    return latency_page.Asked(
        days=days if days in latency_page.PERIODS else latency_page.USUAL,
        assistant=number(request.GET.get("assistant", "")),
    )


def number(text: str) -> int | None:
    """An id or a small number in an address; None if it is none."""
    is_one = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if is_one else None
