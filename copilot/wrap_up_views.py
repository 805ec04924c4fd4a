"""The desk's question after a call: which one is to be wrapped up, and what may be chosen."""

from django.http import HttpRequest

from calls.models import PresenceSpan, User
from calls.roles import signed_in
from copilot import desk
from copilot.door import Json, desk_json

# The words of a call that goes on without this person are not theirs to read.
_SHOWN = (
    "sid",
    "status",
    "direction",
    "from",
    "to",
    "line",
    "customer",
    "queue",
    "created_at",
    "answered_at",
    "ended_at",
    "notes",
)


@desk_json("GET")
def wrap_up(request: HttpRequest) -> Json:
    """The call of this person's wrap-up; null when they are in none."""
    user = signed_in(request)
    span = (
        PresenceSpan.objects.filter(
            user=user, ended_at=None, presence=User.Presence.WRAP_UP
        )
        .exclude(call=None)
        .select_related("call")
        .first()
    )
    if span is None or span.call is None:
        return {"call": None}
    call = desk.call_snapshot(span.call, user)
    shown = {name: call[name] for name in _SHOWN}
    shown |= desk.wrap_up_choices(span.call)
    return {"call": shown | {"left_at": span.began_at.timestamp()}}
