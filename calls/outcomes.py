"""How a call went, decided from what it was when it ended; no I/O."""

from dataclasses import dataclass

from calls import status as call_status
from calls.models import Call


@dataclass(frozen=True, slots=True)
class Facts:
    """What is not in the call's own row."""

    left_message: bool = False
    wants_callback: bool = False
    passed_on: bool = False  # somebody handed it on, and who took it has it


def outcome_of(call: Call, facts: Facts) -> str:
    """The outcome of a call that ends in this state."""
    if call.direction == Call.Direction.OUTBOUND and (
        call.status != call_status.COMPLETED or call.answered_at is None
    ):
        return Call.Outcome.NOT_REACHED
    if facts.left_message:
        return Call.Outcome.VOICEMAIL
    if facts.wants_callback:
        return Call.Outcome.CALLBACK
    if call.treatment != Call.Treatment.CONFERENCE:
        # They were told that nobody comes.
        return Call.Outcome.TURNED_AWAY
    somebody_talked = call.accepted_at is not None or facts.passed_on or call.is_led
    if call.waiting_since is None and somebody_talked:
        return Call.Outcome.HANDLED
    return Call.Outcome.ABANDONED
