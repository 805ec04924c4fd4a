"""Keys that a caller presses, gathered to what was meant."""

from typing import Final

# Whoever has pressed nothing for so long is done.
OVER: Final = 1.5
_DONE: Final = "#"
_MOST: Final = 32


class Keypad:
    """What was pressed since it was last taken."""

    def __init__(self) -> None:
        self._digits = ""
        self._at = 0.0

    def press(self, digit: str, at: float) -> None:
        """A key: 0 to 9, * or #."""
        self._digits = (self._digits + digit)[:_MOST]
        self._at = at

    def take(self, now: float) -> str:
        """The keys, when the caller is done with pressing them; else nothing."""
        if not self._digits.endswith(_DONE) and now - self._at < OVER:
            return ""
        digits, self._digits = self._digits, ""
        return digits
