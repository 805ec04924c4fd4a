"""What has been spoken and not yet been written down; no socket and no clock.

Everything given to `append` stays here until the vendor has answered for it, so that a
new connection can be told all of it again. Items are named by the caller; the names the
vendor gives them differ on every connection and never leave this file.
"""

from collections import deque
from dataclasses import dataclass, field

from audio.mulaw import RATE, SILENCE

# The vendor refuses a turn of less than 100 ms; one µ-law byte is one sample.
_SHORTEST = RATE // 10
# One message on the wire: a second, so that a long backlog cannot starve the rest.
_PIECE = RATE
# A turn is sent a second time when the vendor says that it failed, and not a third.
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Append:
    """Send this audio."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """Tell the vendor that the turn is complete."""

    item: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Have the vendor forget the audio sent since the last commit."""


Outgoing = Append | Commit | Clear


@dataclass(slots=True, eq=False)
class _Turn:
    item: str
    audio: bytearray = field(default_factory=bytearray)
    committed: bool = False
    text: str = ""
    attempts: int = 1


class Ledger:
    """The turns of one stream, in the order in which they began.

    `seconds` bounds the audio kept; the oldest is given up first.
    """

    def __init__(self, *, seconds: float = 60.0) -> None:
        self._limit = int(seconds * RATE)
        self._kept = 0
        self._turns: dict[str, _Turn] = {}
        self.rewind()

    # What the caller says.

    def append(self, item: str, audio: bytes) -> list[str]:
        """Add audio to a turn, or begin it; returns the items given up for its sake."""
        turn = self._turns.get(item)
        if turn is None:
            turn = self._turns[item] = _Turn(item)
            self._waiting.append(turn)
        turn.audio += audio
        self._kept += len(audio)
        return self._make_room()

    def commit(self, item: str) -> None:
        """The turn is complete. A turn of which nothing was heard is nothing."""
        turn = self._turns.get(item)
        if turn is None or turn.committed:
            return
        missing = max(0, _SHORTEST - len(turn.audio))
        turn.audio += SILENCE * missing
        self._kept += missing
        turn.committed = True

    def discard(self, item: str) -> None:
        """Forget a turn that has not been committed."""
        turn = self._turns.get(item)
        if turn is None or turn.committed:
            return
        if turn is self._sending and self._sent:
            self._clear = True
        self._forget(turn)

    # What goes out.

    def rewind(self) -> None:
        """A new connection knows nothing: everything unanswered goes out again."""
        self._waiting = deque(self._turns.values())
        self._sending: _Turn | None = None
        self._sent = 0
        self._clear = False
        self._unacknowledged: deque[_Turn] = deque()
        self._by_vendor_id: dict[str, _Turn] = {}
        for turn in self._waiting:
            turn.text = ""

    def next(self) -> Outgoing | None:
        """What to send now, or None when all has been sent."""
        if self._clear:
            self._clear = False
            return Clear()
        if self._sending is None:
            if not self._waiting:
                return None
            self._sending, self._sent = self._waiting.popleft(), 0
        turn = self._sending
        piece = bytes(turn.audio[self._sent : self._sent + _PIECE])
        if piece:
            self._sent += len(piece)
            return Append(piece)
        if not turn.committed:
            return None
        self._sending = None
        self._unacknowledged.append(turn)
        return Commit(turn.item)

    @property
    def owed(self) -> bool:
        """Whether the vendor owes us an answer for a turn that it has in full."""
        return any(
            turn.committed and turn is not self._sending and turn not in self._waiting
            for turn in self._turns.values()
        )

    @property
    def settled(self) -> bool:
        """Whether every committed turn has been answered for."""
        return not any(turn.committed for turn in self._turns.values())

    # What the vendor says.

    def acknowledged(self, vendor_id: str) -> None:
        """The vendor has named the oldest commit that it had not yet named."""
        if self._unacknowledged:
            self._by_vendor_id[vendor_id] = self._unacknowledged.popleft()

    def heard(self, vendor_id: str, delta: str) -> tuple[str, str] | None:
        """Some words came: the item and its whole text so far."""
        turn = self._find(vendor_id)
        if turn is None:
            return None
        turn.text += delta
        return turn.item, turn.text

    def completed(self, vendor_id: str) -> str | None:
        """The turn is written down and needs us no more; its item, once only."""
        turn = self._find(vendor_id)
        if turn is None:
            return None
        self._forget(turn)
        return turn.item

    def failed(self, vendor_id: str) -> str | None:
        """The vendor could not write the turn down; its item if we give it up, too."""
        turn = self._find(vendor_id)
        if turn is None:
            return None
        if turn.attempts < _ATTEMPTS:
            turn.attempts += 1
            turn.text = ""
            self._unname(turn)
            self._waiting.appendleft(turn)
            return None
        self._forget(turn)
        return turn.item

    def refused(self, item: str) -> bool:
        """The vendor would not take the commit of this item; whether it was known."""
        turn = self._turns.get(item)
        if turn is None:
            return False
        if turn in self._unacknowledged:
            self._unacknowledged.remove(turn)
        self._forget(turn)
        return True

    def _find(self, vendor_id: str) -> _Turn | None:
        if vendor_id not in self._by_vendor_id:
            # Streaming models send words before the commit that announces the name.
            named = {id(turn) for turn in self._by_vendor_id.values()}
            candidates = [*self._unacknowledged, self._sending]
            for turn in candidates:
                if turn is not None and id(turn) not in named:
                    self._by_vendor_id[vendor_id] = turn
                    break
        found = self._by_vendor_id.get(vendor_id)
        return found if found and self._turns.get(found.item) is found else None

    def _make_room(self) -> list[str]:
        given_up: list[str] = []
        while self._kept > self._limit:
            oldest = next(iter(self._turns.values()))
            if oldest.committed:
                given_up.append(oldest.item)
                self._forget(oldest)
            else:
                self._trim(oldest, self._kept - self._limit)
        return given_up

    def _trim(self, turn: _Turn, size: int) -> None:
        size = min(size, len(turn.audio))
        del turn.audio[:size]
        self._kept -= size
        if turn is self._sending:
            self._sent = max(0, self._sent - size)

    def _forget(self, turn: _Turn) -> None:
        if self._turns.pop(turn.item, None) is None:
            return
        self._kept -= len(turn.audio)
        if turn is self._sending:
            self._sending = None
        if turn in self._waiting:
            self._waiting.remove(turn)
        # A commit on its way stays in line, for its acknowledgement is still to come;
        # the sound need not.
        turn.audio = bytearray()

    def _unname(self, turn: _Turn) -> None:
        self._by_vendor_id = {
            name: known
            for name, known in self._by_vendor_id.items()
            if known is not turn
        }
