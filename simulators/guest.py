"""A colleague who was asked to join somebody else's call: says a line, and takes over when left with it."""

from collections.abc import Callable
from typing import Final

from simulators import voices
from simulators.parties import SILENT, ScriptedParty, Track
from simulators.performance import Performance

HELLO: Final = "Yes, I can take that."
ALONE: Final = (
    "Hello, you are talking to me now. I have made a note of everything, and I will"
    " call you back today. Goodbye!"
)
BREATH: Final = 40  # frames between joining and the first word
SETTLED: Final = 50  # frames of silence after the last word


class Guest:
    """The far end of the colleague's telephone while somebody else has the call.

    `render` may be slow: make a Guest in a thread. `performance` is of the customer,
    None for somebody whom we do not play.
    """

    def __init__(
        self, performance: Performance | None, *, voice: str, done: Callable[[], None]
    ) -> None:
        self._performance = performance
        self._hello = voices.render(HELLO, voice=voice).mulaw
        self._alone = voices.render(ALONE, voice=voice).mulaw
        self._done = done
        self._track = Track()
        self._tick = -1
        self._done_at: int | None = None
        self._plays_on = False
        self.party = ScriptedParty(
            says=self._says,
            hears=lambda _frame: None,
            on_answer=lambda: self._track.play(BREATH, self._hello),
            on_end=self._ended,
        )

    def take_over(self) -> None:
        """The call is this colleague's now: the script goes on, or there is none and we end politely."""
        if self._performance is not None and self._performance.play_on():
            self._plays_on = True
            return
        at = max(self._tick, 0) + BREATH
        self._track.play(at, self._alone)
        self._done_at = at + len(self._alone) // len(SILENT) + SETTLED

    def _says(self) -> bytes:
        self._tick += 1
        if self._plays_on and self._performance is not None:
            return self._performance.frame("agent")
        if self._tick == self._done_at:
            self._done()
        return self._track.frame(self._tick)

    def _ended(self, _status: str) -> None:
        if self._plays_on and self._performance is not None:
            self._performance.colleague_left()
