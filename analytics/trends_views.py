"""The door of the page of trends in the admin: who may see, what was asked."""

from datetime import date

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics import daily, trends_page
from analytics.latency_views import number
from analytics.trends import Scope


@require_GET
@permission_required("analytics.view_dailyfigures", raise_exception=True)
def trends(request: HttpRequest) -> HttpResponse:
    """Every figure by day, beside the period before."""
    today = timezone.localdate(timezone=daily.zone())
    context = {
        **admin.site.each_context(request),
        **trends_page.context(_asked(request, today), today),
        "title": _("Trends"),
    }
    return TemplateResponse(request, "admin/analytics/trends.html", context)


def _asked(request: HttpRequest, today: date) -> trends_page.Asked:
    """What makes no sense is as if it were not there."""
    days = number(request.GET.get("days", ""))
    return trends_page.Asked(
        days=days if days in trends_page.PERIODS else trends_page.USUAL,
        last=min(_day(request.GET.get("until", "")) or today, today),
        scope=Scope(
            number(request.GET.get("agent", "")), number(request.GET.get("queue", ""))
        ),
    )


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and found.year >= 2000 else None
