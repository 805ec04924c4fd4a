"""One track of sound: frames put in their place, voices noticed, items cut out of it.

It decides nothing about turns, and what becomes of an item's sound is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from audio import activity, mulaw
from audio.together import Track, Tracks
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
# before we learnt that a hold was over. What was not looked at yet is kept anyway.
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

    Positions are samples, and bytes of µ-law, since then. An item's sound goes on to the
    sink in messages of `message` samples or more. It hears by itself, or together with
    the others that were given the same `tracks`.
    """

    def __init__(
        self,
        side: Side,
        sink: Sink,
        *,
        offset: float,
        tracks: Tracks | None = None,
        message: int = BATCH,
    ) -> None:
        self.counts = Counts()
        self._side: Side = side
        self._sink = sink
        self._offset = offset
        self._message = message
        self._position = 0
        self._recent = bytearray()
        self._tracks = tracks
        self._detector: activity.Detector | Track | None = None
        self._detector_from = 0
        # Up to where the detector has looked, or nobody wanted it to.
        self._heard_until = 0
        self._found: list[Happening] = []
        self._item: str | None = None
        self._item_from = 0
        self._sent_until = 0

    @property
    def now(self) -> float:
        """The call's clock at the end of what has come."""
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
        self.counts.heard += 1
        sound = mulaw.SILENCE * ahead + payload if ahead > TOLERANCE else payload
        self._position += len(sound)
        self._recent += sound
        if self._item and self._position - self._sent_until >= self._message:
            self._send(self._item)
        return sound

    def hear(self) -> list[Happening]:
        """What can be heard in what has come since this was asked before."""
        sound = self._unheard()
        if self._detector is not None and sound:
            self._note(self._detector.feed_mulaw(sound))
        return self.heard()

    def heard(self) -> list[Happening]:
        """The same where it has been looked for already: see `hear_together`."""
        found, self._found = self._found, []
        return [*found, Heard(self._side, self._clock(self._heard_until))]

    def listen(self, since: float) -> list[Happening]:
        """Look for speech from `since` on, which may be a little ago or still to come."""
        start = max(self._place_of(since), self._oldest)
        self._detector = (
            activity.Detector() if self._tracks is None else self._tracks.join()
        )
        self._detector_from = start
        self._heard_until = min(start, self._position)
        self._found.clear()
        *found, _heard = self.hear()
        return found

    def stop_listening(self) -> None:
        """Look for speech no more."""
        self._detector = None
        self._found.clear()

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
        if self._item == item and self._sent_until < self._position:
            self._send(item)
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

    def _send(self, item: str) -> None:
        self._sink.append(item, self._from(self._sent_until))
        self._sent_until = self._position

    def _unheard(self) -> bytearray:
        """What the detector is to look at next, now that it will."""
        start = max(self._heard_until, self._detector_from)
        self._heard_until = self._position
        sound = self._recent[max(start - self._oldest, 0) :]
        del self._recent[:-LOOK_BACK]
        return sound

    def _note(self, events: Iterable[activity.Event]) -> None:
        start = self._clock(self._detector_from)
        for event in events:
            at = start + event.at
            if isinstance(event, activity.SpeechStarted):
                self._found.append(SpeechStarted(self._side, at))
            else:
                self._found.append(SpeechStopped(self._side, at))

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


def hear_together(tracks: Tracks, ears: Iterable[Ear]) -> None:
    """Have each ear look at what has come, with one look at all of it; `heard` tells what was found."""
    listening: list[Ear] = []
    looked_at: list[Track] = []
    sounds: list[bytearray] = []
    for ear in ears:
        sound = ear._unheard()
        if isinstance(ear._detector, Track) and sound:
            listening.append(ear)
            looked_at.append(ear._detector)
            sounds.append(sound)
    for number, events in tracks.feed(looked_at, sounds).items():
        listening[number]._note(events)
