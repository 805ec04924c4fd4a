"""Whose turn it is on a live track of µ-law: pauses for breath are not the end of it."""

from dataclasses import dataclass

from audio import mulaw
from audio.levels import HOPS_PER_SECOND, MulawLevels
from audio.presence import Presence
from audio.speech import SpeechStarted, SpeechStopped


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """Somebody began to speak at that second of the track; known some 60 ms later."""

    at: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The last word was over at that second, which is `silence` seconds ago.

    If it is the second at which the turn started, it was a noise and no turn.
    """

    at: float


Turn = TurnStarted | TurnEnded


class Turns:
    """Frames of µ-law in, turns out."""

    def __init__(self, silence: float = 0.6) -> None:
        """A turn is over after `silence` seconds; less than 0.2 s makes no difference."""
        self._silence = silence
        self._levels = MulawLevels()
        self._presence = Presence()
        self._waiting = b""
        self._hops = 0
        self._in_turn = False
        self._stopped_at: float | None = None

    @property
    def speaking(self) -> bool:
        """Whether a turn has started and not ended."""
        return self._in_turn

    def feed(self, frame: bytes) -> list[Turn]:
        """Take the next bytes of the track; whole frames of 20 ms are the quickest."""
        track = self._waiting + frame
        whole = len(track) // mulaw.FRAME * mulaw.FRAME
        self._waiting = track[whole:]
        turns: list[Turn] = []
        for start in range(0, whole, mulaw.FRAME):
            for hop in self._levels.feed(track[start : start + mulaw.FRAME]):
                turns += self._step(*hop)
        return turns

    def _step(self, banded: float, emphasised: float) -> list[Turn]:
        self._hops += 1
        turns: list[Turn] = []
        for event in self._presence.step(banded, emphasised):
            turns += self._heed(event)
        return turns + self._end_before(self._hops / HOPS_PER_SECOND)

    def _heed(self, event: SpeechStarted | SpeechStopped) -> list[Turn]:
        if isinstance(event, SpeechStopped):
            self._stopped_at = event.at
            return []
        over = self._end_before(event.at)
        self._stopped_at = None
        if self._in_turn:
            return over
        self._in_turn = True
        return [*over, TurnStarted(event.at)]

    def _end_before(self, now: float) -> list[Turn]:
        if self._stopped_at is None or now - self._stopped_at < self._silence:
            return []
        ended = TurnEnded(self._stopped_at)
        self._in_turn, self._stopped_at = False, None
        return [ended]
