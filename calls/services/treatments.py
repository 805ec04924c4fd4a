"""What is done with a caller: whether somebody is rung, and what happens when nobody comes."""

from calls.models import Call
from calls.services import routing


def begin(*, call: Call) -> None:
    """The call is up and nobody has it; in a transaction with the call locked."""
    routing.start_waiting(call=call, queue=call.queue)
