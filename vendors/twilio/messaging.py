"""What we ask of Twilio about messages; what becomes of them it reports by itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

import stamina
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from vendors.twilio.config import TwilioConfig
from vendors.twilio.failures import translated, was_not_processed

_WHATSAPP: Final = "whatsapp:"
# More messages to one number since a moment ago are not looked through.
_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class TwilioMessage:
    """A message that Twilio has. `created_at` is to the second, `error_code` empty or a number."""

    sid: str
    status: str
    body: str
    created_at: datetime | None
    error_code: str = ""
    error_message: str = ""


class Messaging:
    """The account's WhatsApp. Blocking: to be used from threads and workers.

    Every method raises VendorError. Numbers are in E.164, without "whatsapp:".
    """

    def __init__(self, config: TwilioConfig) -> None:
        # The explicit empty region keeps the SDK from rerouting by environment.
        self._client = Client(
            config.account_sid,
            config.auth_token,
            http_client=TwilioHttpClient(timeout=config.timeout),
            environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
        )
        if config.api_url:
            self._client.api.base_url = config.api_url.rstrip("/")

    @stamina.retry(on=was_not_processed, attempts=3, timeout=20.0, wait_max=3.0)
    def send_text(
        self, *, to: str, from_: str, body: str, status_callback: str
    ) -> TwilioMessage:
        """Hand over free text. Asked once, and again only if Twilio has not looked at it:
        messages carry no key by which Twilio could tell a repeat."""
        return self._send(to, from_, body=body, status_callback=status_callback)

    @stamina.retry(on=was_not_processed, attempts=3, timeout=20.0, wait_max=3.0)
    def send_template(
        self,
        *,
        to: str,
        from_: str,
        content_sid: str,
        variables: Mapping[str, str],
        status_callback: str,
    ) -> TwilioMessage:
        """Hand over an approved template, its variables by number ("1", "2", …); as careful."""
        return self._send(
            to,
            from_,
            content_sid=content_sid,
            content_variables=json.dumps(dict(variables)),
            status_callback=status_callback,
        )

    def listing(self, *, to: str, from_: str, since: datetime) -> list[TwilioMessage]:
        """Our messages to a number that Twilio made since then, the oldest first.

        Not filtered by Twilio: it filters by when a message was sent, which one that
        still waits has not been.
        """
        with translated():
            found = self._client.messages.stream(
                to=f"{_WHATSAPP}{to}", from_=f"{_WHATSAPP}{from_}", page_size=50
            )
            ours = [
                _read(message)
                for message in islice(found, _LISTED)
                if str(message.direction).startswith("outbound")
            ]
        recent = [each for each in ours if each.created_at and each.created_at >= since]
        return recent[::-1]

    def _send(self, to: str, from_: str, **wish: str) -> TwilioMessage:
        with translated():
            sent = self._client.messages.create(
                to=f"{_WHATSAPP}{to}", from_=f"{_WHATSAPP}{from_}", **wish
            )
        return _read(sent)


def _read(message: MessageInstance) -> TwilioMessage:
    return TwilioMessage(
        sid=str(message.sid),
        status=str(message.status),
        body=str(message.body or ""),
        created_at=message.date_created,
        error_code=str(message.error_code or ""),
        error_message=str(message.error_message or ""),
    )
