"""Times and figures of calls as people read them; no wording of its own beyond units."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def clock(seconds: float | None) -> str:
    """12.3 as 0:12, 3723 as 1:02:03; nothing for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def short(seconds: float | None) -> str:
    """Seconds with one decimal, from a minute on minutes and seconds."""
    if seconds is None:
        return ""
    if seconds >= 60:
        return clock(seconds)
    return _("%(seconds).1f s") % {"seconds": seconds}


@register.filter
def hundredths(seconds: float | None) -> str:
    """Seconds with two decimals, for what is short; nothing for None."""
    return "" if seconds is None else _("%(seconds).2f s") % {"seconds": seconds}


@register.filter
def percent(share: float | None) -> str:
    """0.42 as 42 %."""
    return "" if share is None else f"{100 * share:.0f} %"


@register.filter
def plain(number: float | None) -> str:
    """A number for a machine: a decimal point in every language."""
    return "" if number is None else f"{number:.3f}"
