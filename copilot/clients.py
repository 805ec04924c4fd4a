"""The vendors of the live work, as the settings describe them."""

from functools import cache
from hashlib import sha256

from django.conf import settings

from vendors.openai.config import OpenAIConfig, SpeechConfig


@cache
def openai_config() -> OpenAIConfig:
    """The key and the models of the live work."""
    return OpenAIConfig(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        live_model=settings.OPENAI_LIVE_MODEL,
        reply_model=settings.OPENAI_SUGGESTION_MODEL,
    )


@cache
def speech_config() -> SpeechConfig:
    """Who speaks for the assistant, and in which voice unless it has its own."""
    return SpeechConfig(
        api_key=settings.SPEECH_API_KEY,
        base_url=settings.SPEECH_BASE_URL,
        model=settings.SPEECH_MODEL,
        voice=settings.SPEECH_VOICE,
        vendor=settings.SPEECH_VENDOR,
    )


def person_of(sid: str) -> str:
    """Who is on a call, for vendors: they want to tell people apart, not to know them."""
    return sha256(sid.encode()).hexdigest()
