"""Placing a call: what is refused, and the one request to Twilio, written down before it is asked.

Which call has come of it is for `dials` to say.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.addresses import public
from calls.models import (
    Assistant,
    Call,
    CallbackRequest,
    Customer,
    Dial,
    Line,
    Offer,
    Queue,
    Transfer,
    User,
)
from calls.services import dials, presence
from calls.services.customers import customer_of
from calls.services.numbers import placeable, refusal_of
from calls.services.refusals import Refused
from calls.telephone import telephone
from vendors.errors import VendorError
from vendors.twilio.failures import was_refused
from vendors.twilio.telephone import Amd

logger = logging.getLogger(__name__)

_RING_SECONDS: Final = 40


def start_call(  # noqa: PLR0913  the wish as it is asked for
    *,
    to: str,
    by: User,
    agent: User | None = None,
    queue: int | None = None,
    assistant: int | None = None,
    from_number: str | None = None,
    detect_machine: bool = False,
    on_machine: str = Dial.OnMachine.CONTINUE,
    callback_request: int | None = None,
) -> Dial:
    """Call somebody; whoever answers talks to `agent`, to `assistant`, or waits in `queue`.

    Every call of this places one, if it is not refused; the Dial says which.
    """
    number = placeable(to)
    if on_machine not in Dial.OnMachine.values:
        raise Refused("bad_request", _("A machine is talked to or hung up on."))
    if agent is not None and assistant is not None:
        raise Refused("bad_request", _("An agent or an assistant talks, not both."))
    wish = Dial(
        to_number=number,
        from_number=_our_number(from_number),
        customer=_customer(number),
        agent=agent,
        queue=_queue(queue),
        assistant=_assistant(assistant),
        by=by,
        detect_machine=detect_machine or on_machine == Dial.OnMachine.HANG_UP,
        on_machine=on_machine,
        callback_request=_callback(callback_request),
        asked_at=timezone.now(),
    )
    with transaction.atomic():
        _refuse_over_limit(by)
        if agent is not None:
            _refuse_unless_free(agent)
        wish.save(force_insert=True)
    return _placed(wish)


def _placed(dial: Dial) -> Dial:
    """Ask Twilio, once; in doubt look whether it has done it."""
    try:
        placed = telephone().start_call(
            to=dial.to_number,
            from_=dial.from_number,
            url=_address("voice", dial),
            status_callback=_address("call-status", dial),
            ring_seconds=_RING_SECONDS,
            machine=Amd(_address("machine", dial)) if dial.detect_machine else None,
        )
    except VendorError as error:
        logger.warning("dial %s: %s", dial.pk, error.code)
        if was_refused(error):
            dials.give_up(dial, error.code)
            raise refusal_of(error) from error
        return _looked_for(dial, error)
    return dials.adopt(dial_id=str(dial.pk), sid=placed.sid) or dial


def _looked_for(dial: Dial, error: VendorError) -> Dial:
    """Whether Twilio has placed it although it did not say so."""
    try:
        found = dials.find(dial)
    except VendorError:
        found = None
    else:
        if found is None and timezone.now() - dial.asked_at >= dials.CERTAIN:
            dials.give_up(dial, error.code)
            raise refusal_of(error) from error
    if found is not None:
        return found
    asking = Dial.objects.filter(pk=dial.pk, state=Dial.State.ASKING)
    asking.update(state=Dial.State.UNKNOWN, error=error.code)
    raise Refused(
        "outcome_unknown",
        _("It is not known whether the call was placed. It will show within seconds."),
    ) from error


def _address(name: str, dial: Dial) -> str:
    return f"{public(name)}?dial={dial.pk}"


# What is refused before Twilio is asked.


def _our_number(wanted: str | None) -> str:
    if wanted is None or wanted == settings.TWILIO_NUMBER:
        return str(settings.TWILIO_NUMBER)
    if not Line.objects.filter(number=wanted).exists():
        raise Refused("unknown_line", _("This number is none of ours."))
    return wanted


def _customer(number: str) -> Customer:
    customer = customer_of(number)
    if customer is None:
        customer, _made = Customer.objects.get_or_create(number=number)
    if customer.do_not_call:
        raise Refused("do_not_call", _("This customer does not want to be called."))
    return customer


def _queue(pk: int | None) -> Queue | None:
    if pk is None:
        return None
    queue = Queue.objects.filter(pk=pk).first()
    if queue is None:
        raise Refused("unknown_queue", _("There is no such queue."))
    return queue


def _assistant(pk: int | None) -> Assistant | None:
    if pk is None:
        return None
    assistant = Assistant.objects.ready().filter(pk=pk).first()
    if assistant is None:
        raise Refused("unknown_assistant", _("There is no such assistant in use."))
    return assistant


def _callback(pk: int | None) -> CallbackRequest | None:
    if pk is None:
        return None
    wanted = CallbackRequest.objects.filter(pk=pk).first()
    if wanted is None:
        raise Refused("unknown_callback", _("There is no such wish for a callback."))
    return wanted


def _refuse_over_limit(by: User) -> None:
    """The row of who asks, locked here, keeps the count right for requests at once."""
    presence.lock_user(by.pk)
    today = _midnight()
    placed = Dial.objects.filter(by=by, asked_at__gte=today).exclude(
        state=Dial.State.REFUSED
    )
    if placed.count() >= settings.CALLS_PER_USER_PER_DAY:
        raise Refused("daily_limit", _("No more calls can be placed today."))


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _refuse_unless_free(agent: User) -> None:
    presence.lock_user(agent.pk)
    waiting = Dial.objects.filter(
        agent=agent,
        call=None,
        state__in=(Dial.State.ASKING, Dial.State.UNKNOWN),
        asked_at__gt=timezone.now() - timedelta(minutes=1),
    )
    busy = (
        Call.objects.live().of_agent(agent).exists()
        or Transfer.objects.open().filter(to_agent=agent).exists()
        or Offer.objects.ringing().filter(agent=agent).exists()
        or waiting.exists()
    )
    if busy:
        raise Refused("busy", _("You are on another call."))
