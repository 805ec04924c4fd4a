"""What a customer's WhatsApp message says, from Twilio's form; no I/O."""

from collections.abc import Mapping
from typing import Final

# Twilio sends ten at most.
_MOST_MEDIA: Final = 10
_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "opt out"})
_START: Final = frozenset({"start", "unstop", "subscribe", "opt in"})


def text(form: Mapping[str, str]) -> str:
    """The words; for a tapped button its label, for a place its name and where it is."""
    words = form.get("Body", "").strip()
    return words or form.get("ButtonText", "").strip() or _place(form)


def media(form: Mapping[str, str]) -> list[dict[str, str]]:
    """What came along: address at Twilio and kind of each."""
    number = form.get("NumMedia", "")
    count = min(int(number), _MOST_MEDIA) if number.isdecimal() else 0
    return [
        {
            "url": form[f"MediaUrl{place}"],
            "content_type": form.get(f"MediaContentType{place}", ""),
        }
        for place in range(count)
        if f"MediaUrl{place}" in form
    ]


def wish(words: str) -> bool | None:
    """Whether the customer asks for messages (True) or for no more (False), and for nothing else."""
    said = words.strip(" .!\n").casefold()
    if said in _STOP:
        return False
    return True if said in _START else None


def _place(form: Mapping[str, str]) -> str:
    latitude, longitude = form.get("Latitude"), form.get("Longitude")
    if not latitude or not longitude:
        return ""
    named = [form[key] for key in ("Label", "Address") if form.get(key)]
    return ", ".join([*named, f"{latitude}, {longitude}"])
