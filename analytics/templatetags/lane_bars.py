"""The bars of a speaker's lane as SVG: of a long call there are ten thousand, too many for a template's loop."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from analytics.lanes import Bar
from analytics.templatetags.call_times import clock

register = template.Library()


@register.simple_tag
def speech(bars: Iterable[Bar]) -> SafeString:
    """One rectangle for each stretch of speech; all in it but the kind are numbers of ours."""
    drawn = (
        f'<rect class="bar {escape(bar.kind)}" x="{bar.left}" y="6" width="{bar.width}"'
        f' height="18" rx="2"><title>{clock(bar.start)} – {clock(bar.end)}</title></rect>'
        for bar in bars
    )
    return mark_safe("".join(drawn))  # noqa: S308  see above
