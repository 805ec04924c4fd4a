"""The bars of a call's lanes as SVG: of a long call there are ten thousand, too many for a template's loop."""

from collections.abc import Iterable
from html import escape
from typing import Final

from django import template
from django.utils.safestring import SafeString, mark_safe

from analytics.lanes import Bar
from analytics.templatetags.call_times import clock, plain

register = template.Library()

# Moments without a length are lines.
_POINTS: Final = frozenset({"transfer", "mode"})
# Where in its lane, and how high, a bar is that lies on or under others.
_BETWEEN: Final = {"overlap": (9, 12), "mute": (25, 4)}
_WHOLE: Final = (6, 18)


@register.simple_tag
def speech(bars: Iterable[Bar]) -> SafeString:
    """One rectangle for each stretch of speech."""
    return _joined(
        f'<rect class="bar {escape(bar.kind)}" x="{bar.left}" y="6" width="{bar.width}"'
        f' height="18" rx="2"><title>{clock(bar.start)} – {clock(bar.end)}</title></rect>'
        for bar in bars
    )


@register.simple_tag
def moments(bars: Iterable[Bar]) -> SafeString:
    """A line for each moment at which something changed, a rectangle for each that lasted."""
    return _joined(
        _point(bar) if bar.kind in _POINTS else _stretch(bar) for bar in bars
    )


def _point(bar: Bar) -> str:
    return (
        f'<line class="lane-mark {escape(bar.kind)}" data-at="{plain(bar.start)}"'
        f' x1="{bar.left}" x2="{bar.left}" y1="2" y2="28">'
        f"<title>{clock(bar.start)} {escape(bar.title)}</title></line>"
    )


def _stretch(bar: Bar) -> str:
    y, height = _BETWEEN.get(bar.kind, _WHOLE)
    title = f" {escape(bar.title)}" if bar.title else ""
    return (
        f'<rect class="bar {escape(bar.kind)}" data-at="{plain(bar.start)}"'
        f' data-until="{plain(bar.end)}" x="{bar.left}" y="{y}" width="{bar.width}"'
        f' height="{height}" rx="2">'
        f"<title>{clock(bar.start)} – {clock(bar.end)}{title}</title></rect>"
    )


def _joined(drawn: Iterable[str]) -> SafeString:
    # Each of them has escaped what is not a number of ours.
    return mark_safe("".join(drawn))  # noqa: S308
