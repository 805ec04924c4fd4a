"""How long the voice waits for the caller, the model and people, and how often in vain; it says nothing itself."""

from collections.abc import Sequence
from typing import Final, Literal

from copilot.voice.reply import Reply

# A line that nobody releases is covered by the holding line, so far apart.
APPROVAL_PATIENCE: Final = 8.0
# The model has so long for its first word.
MODEL_PATIENCE: Final = 6.0
# After so many holding lines, or failures in a row, people are asked to take the call.
PATIENCE_ENDS: Final = 3


class Patience:
    """`silence_seconds`: for how long nobody may speak before the caller is asked."""

    def __init__(self, silence_seconds: float) -> None:
        self._silence_seconds = silence_seconds
        self._idle_since = 0.0
        self._asked = 0
        self._failures = 0

    # The caller.

    def stir(self, at: float) -> None:
        """Somebody was heard until now."""
        self._idle_since = at

    def answered(self) -> None:
        """The caller is there; who falls silent again is asked anew."""
        self._asked = 0

    def is_silent(self, now: float) -> bool:
        """Whether nobody has spoken for too long."""
        return now - self._idle_since >= self._silence_seconds

    def next_of(self, questions: Sequence[str]) -> str:
        """What the caller is asked now; empty when all was asked."""
        if self._asked >= len(questions):
            return ""
        self._asked += 1
        return questions[self._asked - 1]

    # The model and the speech.

    @property
    def is_failing(self) -> bool:
        return self._failures > 0

    @property
    def has_ended(self) -> bool:
        """Whether so much failed in a row that people are to take the call."""
        return self._failures >= PATIENCE_ENDS

    def fail(self) -> bool:
        """One more failure in a row; whether it is the first."""
        self._failures += 1
        return self._failures == 1

    def recover(self) -> None:
        """It was heard again."""
        self._failures = 0

    # A line.

    def lost_with(
        self, reply: Reply, now: float
    ) -> Literal["", "timeout", "cover", "people"]:
        """What must happen since the model does not write it, or nobody releases it."""
        waited = now - reply.asked_at
        if reply.is_awaited and waited >= MODEL_PATIENCE:
            return "timeout"
        if reply.is_stuck and waited >= APPROVAL_PATIENCE * (reply.covered + 1):
            reply.covered += 1
            return "people" if reply.covered >= PATIENCE_ENDS else "cover"
        return ""
