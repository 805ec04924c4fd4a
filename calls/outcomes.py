"""How a call went, decided from what it was when it ended; no I/O."""

from calls import status as call_status
from calls.models import Call


def outcome_of(call: Call) -> str:
    """The outcome of a call that ends in this state."""
    if call.direction == Call.Direction.OUTBOUND and (
        call.status != call_status.COMPLETED or call.answered_at is None
    ):
        return Call.Outcome.NOT_REACHED
    if call.accepted_at is not None:
        return Call.Outcome.HANDLED
    return Call.Outcome.ABANDONED
