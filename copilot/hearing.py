"""One track of sound: frames put in their place, voices noticed, items cut out of it.

It decides nothing about turns, and what becomes of an item's sound is not known here.
"""

from dataclasses import dataclass
from typing import Protocol

from audio import activity, mulaw
from copilot.vocabulary import (
    Happening,
    Heard,
    Side,
    SpeechStarted,
    SpeechStopped,
)

# A message to the vendor: 100 ms.
BATCH = mulaw.RATE // 10
# Kept to look back: the lead-in of a turn, the delay of its detection, and what came
# before we learnt that a hold was over.
LOOK_BACK = 2 * mulaw.RATE
# Timestamps may be off by this much without a frame having been lost.
TOLERANCE = mulaw.RATE // 100
# A gap longer than this is a wrong timestamp rather than silence.
LONGEST_GAP = 60 * mulaw.RATE


class Sink(Protocol):
    """Where the sound of items goes."""

    def append(self, item: str, mulaw: bytes) -> None:
        """More of an item."""

    def commit(self, item: str) -> None:
        """The item is complete."""

    def discard(self, item: str) -> None:
        """The item was a mistake."""


@dataclass(slots=True)
class Counts:
    """What happened to a track's frames."""

    heard: int = 0
    late: int = 0
    misplaced: int = 0


class Ear:
    """Hears one side. `offset` is the call's clock at the track's first sample, seconds.

    Positions are samples, and bytes of µ-law, since then.
    """

    def __init__(self, side: Side, sink: Sink, *, offset: float) -> None:
        self.counts = Counts()
        self._side: Side = side
        self._sink = sink
        self._offset = offset
        self._position = 0
        self._recent = bytearray()
        self._detector: activity.Detector | None = None
        self._detector_from = 0
        # Samples that are still to come and not to be listened to.
        self._skip = 0
        self._item: str | None = None
        self._item_from = 0
        self._sent_until = 0

    @property
    def now(self) -> float:
        """The call's clock at the end of what has been heard."""
        return self._clock(self._position)

    def place(self, timestamp: int, payload: bytes) -> bytes:
        """New sound: the frame, after silence for what is missing before it.

        Nothing where the frame comes too late, or from a time that cannot be.
        `timestamp` is milliseconds since the stream began.
        """
        ahead = timestamp * mulaw.RATE // 1000 - self._position
        if ahead > LONGEST_GAP:
            self.counts.misplaced += 1
            return b""
        if ahead < -TOLERANCE:
            payload = payload[-ahead:]
        if not payload:
            self.counts.late += 1
            return b""
        gap = ahead if ahead > TOLERANCE else 0
        self.counts.heard += 1
        self._position += gap + len(payload)
        return mulaw.SILENCE * gap + payload

    def hear(self, sound: bytes) -> list[Happening]:
        """Sound that `place` has returned, in any portions: what can be heard in it."""
        self._recent += sound
        del self._recent[:-LOOK_BACK]
        self._send(sound)
        return [*self._detect(sound), Heard(self._side, self.now)]

    def listen(self, since: float) -> list[Happening]:
        """Look for speech from `since` on, which may be a little ago or still to come."""
        start = max(self._place_of(since), self._oldest)
        self._detector = activity.Detector(rate=mulaw.RATE)
        self._detector_from = start
        self._skip = max(0, start - self._position)
        return self._detect(self._from(min(start, self._position)))

    def stop_listening(self) -> None:
        """Look for speech no more."""
        self._detector = None

    def open(self, item: str, since: float) -> None:
        """The sound from `since` on belongs to this item, and to no other."""
        # The moment before an onset belongs to it, but never what was not listened to:
        # the end of a greeting or of hold music.
        start = max(self._within_reach(since), self._sent_until, self._detector_from)
        self._item, self._item_from = item, start
        self._sink.append(item, self._from(start))
        self._sent_until = self._position

    def began(self, item: str) -> float | None:
        """The call's clock at the begin of the item that is open; None if it is not that one."""
        return self._clock(self._item_from) if self._item == item else None

    def commit(self, item: str) -> None:
        """The item ends here."""
        self._close(item)
        self._sink.commit(item)

    def discard(self, item: str) -> None:
        """The item is not wanted."""
        self._close(item)
        self._sink.discard(item)

    def _close(self, item: str) -> None:
        if self._item == item:
            self._item = None
            self._sent_until = self._position

    def _send(self, sound: bytes) -> None:
        if self._item is not None:
            self._sink.append(self._item, sound)
            self._sent_until = self._position

    def _detect(self, sound: bytes) -> list[Happening]:
        skipped = min(self._skip, len(sound))
        self._skip -= skipped
        sound = sound[skipped:]
        if self._detector is None or not sound:
            return []
        start = self._clock(self._detector_from)
        found: list[Happening] = []
        for event in self._detector.feed(mulaw.decode(sound)):
            at = start + event.at
            if isinstance(event, activity.SpeechStarted):
                found.append(SpeechStarted(self._side, at))
            else:
                found.append(SpeechStopped(self._side, at))
        return found

    def _within_reach(self, since: float) -> int:
        return min(max(self._place_of(since), self._oldest), self._position)

    def _place_of(self, moment: float) -> int:
        return round((moment - self._offset) * mulaw.RATE)

    @property
    def _oldest(self) -> int:
        return self._position - len(self._recent)

    def _from(self, position: int) -> bytes:
        return bytes(self._recent[len(self._recent) - (self._position - position) :])

    def _clock(self, position: int) -> float:
        return self._offset + position / mulaw.RATE
