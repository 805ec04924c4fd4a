"""Our own voice on the line: what the caller hears of it, and what of it comes back as an echo."""

from typing import Final

from audio import mulaw
from audio.barge_in import BargeIn, Interrupted
from calls.media import Outlet

# Seconds of voice that nobody needs for a cough or an "mhm", within so many. Whoever
# says something is interrupted for by their words, which are mostly faster.
INSISTING: Final = 0.7
_WITHIN: Final = 1.2
# The guard knows no more of what was heard.
_REMEMBERED: Final = 1.9


class OwnVoice:
    """An outlet that remembers what it plays, and listens for who speaks against it.

    Seconds are those of the caller's track, which has been heard up to `now`: what is
    played begins to sound there, or where what was played before ends.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._barge_in = BargeIn(voiced=INSISTING, within=_WITHIN)
        self._heard = 0
        self._sounds_until = 0.0

    @property
    def now(self) -> float:
        return self._heard / mulaw.RATE

    def play(self, sound: bytes) -> None:
        """Play this after what was given before."""
        at = max(self.now, self._sounds_until)
        self._barge_in.played(sound, at)
        self._sounds_until = at + len(sound) / mulaw.RATE
        self._outlet.play(sound)

    def mark(self, name: str) -> None:
        """Say by this name when all that was given before has been played."""
        self._outlet.mark(name)

    def clear(self) -> None:
        """Be silent now."""
        self._outlet.clear()
        self._barge_in.cleared(self.now)
        self._sounds_until = self.now

    def hear(self, sound: bytes) -> list[Interrupted]:
        """More of the caller's track: who begins to speak against us in it, and when."""
        self._heard += len(sound)
        return self._barge_in.feed(sound)

    def explains(self, start: float, end: float) -> bool:
        """Whether what the line brought in this stretch is we ourselves."""
        return self._barge_in.explains(max(start, self.now - _REMEMBERED), end)
