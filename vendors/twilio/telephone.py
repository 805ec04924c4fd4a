"""What we ask of Twilio about live calls; what it asks of us is TwiML, elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

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

# How long a number rings that is asked to join a call, seconds.
_GUEST_RINGS = 25
_PROGRESS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that Twilio has accepted; it may still be waiting in Twilio's queue."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class Amd:
    """Have Twilio listen for an answering machine, and report it to `callback` meanwhile."""

    callback: str


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
        machine: Amd | None = None,
    ) -> PlacedCall:
        """Dial `to`; when it answers, Twilio asks `url` what to do."""
        detection = (
            {}
            if machine is None
            else {
                "machine_detection": "Enable",
                # Whoever answers is not kept in silence until the machine is ruled out.
                "async_amd": "true",
                "async_amd_status_callback": machine.callback,
                "async_amd_status_callback_method": "POST",
            }
        )
        call = _ask_once(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                status_callback=status_callback,
                status_callback_event=_PROGRESS,
                timeout=ring_seconds,
                **detection,
            )
        )
        return PlacedCall(sid=str(call.sid), status=str(call.status))

    def calls_between(
        self, *, from_: str, to: str, since: datetime
    ) -> list[PlacedCall]:
        """The calls from one number to another since a moment, the oldest first.

        Twilio can only be asked by the time of the answer, which a ringing call has
        not: so the newest of all are looked through.
        """
        found = _ask(lambda: self._client.calls.list(to=to, from_=from_, limit=50))
        # Twilio gives whole seconds.
        begin = since.replace(microsecond=0)
        return [
            PlacedCall(sid=str(call.sid), status=str(call.status))
            for call in sorted(found, key=lambda call: call.date_created)
            if call.date_created >= begin
        ]

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
        # A sound file is fetched with GET; the built-in music needs no address.
        music = {"hold_url": hold_url, "hold_method": "GET"} if hold_url else {}
        self._change(conference_sid, participant, hold=on, **music)

    def mute(self, *, conference_sid: str, participant: str, on: bool) -> None:
        """Let nobody hear a participant, or everybody again."""
        self._change(conference_sid, participant, muted=on)

    def announce(self, *, conference_sid: str, participant: str, url: str) -> None:
        """Play the document at `url` to one participant alone, once."""
        _ask_once(
            lambda: (
                self._client.conferences(conference_sid)
                .participants(participant)
                .update(announce_url=url, announce_method="POST")
            )
        )

    def end_with(self, *, conference_sid: str, participant: str, on: bool) -> None:
        """Whether the conference is over for everybody when this participant leaves."""
        self._change(conference_sid, participant, end_conference_on_exit=on)

    def invite(
        self,
        *,
        conference_sid: str,
        to: str,
        from_: str,
        label: str,
        status_callback: str,
        end_on_exit: bool,
    ) -> PlacedCall:
        """Dial somebody into a conference, whose people hear it ring."""
        who = _ask_once(
            lambda: self._client.conferences(conference_sid).participants.create(
                to=to,
                from_=from_,
                label=label,
                status_callback=status_callback,
                status_callback_event=_PROGRESS,
                timeout=_GUEST_RINGS,
                early_media=True,
                beep="false",
                end_conference_on_exit=end_on_exit,
            )
        )
        return PlacedCall(sid=str(who.call_sid), status=str(who.status))

    def pause_recording(self, *, call_sid: str) -> None:
        """Write silence into the call's recording from now on."""
        self._set_recording(call_sid, status="paused", pause_behavior="silence")

    def resume_recording(self, *, call_sid: str) -> None:
        """Record what is said again."""
        self._set_recording(call_sid, status="in-progress")

    def _set_recording(self, call_sid: str, **state: str) -> None:
        _ask(
            lambda: (
                self._client.calls(call_sid)
                .recordings("Twilio.CURRENT")
                .update(**state)
            )
        )

    def _change(self, conference_sid: str, participant: str, **state: Any) -> None:
        _ask(
            lambda: (
                self._client.conferences(conference_sid)
                .participants(participant)
                .update(**state)
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
