"""The played account's message templates, as WhatsApp has approved them; it sends nothing."""

import json
import re
from typing import Final

from simulators.twilio.errors import invalid

LONGEST: Final = 1600
_PLACE = re.compile(r"\{\{(\d+)\}\}")
# A variable must stay on one line, without a gap in it.
_BROKEN = re.compile(r"[\n\t]| {5,}")

AFTER_THE_CALL: Final = "HX00000000000000000000000000000001"
APPOINTMENT: Final = "HX00000000000000000000000000000002"
# By Content SID: the text, and what stands in the places that a request leaves empty.
APPROVED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    AFTER_THE_CALL: (
        "Hello {{1}}, thank you for calling Harbour Lamps. In short: {{2}} "
        "Just reply here if we can do anything else for you.",
        {"1": "there", "2": "we have noted your wish."},
    ),
    APPOINTMENT: (
        "Hello {{1}}, this is Harbour Lamps. We will see you on {{2}} at {{3}}. "
        "Please reply here if that does not suit you.",
        {"1": "there", "2": "Monday", "3": "10:00"},
    ),
}


def filled(content_sid: str, content_variables: str) -> str:
    """The text as the customer reads it; ApiError for a wrong SID or wrong variables."""
    template = APPROVED.get(content_sid)
    if template is None:
        raise invalid("The ContentSid is invalid", 21655)
    text, samples = template
    values = samples | _variables(content_variables)
    return _PLACE.sub(lambda place: values[place[1]], text)


def _variables(text: str) -> dict[str, str]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(map(_is_usable, values.values())):
        raise invalid("The ContentVariables parameter is invalid", 21656)
    if any(len(value) > LONGEST for value in values.values()):
        raise invalid("A parameter exceeds its limit of characters", 21658)
    return {str(key): str(value) for key, value in values.items()}


def _is_usable(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not _BROKEN.search(value)
