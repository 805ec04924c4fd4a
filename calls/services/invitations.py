"""Asking the one whom a transfer is for: a desk rings, or a number is called into the conference."""

import logging
from typing import Final

from django.conf import settings
from django.db import transaction

from calls.addresses import public
from calls.models import Call, Leg, Offer, Transfer, User
from calls.services import offers, transfer_states
from calls.services.numbers import refusal_of
from calls.services.refusals import locked
from calls.services.transfer_targets import not_available
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

_RING_SECONDS: Final = 25


def ring(call: Call, transfer: Transfer, agent: User) -> None:
    """This agent's desk rings; in a transaction with the call locked."""
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    offer = offers.ring(call=call, agent=agent, seconds=seconds, transfer=transfer)
    if offer is None:
        raise not_available(agent)


def call_number(call: Call, transfer: Transfer) -> None:
    """Call the number into the conference; without an answer to this nothing is left of it."""
    try:
        placed = telephone().invite(
            conference_sid=call.conference_sid,
            to=transfer.to_number,
            from_=_our_number(call),
            label=f"transfer-{transfer.pk}",
            status_callback=f"{public('participant-status')}?transfer={transfer.pk}",
            # Whoever has a call with nobody of ours in it ends it by leaving.
            end_on_exit=transfer.kind == Transfer.Kind.COLD,
        )
    except VendorError as error:
        logger.warning("transfer %s not placed: %s", transfer.pk, error.code)
        transfer_states.give_up(call, transfer)
        raise refusal_of(error) from error
    with transaction.atomic():
        number_leg(locked(call.sid), transfer, placed.sid)


def number_leg(call: Call, transfer: Transfer, leg_sid: str) -> Leg:
    """The leg of a number that was asked, made at its first mention; the call is locked."""
    leg, _made = Leg.objects.get_or_create(
        sid=leg_sid, defaults={"call": call, "kind": Leg.Kind.NUMBER}
    )
    Transfer.objects.filter(pk=transfer.pk, leg_sid="").update(leg_sid=leg_sid)
    transfer.refresh_from_db(fields=["leg_sid"])
    return leg


def is_invited(call: Call, agent: User) -> bool:
    """Whether this agent has accepted an invitation to the call that still stands."""
    accepted = Offer.objects.filter(
        agent=agent,
        outcome=Offer.Outcome.ACCEPTED,
        transfer__in=call.transfers.open().filter(to_agent=agent),
    )
    return accepted.exists()


def _our_number(call: Call) -> str:
    """What the number that is called sees: the line of ours that the call came by."""
    if call.line is not None:
        return call.line.number
    return str(settings.TWILIO_NUMBER)
