"""Bringing home what came along with a WhatsApp message: a picture, a voice message, a document."""

import time
from dataclasses import dataclass
from typing import Final

import httpx2

from vendors.twilio.config import TwilioConfig
from vendors.twilio.failures import failure, from_status, translated
from vendors.twilio.recordings import is_twilios

# WhatsApp lets nobody send more than this.
MOST_BYTES: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Media:
    """One file, with the type that Twilio gives it."""

    content: bytes
    content_type: str


def fetch_media(
    config: TwilioConfig, url: str, *, seconds: float = 20.0, most: int = MOST_BYTES
) -> Media:
    """The file at `url`, as in Twilio's webhook.

    Raises VendorError: "404" where it is no longer there, "too_large" and "timeout" where
    it is more than is bearable. The account's credentials go to Twilio's hosts (or the
    configured one) alone and stay behind when Twilio redirects elsewhere.
    """
    address = httpx2.URL(url)
    if not is_twilios(address, config):
        raise failure("foreign_host", "The address is not Twilio's.")
    until = time.monotonic() + seconds
    with (
        httpx2.Client(timeout=config.timeout, follow_redirects=True) as client,
        translated(),
        # Basic auth of this one request: httpx2 drops it when the host changes.
        client.stream(
            "GET", address, auth=(config.account_sid, config.auth_token)
        ) as response,
    ):
        if response.status_code != 200:
            raise from_status(response.status_code)
        content = bytearray()
        for piece in response.iter_bytes(_PIECE):
            content += piece
            if len(content) > most:
                raise failure("too_large", "The file is too large.")
            if time.monotonic() > until:
                raise failure("timeout", "Twilio is too slow.", retryable=True)
        kind = response.headers.get("content-type", "")
        return Media(bytes(content), kind.partition(";")[0].strip().lower())
