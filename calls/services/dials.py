"""Which call a dial has become: whoever learns of it first makes it, and where nobody did it is looked for."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from calls import status as call_status
from calls.events import person, publish
from calls.models import Call, Dial, Leg, Line
from calls.services import lifecycle, presence
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

# A request that Twilio has not answered is in its list by then, if it is anywhere.
CERTAIN: Final = timedelta(seconds=8)
# Of doubts older than this nobody asks any more.
_FORGOTTEN: Final = timedelta(hours=1)


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
        dial = Dial.objects.select_for_update(no_key=True).filter(pk=key).first()
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
        asked_at__lt=now - CERTAIN,
        call=None,
    )
    for dial in doubtful:
        try:
            if find(dial) is None:
                give_up(dial, "not_placed")
        except VendorError as error:
            logger.warning("dial %s is still in doubt: %s", dial.pk, error.code)


def find(dial: Dial) -> Dial | None:
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


def give_up(dial: Dial, error: str) -> None:
    """There is no call, unless somebody has heard of one meanwhile."""
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
        publish(
            call=call, name="call.accepted", agent=person(agent), at=now.timestamp()
        )
    return call


def _catch_up(sid: str, status: str) -> None:
    """It may be over already, with its callbacks lost as well."""
    if status in call_status.ENDED:
        lifecycle.record_status(call=Call.objects.get(sid=sid), status=status)
