"""The way to what is hidden, in a page: there for those who may go it."""

from typing import Any

from django import template

from analytics.privacy import has_original, may_see_original
from calls.models import Call

register = template.Library()


@register.inclusion_tag("analytics/_original.html", takes_context=True)
def original_of(context: template.Context, call: Call) -> dict[str, Any]:
    """`{% original_of call %}`: a button, or nothing."""
    shown = may_see_original(context["request"].user) and has_original(call)
    return {"call": call, "shown": shown, "csrf_token": context.get("csrf_token")}
