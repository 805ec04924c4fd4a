"""One leg of a call: who is on it, what it says and hears, how it ends; it runs no document."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from simulators.twilio.names import identity_of, now, sid
from simulators.twilio.player import FRAME, SILENT, Player
from simulators.twilio.webhooks import Callback

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Party(Protocol):
    """Whoever holds the far end of a leg."""

    def speak(self) -> bytes: ...

    def hear(self, frame: bytes) -> None: ...

    def answered(self) -> None: ...

    def ended(self, status: str) -> None: ...


class Source(Protocol):
    """What a leg listens to: its own player, a bridge, a conference, a stream."""

    def frame_for(self, leg: "Leg") -> bytes: ...


class Tap(Protocol):
    """Who listens in: a stream, a recording."""

    def tap(self, said: bytes, heard: bytes) -> None: ...

    def leg_over(self) -> None: ...


class Office(Protocol):
    """What a leg asks of the exchange."""

    def progressed(self, leg: "Leg", event: str) -> None: ...

    def finished(self, leg: "Leg") -> None: ...


class Leg:
    """A leg and its state; all changes go through its verbs."""

    def __init__(
        self,
        office: Office,
        *,
        direction: str,
        from_: str,
        to: str,
        parent: "Leg | None" = None,
        callback: Callback | None = None,
    ) -> None:
        self.sid = sid("CA")
        self.direction = direction
        self.from_ = from_
        self.to = to
        self.parent = parent
        self.children: list[Leg] = []
        self.callback = callback
        # What every request about this leg carries besides Twilio's own parameters.
        self.params: dict[str, str] = {}
        # What <Parameter> hands to the client that is rung.
        self.custom: dict[str, str] = {}
        self.party: Party | None = None
        self.status = "queued"
        self.created = self.updated = now()
        self.token = sid("")
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.ended_by_rest = False
        self.sip_code = "200"
        self.answered_by: str | None = None
        # How long the greeting of the machine is that answered; None for a person.
        self.greeting_seconds: float | None = None
        self.fallback: tuple[str, str] | None = None
        self.script: asyncio.Task[Any] | None = None
        self.player = Player()
        self.source: Source | None = None
        self.taps: list[Tap] = []
        self.ticks = 0
        self.said = SILENT
        self.over = asyncio.Event()
        self.up = asyncio.Event()
        self._office = office
        self._keys: list[Callable[[str], None]] = []
        self._sequence = -1
        if parent is not None:
            parent.children.append(self)

    @property
    def identity(self) -> str | None:
        """The client's identity, whichever end of the leg it is on."""
        far = self.from_ if self.direction == "inbound" else self.to
        return identity_of(far)

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_up(self) -> bool:
        return self.status == "in-progress"

    @property
    def duration(self) -> int:
        """Whole seconds from answer to now or to the end."""
        return round(self.ticks * 0.02)

    def ring(self) -> None:
        self._become("ringing")
        self._office.progressed(self, "ringing")

    def answer(self, party: Party | None = None) -> None:
        """The line is open from now on; `party` when it was not known before."""
        if self.is_up or self.is_over:
            return
        self.party = party or self.party
        self.started = now()
        self._become("in-progress")
        self.up.set()
        if self.party is not None:
            self.party.answered()
        self._office.progressed(self, "answered")

    def hangup(self) -> None:
        """The far end hangs up, or refuses while it still rings."""
        if self.is_up:
            self.end("completed")
        else:
            self.end("no-answer" if self.direction == "inbound" else "busy")

    def end(self, status: str, *, by_rest: bool = False) -> None:
        """The leg is over; a second end changes nothing."""
        if self.is_over:
            return
        self.ended_by_rest = by_rest
        self.ended = now()
        self._become(status)
        self.sip_code = {"busy": "486", "no-answer": "487", "failed": "404"}.get(
            status, "200"
        )
        self.over.set()
        self.player.clear()
        self._office.finished(self)
        party, self.party = self.party, None
        if party is not None:
            party.ended(status)

    def press(self, digits: str) -> None:
        """The far end presses keys."""
        for digit in digits:
            for listener in list(self._keys):
                listener(digit)

    def on_key(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Hear of every key pressed; the returned function ends that."""
        self._keys.append(listener)
        return lambda: self._keys.remove(listener)

    def untap(self, tap: Tap) -> None:
        if tap in self.taps:
            self.taps.remove(tap)

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def speak(self) -> None:
        """First half of a tick: what this end says."""
        frame = self.party.speak() if self.party else SILENT
        self.said = frame if len(frame) == FRAME else SILENT

    def listen(self) -> None:
        """Second half of a tick: what this end hears, and who listens in."""
        self.ticks += 1
        heard = self.source.frame_for(self) if self.source else self.player.frame()
        if self.party is not None:
            self.party.hear(heard)
        for tap in self.taps:
            tap.tap(self.said, heard)

    def _become(self, status: str) -> None:
        self.status = status
        self.updated = now()
