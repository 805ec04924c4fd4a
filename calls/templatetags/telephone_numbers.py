"""Telephone numbers as people read them, the same on pages as on the desk (`readable` in static/js/page.js)."""

import re

from django import template

register = template.Library()

NORTH_AMERICAN = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")
OTHER = re.compile(r"\+(\d{2})(\d{5,})")


@register.filter
def readable(number: str) -> str:
    """+15550101003 as +1 555 010 1003; what is no number stays as it is."""
    if north := NORTH_AMERICAN.fullmatch(number):
        return f"+1 {north[1]} {north[2]} {north[3]}"
    if other := OTHER.fullmatch(number):
        return f"+{other[1]} " + re.sub(r"(\d{3})(?=\d{2})", r"\1 ", other[2])
    return number
