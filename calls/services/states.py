"""What lasts in a call until somebody ends it: hold, mute, a paused recording."""

from typing import Final

from calls.events import publish
from calls.models import Call

_ENDED: Final = {
    "held_at": "hold.ended",
    "muted_at": "mute.ended",
    "recording_paused_at": "recording.resumed",
}
OF_AGENT: Final = ("held_at", "muted_at")
ALL: Final = tuple(_ENDED)


def end(call: Call, states: tuple[str, ...]) -> None:
    """What of these lasts is over now; in a transaction with the call locked."""
    for field in states:
        if getattr(call, field) is not None:
            setattr(call, field, None)
            call.save(update_fields=[field])
            publish(call=call, name=_ENDED[field])
