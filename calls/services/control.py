"""What an agent does to a live call; its records change when Twilio reports it done.

What Twilio does not report, the keys and the pause of the recording, is written here.
"""

import logging
import re
from typing import Final
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.addresses import public
from calls.events import publish
from calls.models import Call, Leg, Recording, Transfer, User
from calls.services import leash, participants, transfers
from calls.services.refusals import (
    Refused,
    ask_twilio,
    locked,
    not_connected,
    own_call,
    refuse_unless_connected,
)
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# "w" waits half a second.
KEYS: Final = re.compile(r"[0-9*#w]{1,32}\Z")


def end_call(*, sid: str, by: User) -> Call:
    """Hang up for everybody. The records change when Twilio reports the end."""
    call = own_call(sid, by, or_whoever_may="calls.use_api")
    ask_twilio(lambda: telephone().end(call_sid=call.sid))
    return call


def leave_call(*, sid: str, by: User) -> Call:
    """I hang up and the others go on talking; the assistant, if it has the call."""
    if Call.objects.live().of_agent(by).led().filter(sid=sid).exists():
        return leash.stop_watching(sid=sid, by=by)
    return transfers.leave(sid=sid, by=by)


def hold_call(*, sid: str, by: User) -> Call:
    """Play music to the customer; the hold begins when Twilio reports it."""
    return _set_hold(sid=sid, by=by, on=True)


def resume_call(*, sid: str, by: User) -> Call:
    """Take the customer back from hold."""
    return _set_hold(sid=sid, by=by, on=False)


def mute_call(*, sid: str, by: User, on: bool) -> Call:
    """Nobody hears the agent, or everybody again; it begins when Twilio reports it."""
    call = _connected(sid, by)
    if (call.muted_at is not None) != on:
        leg = call.legs.filter(kind=Leg.Kind.AGENT, user=by, left_at=None).last()
        if leg is None:
            raise not_connected()
        ask_twilio(
            lambda: telephone().mute(
                conference_sid=call.conference_sid, participant=leg.sid, on=on
            )
        )
    return call


def send_digits(*, sid: str, by: User, digits: str) -> Call:
    """Press keys: the customer hears them, or the number that is being consulted."""
    if not KEYS.match(digits):
        raise Refused("bad_digits", _("Keys are 0 to 9, * and #, at most 32."))
    call = _connected(sid, by)
    consulted = call.transfers.filter(
        state=Transfer.State.CONSULTING, leg_sid__gt="", to_agent=None
    ).first()
    listener = call.sid if consulted is None else consulted.leg_sid
    ask_twilio(
        lambda: telephone().announce(
            conference_sid=call.conference_sid,
            participant=listener,
            url=f"{public('digits')}?{urlencode({'d': digits})}",
        )
    )
    with transaction.atomic():
        call = locked(sid)
        # They may be a card's number: only how many there were is kept.
        publish(call=call, name="digits.sent", count=len(digits.replace("w", "")))
    return call


def pause_recording(*, sid: str, by: User) -> Call:
    """From here on nothing is written down: for card data.

    First we stop hearing, then Twilio stops recording. If Twilio may not have, nothing
    is paused, and the agent is told not to go on.
    """
    with transaction.atomic():
        call = _locked_connected(sid, by)
        running = call.recordings.filter(status=Recording.Status.IN_PROGRESS)
        if not running.exists():
            raise Refused(
                "not_recording",
                _("The recording has not begun. Try again in a moment."),
            )
        began = call.recording_paused_at is None
        if began:
            call.recording_paused_at = timezone.now()
            call.save(update_fields=["recording_paused_at"])
            publish(call=call, name="recording.paused", moment=call.recording_paused_at)
    try:
        # Asked again when it is repeated: the first request may still be on its way.
        telephone().pause_recording(call_sid=sid)
    except VendorError as error:
        logger.warning("call %s: recording not paused: %s", sid, error.code)
        if began:
            _hear_again(sid)
        raise _not_paused() from error
    call.refresh_from_db()
    if call.recording_paused_at is None and not call.has_ended:
        # Resumed meanwhile: then the recording must run as well.
        ask_twilio(lambda: telephone().resume_recording(call_sid=sid))
        raise _not_paused()
    return call


def resume_recording(*, sid: str, by: User) -> Call:
    """Twilio records again, and then we hear again."""
    call = own_call(sid, by)
    if call.recording_paused_at is not None:
        ask_twilio(lambda: telephone().resume_recording(call_sid=sid))
        call = _hear_again(sid)
    return call


def _hear_again(sid: str) -> Call:
    with transaction.atomic():
        call = locked(sid)
        if call.recording_paused_at is not None:
            call.recording_paused_at = None
            call.save(update_fields=["recording_paused_at"])
            publish(call=call, name="recording.resumed")
    return call


def _set_hold(*, sid: str, by: User, on: bool) -> Call:
    call = _connected(sid, by)
    if (call.held_at is not None) != on:
        ask_twilio(lambda: participants.hold(call, on=on))
    return call


def _connected(sid: str, by: User) -> Call:
    call = own_call(sid, by)
    refuse_unless_connected(call)
    return call


def _locked_connected(sid: str, by: User) -> Call:
    locked(sid)
    return _connected(sid, by)


def _not_paused() -> Refused:
    return Refused(
        "not_paused",
        _("The recording is NOT paused. Do not take card data; please try again."),
    )
