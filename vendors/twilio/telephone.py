"""What we ask of Twilio about live calls; what it asks of us is TwiML, elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from vendors.errors import VendorError
from vendors.twilio.config import TwilioConfig
from vendors.twilio.failures import (
    already_over,
    may_pass,
    translated,
    was_not_processed,
)

Answer = TypeVar("Answer")

_PROGRESS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that Twilio has accepted; it may still be waiting in Twilio's queue."""

    sid: str
    status: str


class Telephone:
    """The account's telephone. Blocking: to be used from threads and workers.

    Every method raises VendorError. Requests that may be repeated without harm are,
    three times at most; those that place something new only when Twilio says that it
    has not looked at them, for they carry no key by which Twilio could tell a repeat.
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

    def start_call(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        status_callback: str,
        ring_seconds: int = 30,
    ) -> PlacedCall:
        """Dial `to`; when it answers, Twilio asks `url` what to do."""
        call = _ask_once(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                status_callback=status_callback,
                status_callback_event=_PROGRESS,
                timeout=ring_seconds,
            )
        )
        return PlacedCall(sid=str(call.sid), status=str(call.status))

    def call_status(self, *, call_sid: str) -> str:
        """The call's status in Twilio's words."""
        call = _ask(lambda: self._client.calls(call_sid).fetch())
        return str(call.status)

    def redirect(self, *, call_sid: str, url: str) -> None:
        """Have Twilio ask `url` now what the call should do next."""
        _ask(lambda: self._client.calls(call_sid).update(url=url, method="POST"))

    def end(self, *, call_sid: str) -> None:
        """Hang up, whether it rings or talks; quiet if it is over already."""
        _settle(lambda: self._client.calls(call_sid).update(status="completed"))

    def hold(
        self,
        *,
        conference_sid: str,
        participant: str,
        on: bool,
        hold_url: str | None = None,
    ) -> None:
        """Put a participant (call SID or label) on hold, or bring them back."""
        music = {"hold_url": hold_url} if hold_url else {}
        _ask(
            lambda: (
                self._client.conferences(conference_sid)
                .participants(participant)
                .update(hold=on, **music)
            )
        )

    def remove(self, *, conference_sid: str, participant: str) -> None:
        """Take a participant out of the conference; quiet if they have left."""
        _settle(
            lambda: (
                self._client.conferences(conference_sid)
                .participants(participant)
                .delete()
            )
        )

    def start_stream(
        self,
        *,
        call_sid: str,
        url: str,
        token: str,
        status_callback: str,
        name: str = "live",
    ) -> str:
        """Send both tracks of a call to `url` (wss, no query); the stream's SID."""
        stream = _ask_once(
            lambda: self._client.calls(call_sid).streams.create(
                url=url,
                name=name,
                track="both_tracks",
                status_callback=status_callback,
                parameter1_name="token",
                parameter1_value=token,
            )
        )
        return str(stream.sid)

    def stop_stream(self, *, call_sid: str, stream: str) -> None:
        """Stop a stream (SID or name); quiet if it has stopped."""
        _settle(
            lambda: (
                self._client.calls(call_sid).streams(stream).update(status="stopped")
            )
        )


@stamina.retry(on=may_pass, attempts=3, timeout=20.0, wait_max=3.0)
def _ask(request: Callable[[], Answer]) -> Answer:
    with translated():
        return request()


@stamina.retry(on=was_not_processed, attempts=3, timeout=20.0, wait_max=3.0)
def _ask_once(request: Callable[[], Answer]) -> Answer:
    with translated():
        return request()


def _settle(request: Callable[[], object]) -> None:
    try:
        _ask(request)
    except VendorError as error:
        if not already_over(error):
            raise
