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
    reply_effort: Effort = "none"
    report_effort: Effort = "low"
    embedding_model: str = "text-embedding-3-small"
    connect_timeout: float = 5.0
    reply_timeout: float = 10.0
    report_timeout: float = 120.0
    max_retries: int = 2

    def require_key(self) -> str:
        """The key, or a VendorError: the SDK itself raises a bare TypeError late."""
        return _required(self.api_key, "openai")


@dataclass(frozen=True, slots=True, repr=False)
class SpeechConfig:
    """Who speaks for us: OpenAI, or whoever `vendor` names has an endpoint like theirs.

    `base_url` ends where "/audio/speech" follows. Nothing is asked a second time once
    something was heard, and until then `max_retries` times more. Times are seconds: for
    the connection, from the request to the first sound, and between two pieces of it.
    """

    api_key: str
    base_url: str | None = None
    model: str = "gpt-4o-mini-tts"
    voice: str = "alloy"
    vendor: str = "openai"
    connect_timeout: float = 2.0
    first_byte_timeout: float = 5.0
    stall_timeout: float = 3.0
    max_retries: int = 1

    def require_key(self) -> str:
        """The key, or a VendorError."""
        return _required(self.api_key, self.vendor)


def _required(key: str, vendor: str) -> str:
    if not key:
        raise VendorError(
            vendor=vendor, code="not_configured", message="No key is set."
        )
    return key
