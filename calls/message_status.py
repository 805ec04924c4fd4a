"""How far a message has got, whatever the order of reports; no I/O.

Reports overtake and repeat each other, so the status is the furthest that was ever
reported, in one fixed order. A failure is further than all that leads up to it and
less far than an arrival: whoever has a message has it, also if somebody gave it up.
"""

from typing import Final

WAITING: Final = "waiting"
ASKING: Final = "asking"
ACCEPTED: Final = "accepted"
QUEUED: Final = "queued"
SENDING: Final = "sending"
SENT: Final = "sent"
UNDELIVERED: Final = "undelivered"
FAILED: Final = "failed"
DELIVERED: Final = "delivered"
READ: Final = "read"

# What only we say: Twilio does not have it, or may not.
OURS: Final = (WAITING, ASKING)
BROKEN: Final = frozenset({UNDELIVERED, FAILED})
TWILIOS: Final = (
    ACCEPTED,
    QUEUED,
    SENDING,
    SENT,
    UNDELIVERED,
    FAILED,
    DELIVERED,
    READ,
)
_RANK: Final = {status: rank for rank, status in enumerate((*OURS, *TWILIOS))}


def later(current: str, reported: str) -> str:
    """The status after a report; one that Twilio does not use for our messages changes nothing."""
    if reported not in TWILIOS or current not in _RANK:
        return current
    return max(current, reported, key=_RANK.__getitem__)
