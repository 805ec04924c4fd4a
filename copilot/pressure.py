"""How much of its work a process should leave out, judged by how late it is; no clock in here.

A loop that has more to do than it can is late at every turn, and ever more so. One long
stutter is no load: therefore the median counts, and not the worst.
"""

from collections import deque
from statistics import median
from typing import Final, Literal

Level = Literal[0, 1, 2]

NOTHING: Final[Level] = 0
NO_SUGGESTIONS: Final[Level] = 1
NO_WORDS: Final[Level] = 2

# So many measurements are judged together: seconds of them where there is too much to do.
JUDGED: Final = 7
# The median lag, seconds, from which on the next thing is left out, and under which it
# may come back.
TOO_LATE: Final = {NO_SUGGESTIONS: 0.1, NO_WORDS: 0.25}
EASY: Final = {NO_SUGGESTIONS: 0.03, NO_WORDS: 0.1}
# How long it must have been easy, seconds: twice as long each time that the load comes
# back as soon as the work does, so that words do not come and go.
REST: Final = 10.0
LONGEST_REST: Final = 160.0


class Pressure:
    """Rises step by step within seconds, and falls step by step after a rest."""

    def __init__(self, *, rest: float = REST) -> None:
        self.level: Level = NOTHING
        self._first_rest = self._rest = rest
        self._lags: deque[float] = deque(maxlen=JUDGED)
        self._easy_since: float | None = None
        self._fell_at: float | None = None

    def take(self, lag: float, at: float) -> Level:
        """The loop was `lag` seconds late at this moment: what that makes of the level."""
        self._lags.append(lag)
        if len(self._lags) == JUDGED:
            self._judge(median(self._lags), at)
        return self.level

    def _judge(self, lag: float, at: float) -> None:
        above: Level = NO_SUGGESTIONS if self.level == NOTHING else NO_WORDS
        if self.level != NO_WORDS and lag >= TOO_LATE[above]:
            self._rise(above, at)
        elif self.level == NOTHING or lag >= EASY[self.level]:
            self._easy_since = None
        elif self._easy_since is None:
            self._easy_since = at
        elif at - self._easy_since >= self._rest:
            self._fall(at)

    def _rise(self, level: Level, at: float) -> None:
        relapsed = self._fell_at is not None and at - self._fell_at < self._rest
        if relapsed:
            self._rest = min(2 * self._rest, LONGEST_REST)
        elif self.level == NOTHING:
            self._rest = self._first_rest
        self._change(level)
        self._fell_at = None

    def _fall(self, at: float) -> None:
        self._change(NO_SUGGESTIONS if self.level == NO_WORDS else NOTHING)
        self._fell_at = at

    def _change(self, level: Level) -> None:
        """Whether it helps can only be judged by what comes now."""
        self.level = level
        self._lags.clear()
        self._easy_since = None
