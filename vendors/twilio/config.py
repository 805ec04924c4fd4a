"""What the Twilio adapters must be told; not where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class TwilioConfig:
    """An account's keys. `api_url` replaces https://api.twilio.com; seconds."""

    account_sid: str
    auth_token: str
    api_key_sid: str
    api_key_secret: str
    twiml_app_sid: str
    api_url: str | None = None
    timeout: float = 10.0
