"""What the callers say, over and over, and when: a sentence and a pause, each call at its own time."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from bench.media import frames
from bench.media.callers import FRAME, Caller
from bench.voice.script import Script

# After a turn's silence, until the next sentence: its text has come by then. Frames.
_PAUSE: Final = 60
# The next call is so far ahead of the one before, frames: never many at the same moment.
_APART: Final = 37
_CALLS: Final = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """When what matters of one sentence left, by the monotonic clock.

    `began`: its first frame. `sure`: with it our detector knows of the voice. `ended`: with
    it all that is heard of the voice has been sent. `over`: and with this a turn's silence.
    """

    began: float
    sure: float
    ended: float
    over: float


@dataclass(frozen=True)
class Talk:
    """The frames of all calls, for `bench.media.callers`: the callers speak, their agents listen."""

    script: Script
    shifts: dict[int, int] = field(
        default_factory=lambda: {
            frames.track_marks(2 * call): call * _APART for call in range(_CALLS)
        }
    )

    @cached_property
    def period(self) -> int:
        """From one sentence to the next, frames."""
        return self.script.over_at + _PAUSE

    @cached_property
    def _frames(self) -> tuple[bytes, ...]:
        return tuple(frame.encode() for frame in self.script.spoken)

    @cached_property
    def _silent(self) -> bytes:
        return self.script.silent.encode()

    def payload(self, number: int, track_marks: int) -> bytes:
        """A track's frame, in base64."""
        shift = self.shifts.get(track_marks)
        if shift is None:
            return self._silent
        place = (number + shift) % self.period
        return self._frames[place] if place < len(self._frames) else self._silent

    def turn(self, caller: Caller, moment: float) -> Turn | None:
        """The sentence that is said at that moment, or was the last; None for one whose begin was not sent."""
        shift = self.shifts[caller.marks[0]]
        passed = int((moment - caller.began) / FRAME) + shift
        first = passed // self.period * self.period - shift
        if first < 0:
            return None

        def left(frame: int) -> float:
            return caller.began + (first + frame) * FRAME

        script = self.script
        return Turn(
            left(0), left(script.sure_at), left(script.ends_in), left(script.over_at)
        )
