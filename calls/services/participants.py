"""What we ask Twilio to do with the participants of a call's conference; no row is locked here.

Whether it has done so is for its reports to say (`conference`).
"""

import logging
from datetime import timedelta
from typing import Final

from django.db import models
from django.utils import timezone

from calls.addresses import hold_music
from calls.models import Call, Leg, Transfer, User
from calls.services.refusals import Refused, ask_twilio
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# Whose part is over is mostly just leaving.
_LEAVING: Final = timedelta(seconds=3)


def hold(call: Call, *, on: bool) -> None:
    """The caller hears music, or the others again; a VendorError is for the one who asks."""
    telephone().hold(
        conference_sid=call.conference_sid,
        participant=call.sid,
        on=on,
        hold_url=hold_music() if on else None,
    )


def take_off_hold(call: Call) -> None:
    """The caller is off hold, if on it."""
    ask_twilio(lambda: hold(call, on=False))


def take_off_hold_quietly(call: Call) -> None:
    """Off hold if Twilio can be told; a failure is logged, for another refusal is told."""
    try:
        hold(call, on=False)
    except VendorError as error:
        logger.warning("call %s is still on hold: %s", call.sid, error.code)


def hand_over(call: Call, transfer: Transfer) -> None:
    """The caller is off hold, and a number that has the call alone ends it by leaving."""
    number = transfer.to_number and transfer.leg_sid
    if number:
        ask_twilio(
            lambda: telephone().end_with(
                conference_sid=call.conference_sid,
                participant=transfer.leg_sid,
                on=True,
            )
        )
    try:
        take_off_hold(call)
    except Refused:
        if number:
            _end_with_quietly(call, transfer)
        raise


def _end_with_quietly(call: Call, transfer: Transfer) -> None:
    try:
        telephone().end_with(
            conference_sid=call.conference_sid, participant=transfer.leg_sid, on=False
        )
    except VendorError as error:
        logger.warning("leg %s ends the call: %s", transfer.leg_sid, error.code)


def remove_agent(call: Call, agent: User) -> None:
    """Take an agent's telephones out of the call; a failure is made good by the sweep."""
    for leg in call.legs.filter(user=agent, left_at=None):
        try:
            _remove(call, leg)
        except Refused:
            logger.warning("leg %s is still in its call", leg.sid)


def _remove(call: Call, leg: Leg) -> None:
    ask_twilio(
        lambda: telephone().remove(
            conference_sid=call.conference_sid, participant=leg.sid
        )
    )


def hang_up_strays() -> None:
    """Send telephones away that stayed in, or still ring, after their part was over."""
    now = timezone.now()
    # What Twilio could not end in an hour is not up.
    lately = (now - timedelta(hours=1), now - _LEAVING)
    transfers = Transfer.objects.filter(ended_at__range=lately)
    strays = Leg.objects.exclude(kind=Leg.Kind.CUSTOMER).filter(left_at=None)
    dismissed = strays.filter(dismissed_at__range=lately)
    over = Call.objects.filter(
        models.Q(ended_at__range=lately)
        | models.Q(pk__in=transfers.values("call"))
        | models.Q(pk__in=dismissed.values("call"))
    )
    for call in over.filter(pk__in=strays.values("call")):
        hang_up_strays_of(call)


def hang_up_strays_of(call: Call) -> None:
    """End the legs that have no part in this call any more."""
    transfer = call.transfers.open().first()
    last = call.transfers.order_by("-pk").first()
    wanted = {call.agent_id}
    if transfer is not None:
        wanted.add(transfer.to_agent_id)
    handed_over = last is not None and last.state == Transfer.State.COMPLETED
    keep = {one.leg_sid for one in (transfer, last if handed_over else None) if one}
    kinds = (Leg.Kind.AGENT, Leg.Kind.NUMBER)
    legs = call.legs.filter(kind__in=kinds, left_at=None)
    for leg in legs:
        has_part = leg.user_id is not None and leg.dismissed_at is None
        mine = leg.sid in keep or (has_part and leg.user_id in wanted)
        if call.has_ended or not mine:
            _hang_up(leg)


def _hang_up(leg: Leg) -> None:
    try:
        telephone().end(call_sid=leg.sid)
    except VendorError as error:
        logger.warning("leg %s is still up: %s", leg.sid, error.code)
        return
    Leg.objects.filter(pk=leg.pk, left_at=None).update(left_at=timezone.now())
