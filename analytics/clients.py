"""The vendors that work after a call, as the settings describe them."""

from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from vendors.assemblyai.config import AssemblyAIConfig
from vendors.openai.config import OpenAIConfig


@cache
def openai_config() -> OpenAIConfig:
    return OpenAIConfig(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        report_model=settings.OPENAI_REPORT_MODEL,
    )


@cache
def assemblyai_config() -> AssemblyAIConfig:
    return AssemblyAIConfig(
        api_key=settings.ASSEMBLYAI_API_KEY,
        base_url=settings.ASSEMBLYAI_BASE_URL,
        speech_models=tuple(settings.ASSEMBLYAI_MODELS),
        language=settings.ASSEMBLYAI_LANGUAGE,
        sentiment=settings.ASSEMBLYAI_SENTIMENT,
        # What is to be hidden is found by what is named.
        entities=settings.ASSEMBLYAI_ENTITIES or settings.REDACT_PII,
    )


def webhook_secret() -> str:
    """What AssemblyAI must show when it calls us; it follows from the SECRET_KEY."""
    return salted_hmac("analytics.assemblyai_webhook", "v1").hexdigest()


def person(user_id: int | None) -> str:
    """A hash that stands for an agent at the vendor."""
    return salted_hmac("analytics.person", str(user_id or "")).hexdigest()
