"""What the settings want hidden, applied to texts; what has which shape is known in `redaction`."""

from collections.abc import Collection, Iterable

from django.conf import settings

from calls import redaction


def policies() -> frozenset[str]:
    """The kinds of personal data that are to be covered; none while redaction is off."""
    return frozenset(settings.PII_POLICIES) if settings.REDACT_PII else frozenset()


def model_policies() -> frozenset[str]:
    """Likewise in what a language model is told while a call lasts."""
    return policies() if settings.REDACT_LIVE_MODEL else frozenset()


def shown(text: str, *, growing: bool = False) -> str:
    """A text as it may be stored and shown; `growing` words are not complete yet."""
    return redaction.cover(text, policies(), growing=growing)


def told(said: Iterable[tuple[str, str]], of: Collection[str]) -> list[tuple[str, str]]:
    """A talk, as (voice, text), with these kinds covered."""
    return redaction.cover_talk(list(said), of)
