"""What the OpenAI adapters must be told; not where it comes from."""

from dataclasses import dataclass
from typing import Literal

from vendors.errors import VendorError

Effort = Literal["none", "minimal", "low", "medium", "high"]


@dataclass(frozen=True, slots=True, repr=False)
class OpenAIConfig:
    """A key, the models that do the work, and how long we wait (seconds).

    Models come and go within months, so each is a setting. `base_url` ends in /v1.
    """

    api_key: str
    base_url: str | None = None
    live_model: str = "gpt-live-transcribe"
    reply_model: str = "gpt-6-luna"
    report_model: str = "gpt-6-luna"
    speech_model: str = "gpt-4o-mini-tts"
    voice: str = "alloy"
    reply_effort: Effort = "none"
    report_effort: Effort = "low"
    embedding_model: str = "text-embedding-3-small"
    connect_timeout: float = 5.0
    reply_timeout: float = 10.0
    report_timeout: float = 120.0
    max_retries: int = 2

    def require_key(self) -> str:
        """The key, or a VendorError: the SDK itself raises a bare TypeError late."""
        if not self.api_key:
            raise VendorError(
                vendor="openai",
                code="not_configured",
                message="No OpenAI key is set.",
            )
        return self.api_key
