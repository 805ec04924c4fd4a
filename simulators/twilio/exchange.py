"""The exchange: what exists at the played Twilio and what every part of it shares; it speaks no HTTP of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import aiohttp

from simulators import accounts
from simulators.twilio.clock import Clock
from simulators.twilio.conference import Conference, Participant
from simulators.twilio.legs import Leg, Party
from simulators.twilio.names import API_VERSION, E164, IDENTITY, now, rfc2822
from simulators.twilio.recording import Recording, Wanted
from simulators.twilio.sounds import Sounds
from simulators.twilio.stream import MediaStream, Wish, event_params
from simulators.twilio.tasks import Tasks
from simulators.twilio.webhooks import Callback, Postman

if TYPE_CHECKING:
    from simulators.twilio.interpreter import Script
    from simulators.twilio.twiml import Document

log = logging.getLogger(__name__)

# What happens when we ring somebody: a party, a refusal by name, or nobody (busy).
Pickup = Party | str | None
Answerer = Callable[[Leg], Pickup | Awaitable[Pickup]]

# How long the phone of an unknown number rings before the network gives up.
RING_OUT = 5.0


@dataclass(frozen=True, slots=True)
class Opening:
    """The document to begin with: to be fetched, or given in full."""

    url: str
    method: str = "POST"
    twiml: str | None = None


class Interpreter(Protocol):
    """Runs documents on legs."""

    async def run(self, leg: Leg, opening: Opening) -> None:
        """Run a leg's documents until they or the leg end."""

    async def perform(
        self, script: "Script", document: "Document"
    ) -> "Document | None":
        """Walk through one document's verbs."""


