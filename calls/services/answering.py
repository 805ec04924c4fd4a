"""Who answers a call that we placed: a person, a machine, or somebody whose agent has gone."""

import logging

from django.db import models, transaction

from calls.events import publish
from calls.models import Call, Dial
from calls.models.outbound import MACHINES
from calls.services import dials, presence, routing
from calls.services.refusals import Refused, ask_twilio, locked
from calls.telephone import telephone

logger = logging.getLogger(__name__)


def record_answerer(*, dial_id: str, sid: str, answered_by: str) -> None:
    """A person or a machine has answered, in Twilio's word; told once."""
    dials.adopt(dial_id=dial_id, sid=sid)
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
        models.Q(answered_by__startswith=MACHINES[0])
        | models.Q(answered_by__startswith=MACHINES[1]),
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


def _end(call: Call) -> None:
    try:
        ask_twilio(lambda: telephone().end(call_sid=call.sid))
    except Refused:
        logger.warning("call %s is still up", call.sid)
