"""OpenAI as the settings describe it; how it is spoken to is in vendors.openai."""

from functools import cache

from django.conf import settings

from vendors.openai.config import OpenAIConfig


@cache
def openai_config() -> OpenAIConfig:
    """The key and the models of the live work."""
    return OpenAIConfig(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        live_model=settings.OPENAI_LIVE_MODEL,
        reply_model=settings.OPENAI_SUGGESTION_MODEL,
    )
