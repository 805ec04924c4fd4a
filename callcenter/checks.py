"""What must be right before we serve real callers."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from vendors.assemblyai.policies import POLICIES

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
# What ends, and when: all that OpenAI's speech endpoint knows.
_SPEECH_ENDS = "2027-01-06"
_SPEECH_ENDING = ("tts-1", "gpt-4o-mini-tts")


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


@register()
def a_foreign_voice_has_its_own_key(**_kwargs: Any) -> list[CheckMessage]:
    """Who is neither OpenAI nor AssemblyAI knows neither's key nor model."""
    return [
        Error(f"SPEECH_BASE_URL is set but {name} is not.", id="callcenter.E003")
        for name in ("SPEECH_API_KEY", "SPEECH_MODEL")
        if not getattr(settings, name)
    ]


@register()
def the_voice_stays(**_kwargs: Any) -> list[CheckMessage]:
    """A voice that is about to be switched off is named while there is time."""
    ours = settings.SPEECH_VENDOR == "openai" and not settings.OPENAI_IS_SIMULATED
    if not ours or not settings.SPEECH_MODEL.startswith(_SPEECH_ENDING):
        return []
    return [
        Caution(
            f"OpenAI switches {settings.SPEECH_MODEL} off on {_SPEECH_ENDS}.",
            hint="Set SPEECH_BASE_URL=https://tts.us.assemblyai.com/v1/openai (or tts.eu"
            " there): AssemblyAI speaks through the same interface, with your"
            " ASSEMBLYAI_API_KEY.",
            id="callcenter.W001",
        )
    ]


@register()
def the_policies_of_redaction_exist(**_kwargs: Any) -> list[CheckMessage]:
    """A name with a slip in it would redact nothing, and nobody would notice."""
    if not settings.REDACT_PII:
        return []
    unknown = sorted(set(settings.PII_POLICIES) - POLICIES)
    found: list[CheckMessage] = [
        Error(
            f"PII_POLICIES has {name}, which is no kind of personal data.",
            hint=f"Known are: {', '.join(sorted(POLICIES))}.",
            id="callcenter.E004",
        )
        for name in unknown
    ]
    if not settings.PII_POLICIES:
        found.append(
            Error(
                "REDACT_PII is on and PII_POLICIES is empty.",
                hint="Name what is to be hidden, or set REDACT_PII=false.",
                id="callcenter.E005",
            )
        )
    return found


@register()
def what_is_deleted_was_redacted(**_kwargs: Any) -> list[CheckMessage]:
    """Without redaction there is nothing that could take an original's place."""
    if settings.REDACT_PII or settings.KEEP_ORIGINALS:
        return []
    return [
        Caution(
            "KEEP_ORIGINALS is off, but so is REDACT_PII: originals are kept.",
            id="callcenter.W002",
        )
    ]