class Entertainer(Protocol):
    """Plays to those who wait."""

    async def __call__(
        self,
        exchange: "Exchange",
        who: Participant,
        url: str | None,
        method: str,
        more: dict[str, str],
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """What Twilio's debugger would show."""

    code: int
    message: str
    resource: str
    at: datetime = field(default_factory=now)


@dataclass(slots=True)
class Number:
    """A telephone number of the account and what it does."""

    sid: str
    number: str
    friendly_name: str
    voice_url: str
    status_callback: str
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


class Exchange:
    """Everything that is on the line, and the twenty milliseconds they share."""

    interpreter: Interpreter
    entertainer: Entertainer

    def __init__(
        self,
        *,
        web_url: str,
        api_url: str,
        data_dir: Path,
        sounds: Sounds,
        postman: Postman,
        tasks: Tasks,
        session: Callable[[], aiohttp.ClientSession],
    ) -> None:
        self.account_sid = accounts.TWILIO_ACCOUNT_SID
        self.session = session
        self.token = accounts.TWILIO_AUTH_TOKEN
        self.web_url = web_url.rstrip("/")
        self.api_url = api_url.rstrip("/")
        self.data_dir = data_dir
        self.sounds = sounds
        self.postman = postman
        self.tasks = tasks
        self.clock = Clock(self.tick)
        self.warnings: list[Trouble] = []
        self.legs: dict[str, Leg] = {}
        self.conferences: dict[str, Conference] = {}
        self.streams: dict[str, MediaStream] = {}
        self.recordings: dict[str, Recording] = {}
        self.numbers = _numbers(self.web_url)
        self.clients: dict[str, Answerer] = {}
        self.phones: dict[str, Answerer] = {}
        self._live: list[Leg] = []
        self._ticking: asyncio.Task[None] | None = None

    # -- the tick ---------------------------------------------------------------

    def tick(self) -> bool:
        """Twenty milliseconds pass for everybody; False when nobody is on the line."""
        live = self._live
        for leg in live:
            leg.speak()
        rooms = [c for c in self.conferences.values() if c.is_open]
        for room in rooms:
            room.begin_tick()
        for leg in list(live):
            leg.listen()
        for room in rooms:
            room.end_tick()
        return bool(live)

    def _start_ticking(self) -> None:
        if self._ticking is None:
            self._ticking = self.tasks.start(self.clock.run(), "clock")
        self.clock.wake()

    # -- legs -------------------------------------------------------------------

    def add(self, leg: Leg) -> Leg:
        self.legs[leg.sid] = leg
        return leg

    def progressed(self, leg: Leg, event: str) -> None:
        """A leg rings or was answered."""
        if event == "answered":
            self._live.append(leg)
            self._start_ticking()
        self.report_progress(leg, event)

    def finished(self, leg: Leg) -> None:
        """A leg is over: nobody hears it, its document stops, its callers know."""
        if leg in self._live:
            # A new list, because a tick may be walking through the old one.
            self._live = [other for other in self._live if other is not leg]
        if leg.script and leg.script is not asyncio.current_task():
            leg.script.cancel()
        for tap in list(leg.taps):
            self.tasks.start(tap.leg_over(), f"tap of {leg.sid}")
        for child in leg.children:
            if not child.is_over and not child.is_up:
                child.end("canceled")
        self.report_progress(leg, "completed")

    def begin(self, leg: Leg, opening: Opening) -> None:
        """Run a document on a leg, in place of whatever runs there now."""
        before = leg.script
        leg.script = self.tasks.start(
            self._run(leg, opening, before), f"script of {leg.sid}"
        )

    async def _run(
        self, leg: Leg, opening: Opening, before: asyncio.Task[None] | None
    ) -> None:
        if before and not before.done():
            before.cancel()
            await asyncio.wait({before})
        await self.interpreter.run(leg, opening)

    async def place(self, leg: Leg, *, patience: float) -> str:
        """Ring the far end of an outbound leg; the status it comes to.

        The leg is answered, or over, when this returns.
        """
        self.report_progress(leg, "initiated")
        answerer = self._answerer(leg.to)
        if leg.to.startswith("client:") and answerer is None:
            leg.end("no-answer")
            return leg.status
        leg.ring()
        over = asyncio.ensure_future(leg.over.wait())
        ringing = asyncio.ensure_future(self._ring(leg, answerer))
        try:
            await asyncio.wait(
                {over, ringing}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            self._settle(leg, ringing)
        finally:
            over.cancel()
            ringing.cancel()
            if not leg.is_up:
                leg.end("canceled")
        return leg.status

    def _settle(self, leg: Leg, ringing: "asyncio.Future[Pickup]") -> None:
        if leg.is_over:
            return
        if not ringing.done():
            leg.end("no-answer")
            return
        picked = ringing.result()
        if picked is None:
            leg.end("busy")
        elif isinstance(picked, str):
            leg.end(picked)
        else:
            leg.answer(picked)

    async def _ring(self, leg: Leg, answerer: Answerer | None) -> Pickup:
        if answerer is None:
            await asyncio.sleep(RING_OUT)
            return "no-answer"
        picked = answerer(leg)
        if isinstance(picked, Awaitable):
            return await picked
        return picked

    def _answerer(self, to: str) -> Answerer | None:
        if IDENTITY.match(to.partition("?")[0]):
            return self.clients.get(to.partition("?")[0].removeprefix("client:"))
        return self.phones.get(to)

    # -- conferences ------------------------------------------------------------

    def conference(self, name: str) -> Conference:
        """The open conference of that name, or a new one."""
        for room in self.conferences.values():
            if room.is_open and room.name == name:
                return room
        room = Conference(self, name)
        self.conferences[room.sid] = room
        return room

    def conference_of(self, leg: Leg) -> Conference | None:
        return leg.source if isinstance(leg.source, Conference) else None

    def conference_event(self, room: Conference, params: dict[str, str]) -> None:
        if room.callback is not None:
            self.report(
                room.sid, room.callback, params | {"AccountSid": self.account_sid}
            )

    def entertain(
        self, room: Conference, who: Participant, url: str | None, method: str
    ) -> asyncio.Task[None]:
        more = {"ConferenceSid": room.sid, "FriendlyName": room.name}
        return self.tasks.start(
            self.entertainer(self, who, url, method, more), f"music of {who.leg.sid}"
        )

    def beep(self) -> bytes:
        return self.sounds.beep()

    # -- streams and recordings ---------------------------------------------------

    def start_stream(self, leg: Leg, wish: Wish) -> MediaStream:
        stream = MediaStream(self, leg, wish)
        self.streams[stream.sid] = stream
        self.tasks.start(stream.run(), f"stream {stream.sid}")
        return stream

    def streams_of(self, leg: Leg) -> list[MediaStream]:
        """The streams of a leg that still run."""
        return [
            stream
            for stream in self.streams.values()
            if stream.leg is leg and not stream.closed.is_set()
        ]

    def stream_event(self, stream: MediaStream, event: str, error: str) -> None:
        callback = stream.wish.callback
        if callback is not None:
            params = event_params(stream, event, error)
            self.report(stream.sid, callback, {"AccountSid": self.account_sid} | params)

    def start_recording(self, leg: Leg, wanted: Wanted) -> Recording:
        room = self.conference_of(leg)
        recording = Recording(
            wanted,
            leg.sid,
            self.data_dir / "recordings",
            conference_sid=room.sid if room else None,
            when_done=self.recording_event,
            detach=lambda done: leg.taps.remove(done) if done in leg.taps else None,
        )
        leg.taps.append(recording)
        return self._begin_recording(recording)

    def record_conference(self, room: Conference, wanted: Wanted) -> None:
        """Record a room from its start to its end; a second wish changes nothing."""
        if room.ears or room.first is None:
            return
        recording = Recording(
            wanted,
            room.first.sid,
            self.data_dir / "recordings",
            conference_sid=room.sid,
            when_done=self.recording_event,
            detach=room.ears.remove,
        )
        room.ears.append(recording)
        room.when_over.append(recording.finish)
        self._begin_recording(recording)

    def _begin_recording(self, recording: Recording) -> Recording:
        self.recordings[recording.sid] = recording
        self.recording_event(recording)
        return recording

    def recordings_of(self, leg: Leg) -> list[Recording]:
        """The recordings that were started on a leg, the newest last."""
        return [r for r in self.recordings.values() if r.call_sid == leg.sid]

    def recording_url(self, recording: Recording) -> str:
        account = f"{self.api_url}/{API_VERSION}/Accounts/{self.account_sid}"
        return f"{account}/Recordings/{recording.sid}"

    def recording_event(self, recording: Recording) -> None:
        """Report that a recording began, was completed, or holds nothing."""
        callback = recording.wanted.callback
        if callback is None or not callback.wants(recording.status):
            return
        params = {
            "AccountSid": self.account_sid,
            "CallSid": recording.call_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.recording_url(recording),
            "RecordingStatus": recording.status,
            "RecordingChannels": str(recording.wanted.channels),
            "RecordingStartTime": rfc2822(recording.created) or "",
            "RecordingSource": recording.wanted.source,
            "RecordingTrack": recording.wanted.track,
            "ErrorCode": "0",
        }
        if recording.conference_sid:
            params["ConferenceSid"] = recording.conference_sid
        if not recording.is_running:
            params["RecordingDuration"] = str(recording.duration)
        self.report(recording.sid, callback, params)

    # -- telling the product ------------------------------------------------------

    def report(self, subject: str, callback: Callback, params: dict[str, str]) -> None:
        """Send a callback in the background."""
        self.tasks.start(
            self.postman.report(subject, callback.method, callback.url, params),
            f"callback of {subject}",
        )

    def report_progress(self, leg: Leg, event: str) -> None:
        callback = leg.callback
        if callback is None or not callback.wants(event):
            return
        params = call_params(self.account_sid, leg) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(leg.next_sequence()),
            "Timestamp": rfc2822(now()) or "",
        }
        if event == "initiated":
            params["CallStatus"] = "initiated"
        if event == "completed":
            params |= {
                "CallDuration": str(leg.duration),
                "Duration": str(-(-leg.duration // 60)),
                "SipResponseCode": leg.sip_code,
            }
        self.report(leg.sid, callback, params)

    def warn(self, code: int, message: str, resource: str) -> None:
        """Note what Twilio's debugger would show; the message holds no spoken word."""
        log.warning("twilio %s on %s: %s", code, resource, message)
        self.warnings.append(Trouble(code, message, resource))


def _numbers(web_url: str) -> dict[str, Number]:
    numbers = {}
    for index, number in enumerate(
        (accounts.TWILIO_NUMBER, accounts.TWILIO_WHATSAPP_NUMBER), start=1
    ):
        numbers[number] = Number(
            sid=f"PN{index:032d}",
            number=number,
            friendly_name=number,
            voice_url=f"{web_url}/voice",
            status_callback=f"{web_url}/call-status",
        )
    return numbers


def call_params(account_sid: str, leg: Leg) -> dict[str, str]:
    """The parameters that come with every request about a call."""
    params = dict(leg.params) | {
        "CallSid": leg.sid,
        "AccountSid": account_sid,
        "From": leg.from_,
        "To": leg.to,
        "Caller": leg.from_,
        "Called": leg.to,
        "CallStatus": leg.status,
        "ApiVersion": API_VERSION,
        "Direction": leg.direction,
    }
    if leg.parent is not None:
        params["ParentCallSid"] = leg.parent.sid
    for role, address in (("From", leg.from_), ("To", leg.to)):
        if E164.match(address):
            params |= _places(role, address)
    if leg.answered_by:
        params["AnsweredBy"] = leg.answered_by
    return params


def _places(role: str, address: str) -> Mapping[str, str]:
    country = "US" if address.startswith("+1") else ""
    twin = "Caller" if role == "From" else "Called"
    return {
        f"{name}{part}": value
        for name in (role, twin)
        for part, value in (
            ("City", ""),
            ("State", ""),
            ("Zip", ""),
            ("Country", country),
        )
    }
