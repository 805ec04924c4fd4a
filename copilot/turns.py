"""When one side's turn begins and ends, from its voice alone; words are not known here.

A turn is speech with no silence of `SILENCE` seconds in it. It is one item, unless it is
long: then it is cut, so that the words of a monologue do not wait for its end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from copilot.vocabulary import Commit, Decision, Discard, Open, Side

SILENCE = 0.6
LEAD_IN = 0.3
# After this long an item ends at the next small pause, and after the other at once.
LONG = 15.0
SMALL_PAUSE = 0.2
TOO_LONG = 20.0
# Shorter sounds are clicks (the same bound as in the measures after the call).
SHORTEST = 0.1
# What sounds as soon as we listen is the rest of something else (the music that has
# just been stopped), unless it goes on for longer than a word.
AT_ONCE = 0.1
REMNANT = 0.4


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn that gets one text."""

    item: str
    side: Side
    start: float
    end: float


@dataclass(slots=True)
class _Open:
    item: str
    start: float


@dataclass(slots=True)
class _Turn:
    start: float
    open: _Open | None = None
    quiet_since: float | None = None
    spoken: float = 0.0
    voice_since: float = 0.0
    voice_until: float = 0.0
    sounded_at_once: bool = False

    @property
    def is_remnant(self) -> bool:
        """Whether all that was heard of it so far belongs to no turn."""
        return self.sounded_at_once and self.spoken < REMNANT


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is over; `spoken` is the time in it without its pauses."""

    side: Side
    start: float
    end: float
    spoken: float


@dataclass(slots=True)
class Outcome:
    """What followed from the last thing heard."""

    decisions: list[Decision] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    turn: Turn | None = None


class TurnTaking:
    """One side's turns. `name` gives the next item its name."""

    def __init__(self, side: Side, name: Callable[[], str]) -> None:
        self._side: Side = side
        self._name = name
        self._turn: _Turn | None = None
        self._listening_since = -AT_ONCE

    def listen(self, since: float) -> None:
        """Nothing is known of this side before this moment."""
        self._listening_since = since

    @property
    def speaking(self) -> bool:
        """Whether a turn is going on, small pauses included."""
        return self._turn is not None

    @property
    def since(self) -> float | None:
        """When the turn that is going on began."""
        return None if self._turn is None else self._turn.start

    def start_of(self, item: str) -> float | None:
        """When the item that is being spoken began; None if it is not that one."""
        piece = self._turn.open if self._turn else None
        return piece.start if piece and piece.item == item else None

    def started(self, at: float) -> Outcome:
        """The voice became audible."""
        outcome = Outcome()
        turn = self._turn
        if turn is None:
            at_once = at - self._listening_since < AT_ONCE
            turn = self._turn = _Turn(start=at, voice_until=at, sounded_at_once=at_once)
        elif turn.is_remnant and turn.open is not None:
            turn.start = turn.open.start = at
            turn.sounded_at_once = False
            turn.spoken = 0.0
        turn.quiet_since = None
        turn.voice_since = at
        if turn.open is None:
            self._open(turn, at, outcome, lead_in=LEAD_IN)
        return outcome

    def stopped(self, at: float) -> Outcome:
        """The voice fell silent, perhaps for a moment."""
        turn = self._turn
        if turn is not None and turn.quiet_since is None:
            if at > turn.voice_since:
                turn.spoken += at - turn.voice_since
                turn.voice_until = at
            # A sound that turned out not to be a voice moves the end of none.
            turn.quiet_since = turn.voice_until
        return Outcome()

    def heard(self, now: float) -> Outcome | None:
        """Time has passed on this side, from which nearly always nothing follows."""
        turn = self._turn
        if turn is None:
            return None
        quiet, piece = turn.quiet_since, turn.open
        if quiet is not None and now - quiet >= SILENCE:
            outcome = Outcome()
            self._finish(turn, quiet, outcome)
            return outcome
        if piece is None or now - piece.start < LONG:
            return None
        outcome = Outcome()
        self._cut_if_long(turn, piece, now, outcome)
        return outcome

    def ended(self, at: float) -> Outcome:
        """Nothing that follows belongs to the turn, whether it was over or not."""
        outcome = Outcome()
        turn = self._turn
        if turn is not None:
            self.stopped(at)
            self._finish(turn, min(at, turn.quiet_since or at), outcome)
        return outcome

    def forgotten(self) -> Outcome:
        """What is being said is not to be written down: neither it nor what came before in the item."""
        outcome = Outcome()
        turn, self._turn = self._turn, None
        if turn is not None and turn.open is not None:
            outcome.decisions.append(Discard(turn.open.item, self._side))
        return outcome

    def _cut_if_long(
        self, turn: _Turn, piece: _Open, now: float, outcome: Outcome
    ) -> None:
        quiet = turn.quiet_since
        if quiet is not None:
            if quiet - piece.start >= LONG and now - quiet >= SMALL_PAUSE:
                self._close(turn, quiet, outcome)
        elif now - piece.start >= TOO_LONG:
            self._close(turn, now, outcome)
            self._open(turn, now, outcome, lead_in=0.0)

    def _open(
        self, turn: _Turn, at: float, outcome: Outcome, *, lead_in: float
    ) -> None:
        turn.open = _Open(item=self._name(), start=at)
        since = max(0.0, at - lead_in)
        outcome.decisions.append(Open(turn.open.item, self._side, since))

    def _close(self, turn: _Turn, end: float, outcome: Outcome) -> None:
        piece = turn.open
        if piece is None:
            return
        turn.open = None
        nothing = turn.spoken < SHORTEST or turn.is_remnant
        if nothing and turn.quiet_since is not None:
            outcome.decisions.append(Discard(piece.item, self._side))
            return
        outcome.decisions.append(Commit(piece.item, self._side))
        outcome.pieces.append(
            Piece(piece.item, self._side, piece.start, max(end, piece.start))
        )

    def _finish(self, turn: _Turn, end: float, outcome: Outcome) -> None:
        self._close(turn, end, outcome)
        self._turn = None
        outcome.turn = Turn(self._side, turn.start, end, turn.spoken)
