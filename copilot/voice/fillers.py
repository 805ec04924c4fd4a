"""The few sentences that the voice has of its own, where an assistant brings none."""

from collections.abc import Mapping
from typing import Final, TypeVar

from copilot.voice.phrases import base

Said = TypeVar("Said")

_NUDGES: Final = {
    "en": ("Are you still there?", "I cannot hear you. Is there anything I can do?"),
    "de": (
        "Sind Sie noch da?",
        "Ich kann Sie nicht hören. Kann ich etwas für Sie tun?",
    ),
    "es": ("¿Sigue ahí?", "No le oigo. ¿Puedo hacer algo por usted?"),
    "fr": ("Êtes-vous toujours là ?", "Je ne vous entends pas. Puis-je vous aider ?"),
}
_GOODBYES: Final = {
    "en": "Thank you for calling. Goodbye.",
    "de": "Danke für Ihren Anruf. Auf Wiederhören.",
    "es": "Gracias por llamar. Adiós.",
    "fr": "Merci de votre appel. Au revoir.",
}
_HOLDING: Final = {
    "en": "One moment, please.",
    "de": "Einen Moment, bitte.",
    "es": "Un momento, por favor.",
    "fr": "Un instant, s'il vous plaît.",
}


def _in(language: str, known: Mapping[str, Said]) -> Said:
    return known.get(base(language), known["en"])


def nudges(language: str) -> tuple[str, ...]:
    """What a caller is asked who says nothing, once and again."""
    return _in(language, _NUDGES)


def goodbye(language: str) -> str:
    """The last words to somebody who does not speak."""
    return _in(language, _GOODBYES)


def holding(language: str) -> str:
    """What is said while something takes its time."""
    return _in(language, _HOLDING)
