"""Callers who would rather be called back: asking for it, and what becomes of it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, CallbackRequest, Dial, User
from calls.models.outbound import MACHINES
from calls.services.numbers import placeable
from calls.services.refusals import Refused


def is_possible(call: Call) -> bool:
    """Whether this caller could be called back: a number that is known, callable and not barred."""
    customer = call.customer
    if customer is None or customer.do_not_call:
        return False
    try:
        placeable(customer.number)
    except Refused:
        return False
    return True


def request(*, call: Call) -> CallbackRequest | None:
    """Note down that the caller wants it, once; in a transaction with the call locked."""
    if call.customer is None:
        return None
    wanted, made = CallbackRequest.objects.get_or_create(
        call=call,
        defaults={
            "customer": call.customer,
            "queue": call.queue,
            "requested_at": timezone.now(),
        },
    )
    if made:
        publish(call=call, name="callback.requested")
    return wanted


def settle(*, call: Call) -> None:
    """A call of ours has ended: the wish it was for is fulfilled if somebody spoke with the customer.

    In a transaction with the call locked.
    """
    dial = Dial.objects.filter(call=call, callback_request__isnull=False).first()
    if (
        dial is None
        or call.outcome != Call.Outcome.HANDLED
        or call.answered_by.startswith(MACHINES)
    ):
        return
    wanted = CallbackRequest.objects.filter(dials=dial, handled_at=None)
    wanted.update(
        answered_with=call,
        handled_by=call.agent_id or dial.by_id,
        handled_at=timezone.now(),
    )


def handle(*, request_id: int, by: User) -> CallbackRequest:
    """Somebody has seen to it in another way; who did it first stays named."""
    with transaction.atomic():
        locked = CallbackRequest.objects.select_for_update(no_key=True)
        wanted = locked.filter(pk=request_id).first()
        if wanted is None or not wanted.is_for(by):
            raise Refused("unknown_callback", _("There is no such request."))
        if wanted.handled_at is None:
            wanted.handled_by, wanted.handled_at = by, timezone.now()
            wanted.save(update_fields=["handled_by", "handled_at"])
    return wanted
