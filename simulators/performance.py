"""One call being played, tick by tick: clock, parties, record; no vendor, no socket."""

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

from audio.intervals import Interval
from simulators import truth
from simulators.parties import SILENT, Ear, Echo, ScriptedParty
from simulators.scenarios import Speaker
from simulators.truth import TICK


class CustomerLine(Protocol):
    """The caller's leg, as far as a performance depends on it."""

    @property
    def sid(self) -> str:
        """The CallSid."""

    @property
    def connected(self) -> bool:
        """Somebody can hear the caller, or has put him on hold."""

    @property
    def on_hold(self) -> bool:
        """The caller hears music."""

    def hangup(self) -> None:
        """The caller hangs up."""

    def press(self, digits: str) -> None:
        """The caller presses keys."""


class Mode(Enum):
    """Who is at the other end of the call."""

    WAITING = "waiting"  # nobody yet
    SCRIPTED = "scripted"  # a simulated colleague, who follows the script
    LIVE = "live"  # a person: he says what he wants and the caller listens


class Performance:
    """A call from ring to end; what is said is left to a subclass.

    Time is the customer leg's: tick 0 is the first frame after its answer. In each
    tick every leg is asked for its frame once, the customer's before the agent's.
    """

    def __init__(
        self,
        title: str,
        *,
        patience: float,
        echo: Echo | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title = title
        self.tick = -1
        self.late = 0.0  # seconds that the ticks were behind the time, at most
        self._monotonic = monotonic
        self._begun: float | None = None
        self.mode = Mode.WAITING
        self.commands: asyncio.Queue[str] = asyncio.Queue()  # for the colleague
        self.taken_after: float | None = None  # seconds; None: by no colleague
        self.line: CustomerLine | None = None
        self.status: str | None = None
        self.over = asyncio.Event()
        self.caller = ScriptedParty(
            says=self._caller_says,
            hears=self._caller_hears,
            on_answer=lambda: None,
            on_end=self._caller_ended,
        )
        self.ear = Ear()
        self.spoken: list[truth.Utterance] = []
        self.sounds: list[tuple[str, Interval]] = []
        self.patience = patience  # seconds to wait for somebody to take the call
        self._echo = echo
        self._ended_by: str | None = None
        self._connected_at: float | None = None
        self._holds: list[Interval] = []
        self._hold_since: float | None = None
        self._colleague_on_line = False

    @property
    def now(self) -> float:
        """Seconds since the customer leg was answered."""
        return round(max(self.tick, 0) * TICK, 2)

    @property
    def on_hold(self) -> bool:
        """Whether the caller is on hold in this tick."""
        return self._hold_since is not None

    # -- what a subclass plays -----------------------------------------------------

    def begin(self) -> None:
        """The caller has just been connected, for the first time or again."""

    def play(self) -> None:
        """One tick of a connected call."""

    def wait(self) -> None:
        """One tick while nobody talks to the caller."""

    def overhear(self, frame: bytes) -> None:
        """What the caller hears in that time."""

    def frame(self, speaker: Speaker) -> bytes:
        """The 160 µ-law bytes that this side says in the present tick."""
        return SILENT

    def play_on(self) -> bool:
        """A colleague has the call now, in mid-call; False when there is no script for him."""
        return False

    # -- the two sides -------------------------------------------------------------

    def agent(self) -> ScriptedParty:
        """The party of a colleague who has taken this call."""
        return ScriptedParty(
            says=lambda: self.frame("agent"),
            hears=lambda _frame: None,
            on_answer=lambda: self._colleague(on_line=True),
            on_end=lambda _status: self._colleague(on_line=False),
        )

    def hang_up(self, by: Speaker) -> None:
        """End the call from one side; the agent does it with the desk's command."""
        if by == "agent":
            self._ended_by = "agent"
            self.commands.put_nowait("end")
        elif self.line is not None:
            self._ended_by = "caller"
            self.line.hangup()

    def colleague_left(self) -> None:
        """No colleague plays the agent any more."""
        self._colleague(on_line=False)

    def _colleague(self, *, on_line: bool) -> None:
        self._colleague_on_line = on_line

    def _caller_says(self) -> bytes:
        self.tick += 1
        self._note_lateness()
        if self.line is not None:
            self._note_hold(on=self.line.on_hold)
            self._follow(self.line)
        frame = self.frame("caller")
        return frame if self._echo is None else self._echo.over(frame)

    def _note_lateness(self) -> None:
        now = self._monotonic()
        if self._begun is None:
            self._begun = now
        self.late = max(self.late, now - self._begun - self.tick * TICK)

    def _follow(self, line: CustomerLine) -> None:
        if line.connected:
            if self.mode is Mode.WAITING:
                self._connect()
            self.play()
            return
        self.mode = Mode.WAITING
        self.wait()
        if self._connected_at is None and self.now >= self.patience:
            self.hang_up("caller")

    def _connect(self) -> None:
        self.mode = Mode.SCRIPTED if self._colleague_on_line else Mode.LIVE
        if self._connected_at is None:
            self._connected_at = self.now
        self.begin()

    def _caller_hears(self, frame: bytes) -> None:
        if self._echo is not None:
            self._echo.hear(frame)
        if self.mode is Mode.WAITING:
            self.overhear(frame)
        elif not self.on_hold:
            self.ear.hear(self.tick, frame)

    def _caller_ended(self, status: str) -> None:
        self._note_hold(on=False)
        self.status = status
        if self._ended_by is None:
            self._ended_by = "system" if self._connected_at is None else "agent"
        self.over.set()

    def _note_hold(self, *, on: bool) -> None:
        if on and self._hold_since is None:
            self._hold_since = self.now
        elif not on and self._hold_since is not None:
            self._holds.append(Interval(self._hold_since, self.now))
            self._hold_since = None

    # -- the record ----------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """What really happened so far, as JSON; times in seconds since the answer.

        `heard` is where the caller heard a voice while connected: for a live agent
        it is all that is known of his side. `sounds` are the caller's that are no words.
        """
        return {
            "sid": self.line.sid if self.line else None,
            "title": self.title,
            "mode": self.mode.value,
            "status": self.status,
            "ended_by": self._ended_by if self.status else None,
            "connected_at": self._connected_at,
            "duration": round((self.tick + 1) * TICK, 3),
            "late": round(self.late, 3),
            "heard": [
                [round(start * TICK, 3), round(end * TICK, 3)]
                for start, end in self.ear.segments
            ],
            "sounds": [
                {"name": name, "start": round(made.start, 3), "end": round(made.end, 3)}
                for name, made in self.sounds
            ],
        } | truth.as_json(truth.measure(self._said(), self._holds))

    def _said(self) -> list[truth.Utterance]:
        return [
            cut
            for utterance in self.spoken
            if (cut := truth.until(utterance, (self.tick + 1) * TICK)) is not None
        ]
