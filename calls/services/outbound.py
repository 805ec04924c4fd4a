"""Calls that we place: written down before Twilio is asked, and found again when its answer is lost."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import status as call_status
from calls.addresses import public
from calls.events import publish
from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Dial,
    Leg,
    Line,
    Offer,
    Queue,
    Transfer,
    User,
)
from calls.services import lifecycle, presence, routing
from calls.services.customers import customer_of
from calls.services.numbers import placeable, refusal_of
from calls.services.refusals import Refused, ask_twilio, locked
from calls.telephone import telephone
from vendors.errors import VendorError
from vendors.twilio.failures import was_refused
from vendors.twilio.telephone import Amd

logger = logging.getLogger(__name__)

# A request that Twilio has not answered is in its list by then, if it is anywhere.
_CERTAIN: Final = timedelta(seconds=8)
# Of doubts older than this nobody asks any more.
_FORGOTTEN: Final = timedelta(hours=1)
_RING_SECONDS: Final = 40
_MACHINES: Final = ("machine", "fax")


def start_call(  # noqa: PLR0913  the wish as it is asked for
    *,
    to: str,
    by: User,
    agent: User | None = None,
    queue: int | None = None,
    from_number: str | None = None,
    detect_machine: bool = False,
    on_machine: str = Dial.OnMachine.CONTINUE,
    callback_request: int | None = None,
) -> Dial:
    """Call somebody; whoever answers talks to `agent`, or waits in `queue`.

    Every call of this places one, if it is not refused; the Dial says which.
    """
    number = placeable(to)
    if on_machine not in Dial.OnMachine.values:
        raise Refused("bad_request", _("A machine is talked to or hung up on."))
    wish = Dial(
        to_number=number,
        from_number=_our_number(from_number),
        customer=_customer(number),
        agent=agent,
        queue=_queue(queue),
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


def adopt(*, dial_id: str, sid: str) -> Dial | None:
    """The call of this SID is the one that was asked for; whoever learns of it first makes it.

    None if there is no such wish, or another call has fulfilled it.
    """
    try:
        key = UUID(dial_id)
    except ValueError:
        return None
    if not sid.startswith("CA") or len(sid) > 34:
        return None
    with transaction.atomic():
        dial = Dial.objects.select_for_update().filter(pk=key).first()
        if dial is None:
            return None
        if dial.call_id is None:
            if Call.objects.filter(sid=sid).exists():
                return None
            dial.call = _made(dial, sid)
            dial.state, dial.error = Dial.State.PLACED, ""
            dial.save(update_fields=["call", "state", "error"])
        fulfilled = dial.call is not None and dial.call.sid == sid
    return dial if fulfilled else None


def resolve_doubts() -> None:
    """Look for calls of which nobody knows whether Twilio has placed them."""
    now = timezone.now()
    doubtful = Dial.objects.filter(
        state__in=(Dial.State.ASKING, Dial.State.UNKNOWN),
        asked_at__gt=now - _FORGOTTEN,
        # The one who asks is mostly still waiting for the answer.
        asked_at__lt=now - _CERTAIN,
        call=None,
    )
    for dial in doubtful:
        try:
            if _find(dial) is None:
                _give_up(dial, "not_placed")
        except VendorError as error:
            logger.warning("dial %s is still in doubt: %s", dial.pk, error.code)


def record_answerer(*, dial_id: str, sid: str, answered_by: str) -> None:
    """A person or a machine has answered, in Twilio's word; told once."""
    adopt(dial_id=dial_id, sid=sid)
    if not Call.objects.filter(sid=sid).exists():
        return
    with transaction.atomic():
        call = locked(sid)
        if call.answered_by or not answered_by:
            return
        call.answered_by = answered_by[:24]
        call.save(update_fields=["answered_by"])
        publish(call=call, name="call.answered_by", answered_by=call.answered_by)


def hang_up_on_machines() -> None:
    """End calls that a machine has answered, where that was wished."""
    answered = Call.objects.live().filter(
        models.Q(answered_by__startswith=_MACHINES[0])
        | models.Q(answered_by__startswith=_MACHINES[1]),
        dial__on_machine=Dial.OnMachine.HANG_UP,
    )
    for call in answered:
        _end(call)


