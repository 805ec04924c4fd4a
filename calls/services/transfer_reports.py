"""What telephony reports about those whom a transfer asks, and what follows when no report comes."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls import status as call_status
from calls.models import Call, Leg, Offer, Transfer
from calls.services import (
    invitations,
    participants,
    routing,
    transfer_states,
    treatments,
)
from calls.services.refusals import Refused, locked
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# How long a number may ring before we ask what has become of it.
_PATIENCE: Final = timedelta(seconds=45)
_LEFT: Final = "left"
_CALL_ENDED: Final = "call_ended"


def leg_joined(*, call: Call, leg: Leg) -> None:
    """Somebody came into the call's conference; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is None or call.has_ended:
        return
    if leg.kind == Leg.Kind.AGENT and _is_guest(call, transfer, leg):
        transfer.leg_sid = leg.sid
        transfer.save(update_fields=["leg_sid"])
    if leg.sid == transfer.leg_sid:
        transfer_states.answer(call, transfer)


def leg_left(*, call: Call, leg: Leg) -> None:
    """Somebody left the call's conference; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is None or call.has_ended:
        return
    guest = _is_guest(call, transfer, leg)
    if leg.sid != transfer.leg_sid and not guest:
        return
    if guest and _is_in_again(call, leg):
        return
    if transfer.kind == Transfer.Kind.COLD:
        transfer_states.answer(call, transfer)
    else:
        transfer_states.close(call, transfer, Transfer.State.FAILED, _LEFT)


def record_leg(*, transfer_id: int, leg_sid: str, status: str) -> None:
    """How a number that was asked is getting on."""
    found = Transfer.objects.filter(pk=transfer_id).select_related("call").first()
    if found is None or not call_status.is_known(status):
        return
    waits_again = False
    with transaction.atomic():
        call = locked(found.call.sid)
        transfer = Transfer.objects.get(pk=transfer_id)
        leg = invitations.number_leg(call, transfer, leg_sid)
        if status in call_status.ENDED and leg.left_at is None:
            leg.left_at = timezone.now()
            leg.save(update_fields=["left_at"])
        if transfer.state not in Transfer.OPEN or call.has_ended:
            return
        cold = transfer.kind == Transfer.Kind.COLD
        # Whoever has hung up had answered, though that may be told later.
        if status == call_status.IN_PROGRESS or (
            cold and status == call_status.COMPLETED
        ):
            transfer_states.answer(call, transfer)
        elif status in call_status.ENDED:
            reason = _LEFT if status == call_status.COMPLETED else status
            waits_again = _number_is_gone(call, transfer, reason)
    if waits_again:
        treatments.redirect(call=call)


def call_over(*, call: Call) -> None:
    """The call has ended, and with it what was being asked; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is not None:
        transfer_states.close(call, transfer, Transfer.State.FAILED, _CALL_ENDED)


def take_over(*, call: Call) -> bool:
    """The agent's telephone stayed away: whoever was being talked to has the call now.

    False when nobody was: the invitation, if there was one, is over.
    """
    with transaction.atomic():
        call = locked(call.sid)
        transfer = call.transfers.open().first()
        if call.has_ended or call.agent_gone_at is None or transfer is None:
            return False
        if transfer.state == Transfer.State.RINGING:
            transfer_states.close(call, transfer, Transfer.State.CANCELED, "")
            return False
        transfer_states.hand_over(call, transfer)
    try:
        participants.hand_over(call, transfer)
    except Refused:
        logger.warning("call %s: the caller is still on hold", call.sid)
    return True


def expire() -> None:
    """End what has been asked for too long: reports may be lost, and browsers may not come."""
    now = timezone.now()
    ringing = Transfer.objects.filter(state=Transfer.State.RINGING)
    rejoin = now - timedelta(seconds=settings.REJOIN_SECONDS)
    accepted = Offer.objects.filter(outcome=Offer.Outcome.ACCEPTED, ended_at__lt=rejoin)
    for transfer in ringing.filter(offers__in=accepted).select_related("call"):
        # Somebody has accepted, and their telephone stayed away.
        _end(transfer, Transfer.State.FAILED, "no-answer")
    # Handing on at once takes two steps: whoever was to do the second may have died.
    late = ringing.filter(began_at__lt=now - _PATIENCE)
    for transfer in late.filter(kind=Transfer.Kind.COLD, to_number="").select_related(
        "call"
    ):
        _end(transfer, Transfer.State.CANCELED, "")
    for transfer in late.exclude(to_number="").exclude(leg_sid=""):
        try:
            status = telephone().call_status(call_sid=transfer.leg_sid)
        except VendorError as error:
            logger.warning("transfer %s not looked at: %s", transfer.pk, error.code)
            continue
        record_leg(transfer_id=transfer.pk, leg_sid=transfer.leg_sid, status=status)


def _is_guest(call: Call, transfer: Transfer, leg: Leg) -> bool:
    """Whether this telephone is of the agent who was asked."""
    invited = leg.user_id is not None and leg.user_id == transfer.to_agent_id
    return invited and leg.user_id != call.agent_id


def _is_in_again(call: Call, leg: Leg) -> bool:
    """Whether its agent came back, with another telephone, before this one was gone."""
    inside = call.legs.filter(user=leg.user, joined_at__isnull=False, left_at=None)
    return inside.exclude(pk=leg.pk).exists()


def _number_is_gone(call: Call, transfer: Transfer, reason: str) -> bool:
    """The number did not answer, or has hung up: back to the agent, or to wait again.

    Whether the caller waits again, and Twilio is to come for that document.
    """
    transfer_states.close(call, transfer, Transfer.State.FAILED, reason)
    if call.agent_id is None and transfer.kind == Transfer.Kind.COLD:
        # Nobody is left with the caller, who is to hear the waiting music at once.
        treatments.owe_document(call=call)
        routing.start_waiting(call=call, queue=call.queue)
        return True
    return False


def _end(found: Transfer, state: str, reason: str) -> None:
    """Nothing comes of what still rings."""
    with transaction.atomic():
        call = locked(found.call.sid)
        transfer = call.transfers.open().first()
        if transfer == found and transfer.state == Transfer.State.RINGING:
            transfer_states.close(call, transfer, state, reason)
