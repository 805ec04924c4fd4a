"""What must be right before we serve real callers."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_KEYS = {
    "TWILIO_ACCOUNT_SID": (
        "TWILIO_AUTH_TOKEN",
        "TWILIO_API_KEY_SID",
        "TWILIO_API_KEY_SECRET",
        "TWIML_APP_SID",
        "TWILIO_NUMBER",
    ),
}
_VENDORS = {
    "TWILIO_IS_SIMULATED": "TWILIO_ACCOUNT_SID",
    "OPENAI_IS_SIMULATED": "OPENAI_API_KEY",
    "ASSEMBLYAI_IS_SIMULATED": "ASSEMBLYAI_API_KEY",
}


@register()
def no_simulator_in_production(**_kwargs: Any) -> list[CheckMessage]:
    """With DEBUG off a missing key is an error and never a simulator."""
    if settings.DEBUG:
        return []
    return [
        Error(
            f"{key} is not set.",
            hint="Set it, or DEBUG=true to use simulators.",
            id="callcenter.E001",
        )
        for flag, key in _VENDORS.items()
        if getattr(settings, flag)
    ]


@register()
def vendor_keys_are_complete(**_kwargs: Any) -> list[CheckMessage]:
    """An account without its other keys would fail at the first call."""
    return [
        Error(f"{key} is set but {other} is not.", id="callcenter.E002")
        for key, others in _KEYS.items()
        for other in others
        if getattr(settings, key) and not getattr(settings, other)
    ]