def let_go(*, call: Call) -> bool:
    """The agent's telephone stayed away while the customer's rings.

    Whoever answers must not hear silence: with a queue somebody else is rung at the
    answer, without one the call ends. False for a call that is up.
    """
    with transaction.atomic():
        call = locked(call.sid)
        agent = call.agent
        if call.answered_at is not None or call.direction == Call.Direction.INBOUND:
            return False
        if call.has_ended or agent is None or call.agent_gone_at is None:
            return True
        if call.queue_id is not None:
            presence.end_call(agent=agent, call=call, reason=presence.TELEPHONE_GONE)
            routing.leave_agent(call=call, reason="telephone_gone")
            return True
    _end(call)
    return True


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
            _give_up(dial, error.code)
            raise refusal_of(error) from error
        return _looked_for(dial, error)
    return adopt(dial_id=str(dial.pk), sid=placed.sid) or dial


def _looked_for(dial: Dial, error: VendorError) -> Dial:
    """Whether Twilio has placed it although it did not say so."""
    try:
        found = _find(dial)
    except VendorError:
        found = None
    else:
        if found is None and timezone.now() - dial.asked_at >= _CERTAIN:
            _give_up(dial, error.code)
            raise refusal_of(error) from error
    if found is not None:
        return found
    asking = Dial.objects.filter(pk=dial.pk, state=Dial.State.ASKING)
    asking.update(state=Dial.State.UNKNOWN, error=error.code)
    raise Refused(
        "outcome_unknown",
        _("It is not known whether the call was placed. It will show within seconds."),
    ) from error


def _find(dial: Dial) -> Dial | None:
    """The wish with its call, if Twilio has one that nobody knows yet."""
    dial.refresh_from_db()
    if dial.call_id is not None:
        return dial
    listed = telephone().calls_between(
        from_=dial.from_number, to=dial.to_number, since=dial.asked_at
    )
    known = set(
        Leg.objects.filter(sid__in=[one.sid for one in listed]).values_list(
            "sid", flat=True
        )
    )
    for one in listed:
        if one.sid in known:
            continue
        adopted = adopt(dial_id=str(dial.pk), sid=one.sid)
        if adopted is not None:
            _catch_up(one.sid, one.status)
            return adopted
    return None


def _catch_up(sid: str, status: str) -> None:
    """It may be over already, with its callbacks lost as well."""
    if status in call_status.ENDED:
        lifecycle.record_status(call=Call.objects.get(sid=sid), status=status)


def _give_up(dial: Dial, error: str) -> None:
    open_ones = Dial.objects.filter(pk=dial.pk, call=None)
    open_ones.update(state=Dial.State.REFUSED, error=error[:40])


def _made(dial: Dial, sid: str) -> Call:
    """The call with all that was decided when it was asked for; the dial is locked."""
    now = timezone.now()
    agent = dial.agent
    call = Call.objects.create(
        sid=sid,
        direction=Call.Direction.OUTBOUND,
        status=call_status.QUEUED,
        from_number=dial.from_number,
        to_number=dial.to_number,
        customer=dial.customer,
        line=Line.objects.filter(number=dial.from_number).first(),
        queue=dial.queue,
        agent=agent,
        created_at=dial.asked_at,
        accepted_at=None if agent is None else now,
        # Gone until the browser joins, as when a call is accepted.
        agent_gone_at=None if agent is None else now,
    )
    Leg.objects.create(call=call, sid=sid, kind=Leg.Kind.CUSTOMER)
    publish(call=call, name="call.created", data=lifecycle.introduction(call))
    if agent is not None:
        presence.begin_call(agent=agent, call=call)
        named = {"id": agent.pk, "name": str(agent)}
        publish(call=call, name="call.accepted", agent=named, at=now.timestamp())
    return call


def _address(name: str, dial: Dial) -> str:
    return f"{public(name)}?dial={dial.pk}"


def _end(call: Call) -> None:
    try:
        ask_twilio(lambda: telephone().end(call_sid=call.sid))
    except Refused:
        logger.warning("call %s is still up", call.sid)


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
