"""What an agent does to a live call; its records change when Twilio reports it done."""

from django.utils.translation import gettext as _

from calls.models import Call, User
from calls.services.refusals import Refused, ask_twilio, own_call
from calls.telephone import telephone


def end_call(*, sid: str, by: User) -> Call:
    """Hang up for everybody. The records change when Twilio reports the end."""
    call = own_call(sid, by, or_whoever_may="calls.use_api")
    ask_twilio(lambda: telephone().end(call_sid=call.sid))
    return call


def hold_call(*, sid: str, by: User) -> Call:
    """Play music to the customer; the hold begins when Twilio reports it."""
    return _set_hold(sid=sid, by=by, on=True)


def resume_call(*, sid: str, by: User) -> Call:
    """Take the customer back from hold."""
    return _set_hold(sid=sid, by=by, on=False)


def _set_hold(*, sid: str, by: User, on: bool) -> Call:
    call = own_call(sid, by)
    if not call.conference_sid or call.agent_joined_at is None:
        raise Refused("not_connected", _("You are not connected to the caller yet."))
    if (call.held_at is not None) != on:
        ask_twilio(
            lambda: telephone().hold(
                conference_sid=call.conference_sid, participant=call.sid, on=on
            )
        )
    return call
