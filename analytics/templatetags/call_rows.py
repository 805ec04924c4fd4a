"""Rows of which a long call has thousands, too many for a template's loop; what is in them is decided elsewhere."""

from collections.abc import Iterable
from functools import cache
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from analytics.page import Event
from analytics.places import Place
from analytics.templatetags.call_times import clock, plain, short
from analytics.transcript_page import Line

register = template.Library()


@register.simple_tag
def transcript_lines(lines: Iterable[Line]) -> SafeString:
    """What was said, and the moments between."""
    tones = {"negative": _("negative tone"), "positive": _("positive tone")}
    return _joined(
        _spoken(line, tones.get(line.mood, "")) if line.spoken else _moment(line)
        for line in lines
    )


@register.simple_tag
def place_items(places: Iterable[Place]) -> SafeString:
    """Where a measure is to be heard."""
    lasted = cache(lambda tenths: short(tenths / 10))  # few lengths for many places
    return _joined(
        f'<li><button class="seek" type="button" data-at="{plain(place.start)}"'
        f' data-until="{plain(place.end)}">{clock(place.start)}</button>'
        f' <span class="small quiet">{_dotted(lasted(round(10 * place.length)), place.title)}</span></li>'
        for place in places
    )


@register.simple_tag
def event_rows(events: Iterable[Event]) -> SafeString:
    """What happened in the call, at local times."""
    return _joined(_event(event) for event in events)


def _spoken(line: Line, tone: str) -> str:
    words = f' data-words="{line.words}"' if line.words else ""
    mood = f' <span class="mood small">{escape(tone)}</span>' if tone else ""
    return (
        f'<li class="line by-{escape(line.kind)}" {_times(line)}{words}>{_seek(line)}'
        f' <p><span class="who">{escape(line.title)}</span>'
        f' <span class="said">{escape(line.text)}</span>{mood}</p></li>'
    )


def _moment(line: Line) -> str:
    title = f"{line.title} {short(line.length)}" if line.length else line.title
    return (
        f'<li class="moment {escape(line.kind)}" {_times(line)}>{_seek(line)}'
        f" <span>{_dotted(title, line.text)}</span></li>"
    )


def _event(event: Event) -> str:
    at = localtime(event.at)
    more = f' <span class="quiet">{escape(event.told)}</span>' if event.told else ""
    return (
        f'<tr><td class="amount">{event.number}</td>'
        f'<td><time datetime="{at.isoformat()}">{at:%H:%M:%S}</time></td>'
        f"<td>{escape(event.name)}{more}</td></tr>"
    )


def _times(line: Line) -> str:
    return f'data-start="{plain(line.start)}" data-end="{plain(line.end)}"'


def _seek(line: Line) -> str:
    return (
        f'<button class="seek" type="button" data-at="{plain(line.start)}">'
        f"{clock(line.start)}</button>"
    )


def _dotted(*texts: str) -> str:
    return escape(" · ".join(filter(None, texts)))


def _joined(rows: Iterable[str]) -> SafeString:
    # Each of them has escaped what is not a number of ours.
    return mark_safe("\n".join(rows))  # noqa: S308
