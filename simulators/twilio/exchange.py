"""The exchange: what exists at the played Twilio and what every part of it shares; it speaks no HTTP of its own."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from simulators import accounts
from simulators.twilio import numbers
from simulators.twilio.clock import Clock
from simulators.twilio.conference import Conference, Participant
from simulators.twilio.directory import Directory, Machine, Pickup
from simulators.twilio.errors import ApplicationError
from simulators.twilio.ledger import Ledger
from simulators.twilio.legs import Leg
from simulators.twilio.names import API_VERSION, now
from simulators.twilio.recording import Recording, Wanted
from simulators.twilio.reports import progress_params, recording_params, stream_params
from simulators.twilio.sounds import Sounds
from simulators.twilio.stream import MediaStream, Wish
from simulators.twilio.tasks import Tasks
from simulators.twilio.webhooks import Callback, Postman

if TYPE_CHECKING:
    from simulators.twilio.interpreter import Script
    from simulators.twilio.twiml import Document

log = logging.getLogger(__name__)

MOST_TRACKS = 4


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
    ) -> None:
        self.account_sid = accounts.TWILIO_ACCOUNT_SID
        self.session = postman.session
        self.token = accounts.TWILIO_AUTH_TOKEN
        self.web_url = web_url.rstrip("/")
        self.api_url = api_url.rstrip("/")
        self.data_dir = data_dir
        self.sounds = sounds
        self.postman = postman
        self.tasks = tasks
        self.clock = Clock(self.tick)
        self.warnings: list[Trouble] = []
        self.ledger = Ledger()
        self.legs: dict[str, Leg] = {}
        self.conferences: dict[str, Conference] = {}
        self.streams: dict[str, MediaStream] = {}
        self.recordings: dict[str, Recording] = {}
        self.numbers = numbers.of_account(self.web_url)
        self.directory = Directory()
        self._open_rooms: dict[str, Conference] = {}
        self._live: list[Leg] = []
        self._ticking: asyncio.Task[None] | None = None

    # -- the tick ---------------------------------------------------------------

    def tick(self) -> bool:
        """Twenty milliseconds pass for everybody; False when nobody is on the line."""
        live = self._live
        for leg in live:
            leg.speak()
        rooms = list(self._open_rooms.values())
        for room in rooms:
            room.begin_tick()
        for leg in list(live):
            leg.listen()
        for room in rooms:
            room.end_tick()
        return bool(live)

    def _start_ticking(self) -> None:
        if self._ticking is None or self._ticking.done():
            self._ticking = self.tasks.start_endless(self.clock.run(), "clock")
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
            tap.leg_over()
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
        if not self.directory.can_ring(leg.to):
            leg.end("no-answer")
            return leg.status
        leg.ring()
        over = asyncio.ensure_future(leg.over.wait())
        ringing = asyncio.ensure_future(self.directory.pick_up(leg))
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
        elif isinstance(picked, Machine):
            leg.greeting_seconds = picked.greeting_seconds
            leg.answer(picked.party)
        else:
            leg.answer(picked)

    # -- conferences ------------------------------------------------------------

    def conference(self, name: str) -> Conference:
        """The open conference of that name, or a new one."""
        if name in self._open_rooms:
            return self._open_rooms[name]
        room = Conference(self, name)
        self.conferences[room.sid] = self._open_rooms[name] = room
        room.when_over.append(lambda: self._open_rooms.pop(name, None))
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
        running = sum(len(other.tracks) for other in self.streams_of(leg))
        if running + len(stream.tracks) > MOST_TRACKS:
            raise ApplicationError(31941, "Stream - more than four tracks on a call")
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

    def drop_streams(self) -> int:
        """Cut every media socket, as a broken network does; how many there were."""
        running = [s for s in self.streams.values() if not s.closed.is_set()]
        for stream in running:
            stream.drop()
        return len(running)

    def stream_fault(self, kind: str) -> bool:
        """Whether this shall go wrong with a two-way stream now."""
        faults = self.postman.faults
        return faults is not None and faults.stream(kind)

    def talks_of(self, call_sid: str) -> list[MediaStream]:
        """The two-way streams that a leg has had, the newest last."""
        return [
            stream
            for stream in self.streams.values()
            if stream.leg.sid == call_sid and stream.wish.two_way
        ]

    def stream_event(self, stream: MediaStream, event: str, error: str) -> None:
        callback = stream.wish.callback
        if callback is not None:
            params = stream_params(self.account_sid, stream, event, error)
            self.report(stream.sid, callback, params)

    def start_recording(self, leg: Leg, wanted: Wanted) -> Recording:
        room = self.conference_of(leg)
        recording = Recording(
            wanted,
            leg.sid,
            self.data_dir / "recordings",
            conference_sid=room.sid if room else None,
            when_done=self.recording_event,
            detach=leg.untap,
        )
        leg.taps.append(recording)
        return self._begin_recording(recording)

    def record_conference(self, room: Conference, wanted: Wanted) -> None:
        """Record a room from its start to its end; a second wish changes nothing."""
        if room.is_recorded:
            return
        room.is_recorded = True
        if room.is_started:
            self._record_room(room, wanted)
        else:
            room.when_started.append(lambda: self._record_room(room, wanted))

    def _record_room(self, room: Conference, wanted: Wanted) -> None:
        recording = Recording(
            wanted,
            room.first.sid if room.first else "",
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
        url = self.recording_url(recording)
        params = recording_params(self.account_sid, recording, url)
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
        params = progress_params(self.account_sid, leg, event)
        self.report(leg.sid, callback, params)

    def warn(self, code: int, message: str, resource: str) -> None:
        """Note what Twilio's debugger would show; the message holds no spoken word."""
        log.warning("twilio %s on %s: %s", code, resource, message)
        self.warnings.append(Trouble(code, message, resource))
