"""A call's status in Twilio's vocabulary and the order in which it can only move; no I/O."""

from typing import Final

QUEUED: Final = "queued"
INITIATED: Final = "initiated"
RINGING: Final = "ringing"
IN_PROGRESS: Final = "in-progress"
COMPLETED: Final = "completed"
BUSY: Final = "busy"
FAILED: Final = "failed"
NO_ANSWER: Final = "no-answer"
CANCELED: Final = "canceled"

ENDED: Final = frozenset({COMPLETED, BUSY, FAILED, NO_ANSWER, CANCELED})
LIVE: Final = frozenset({QUEUED, INITIATED, RINGING, IN_PROGRESS})

_RANK: Final = {QUEUED: 0, INITIATED: 1, RINGING: 2, IN_PROGRESS: 3}
_LAST: Final = 4


def is_known(status: str) -> bool:
    return status in ENDED or status in LIVE


def later(current: str, reported: str) -> str:
    """The status after a report, whatever the order of reports: it never moves back, and an end is final."""
    if not is_known(reported):
        return current
    moves = _RANK.get(reported, _LAST) > _RANK.get(current, _LAST)
    return reported if moves else current
