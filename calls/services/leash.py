"""The leash: who speaks in a call, an agent or the assistant, and how that changes in mid-call.

Every change is decided under the lock of the call's row and told by events, so that
whoever else wants the same at that moment sees how it was decided. Twilio is asked after
the commit to come for the document of the new state; if it cannot be told, the sweep
tells it again.
"""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import missing_parts, publish
from calls.models import AssistantVersion, Call, CallEvent, Line, Queue, User
from calls.services import presence, routing, treatments
from calls.services.assistants import lead, ready_version, tell_mode
from calls.services.refusals import Refused, ask_twilio, locked, refuse_if_ended
from calls.telephone import telephone

logger = logging.getLogger(__name__)

__all__ = [
    "agent_lost",
    "fetch_human",
    "hand_back",
    "hang_up",
    "hang_up_again",
    "lead",
    "set_mode",
    "stop_watching",
    "take_over",
]

# In which the assistant has the call.
LED: Final = (Call.Mode.AUTO.value, Call.Mode.APPROVE.value)
# The part of a call that is missing when it should have ended and has not.
_NOT_ENDED: Final = "hang_up"
# What the desk calls the mode in which a person speaks and the copilot suggests.
_PERSON_SPEAKS: Final = (Call.Mode.HUMAN.value, "suggest")


def take_over(*, sid: str, by: User) -> Call:
    """I talk to the caller from now on; repeating it changes nothing.

    The assistant's call, or one that it has just given to a queue: whoever takes it
    over wins against those at whose desks it rings.
    """
    with transaction.atomic():
        call = locked(sid)
        if _has(call, by):
            return call
        refuse_if_ended(call)
        if call.trial:
            raise _trial()
        _refuse_unless_may(call, by)
        was_led, before = call.is_led, call.mode
        if was_led:
            _relieve(call, by)
        else:
            _refuse_unless_given_away(call, by)
        routing.take(call=call, agent=by)
        if was_led:
            call.mode = Call.Mode.HUMAN
            call.save(update_fields=["mode"])
            tell_mode(call=call, before=before, reason="taken_over", by=by)
            treatments.owe_document(call=call)
    if was_led:
        treatments.redirect(call=call)
    return call


def hand_back(*, sid: str, by: User, mode: str = Call.Mode.AUTO) -> Call:
    """The assistant talks to the caller from now on, and I watch; repeating it changes nothing.

    While the assistant leads already, only how it does so may change.
    """
    _refuse_unknown(mode)
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        if call.is_led:
            _switch(call, by, mode)
            return call
        version = _refuse_unless_may_hand_back(call, by)
        lead(call=call, version=version, reason="handed_back", mode=mode, by=by)
        treatments.owe_document(call=call)
    treatments.redirect(call=call)
    return call


def set_mode(*, sid: str, by: User, mode: str) -> Call:
    """One of "human" (or "suggest"), "approve" and "auto"; repeating it changes nothing."""
    if mode in _PERSON_SPEAKS:
        return take_over(sid=sid, by=by)
    return hand_back(sid=sid, by=by, mode=mode)


def fetch_human(
    *, call_id: int, queue_id: int | None = None, reason: str = "transferred"
) -> Call:
    """The assistant gives the call to a queue: the caller waits, and agents are rung.

    Without a queue, or one that is gone, to the call's own, or to everybody. `reason`
    is "transferred" or "failed". A call that the assistant does not lead is left alone.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        if call.has_ended or not call.is_led:
            return call
        if call.trial:
            raise _trial()
        before, call.mode = call.mode, Call.Mode.HUMAN
        call.save(update_fields=["mode"])
        watching = call.agent
        if watching is not None:
            presence.end_call(agent=watching, call=call)
            routing.leave_agent(call=call, reason="transferred")
        tell_mode(call=call, before=before, reason=reason)
        wanted = Queue.objects.filter(pk=queue_id or 0).first()
        routing.start_waiting(call=call, queue=wanted or _own_queue(call))
        treatments.owe_document(call=call)
    treatments.redirect(call=call)
    return call


def agent_lost(*, call: Call) -> None:
    """Nobody is with a caller who was taken over: back to the assistant or the queue, as the line says."""
    with transaction.atomic():
        call = locked(call.sid)
        agent, version = call.agent, call.assistant
        if call.has_ended or call.is_led or agent is None or version is None:
            return
        patience = timedelta(seconds=settings.AGENT_LOST_SECONDS)
        if call.agent_gone_at is None or call.agent_gone_at > timezone.now() - patience:
            return
        presence.end_call(agent=agent, call=call, reason=presence.TELEPHONE_GONE)
        routing.leave_agent(call=call, reason="telephone_gone")
        line = call.line
        if line is not None and line.agent_lost == Line.AgentLost.ASSISTANT:
            lead(call=call, version=version, reason="agent_lost")
        else:
            routing.start_waiting(call=call, queue=_own_queue(call))
        treatments.owe_document(call=call)
    treatments.redirect(call=call)


def hang_up(*, call_id: int) -> None:
    """The assistant has said goodbye: the call ends. The records change when Twilio reports it.

    A call that the assistant does not lead is left alone. While Twilio cannot be told the
    desk says so, and the sweep tells it again.
    """
    call = Call.objects.get(pk=call_id)
    if call.has_ended or not call.is_led:
        return
    try:
        ask_twilio(lambda: telephone().end(call_sid=call.sid))
    except Refused as refused:
        logger.warning("call %s not ended: %s", call.sid, refused.code)
        with transaction.atomic():
            call = locked(call.sid)
            if not call.has_ended and _NOT_ENDED not in missing_parts(call):
                message = _("The assistant said goodbye, and the call is still open.")
                publish(
                    call=call, name="trouble.started", part=_NOT_ENDED, message=message
                )


def hang_up_again() -> None:
    """End what the assistant could not end; whoever has such a call by now keeps it.

    A new stream, also after a takeover or a hand-back, begins without the trouble.
    """
    told = CallEvent.objects.filter(name="trouble.started", data__part=_NOT_ENDED)
    for call in Call.objects.live().led().filter(pk__in=told.values("call")):
        if _NOT_ENDED in missing_parts(call):
            hang_up(call_id=call.pk)


def stop_watching(*, sid: str, by: User) -> Call:
    """The assistant goes on alone, and I am free; repeating it changes nothing."""
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        if call.is_led and call.agent_id == by.pk:
            presence.end_call(agent=by, call=call)
            routing.leave_agent(call=call, reason="left")
    return call


def _has(call: Call, by: User) -> bool:
    return call.agent_id == by.pk and not call.is_led and not call.has_ended


def _relieve(call: Call, by: User) -> None:
    """Whoever watched it until now is free: a supervisor takes over; the call is locked."""
    watching = call.agent
    if watching is None or watching == by:
        return
    call.agent = None
    call.save(update_fields=["agent"])
    presence.end_call(agent=watching, call=call)


def _switch(call: Call, by: User, mode: str) -> None:
    """Whether its lines are approved or not: nothing changes for the telephone; the call is locked."""
    _refuse_unless_may(call, by, or_whoever_may="calls.use_api")
    if call.mode == mode:
        return
    before, call.mode = call.mode, mode
    call.save(update_fields=["mode"])
    tell_mode(call=call, before=before, reason="switched", by=by)


def _own_queue(call: Call) -> Queue | None:
    if call.queue is not None or call.line is None:
        return call.queue
    return call.line.queue


# What is refused.


def _refuse_unknown(mode: str) -> None:
    if mode not in LED:
        raise Refused("unknown_mode", _("There is no such mode."))


def _refuse_unless_may(call: Call, by: User, *, or_whoever_may: str = "") -> None:
    """A call is everybody's with a desk, until it is somebody's; a supervisor's always."""
    if or_whoever_may and by.has_perm(or_whoever_may):
        return
    if not by.has_perm("calls.use_desk"):
        raise Refused("not_allowed", _("Only agents may do this."))
    if call.trial and by.pk != call.belongs_to:
        raise _trial()
    if call.agent_id in (None, by.pk) or (call.is_led and by.is_supervisor):
        return
    raise Refused(
        "already_taken", _("%(agent)s took this call.") % {"agent": call.agent}
    )


def _refuse_unless_given_away(call: Call, by: User) -> None:
    """The assistant had the call, and it waits for whoever comes first."""
    if call.answered_at is None:
        raise Refused("not_answered", _("The call has not been answered yet."))
    if call.assistant_id is None:
        raise Refused("no_assistant", _("No assistant has this call."))
    if call.waiting_since is None:
        raise Refused("not_waiting", _("This call waits for nobody."))
    if call.reserved_for_id not in (None, by.pk):
        text = _("This call is for %(agent)s.") % {"agent": call.reserved_for}
        raise Refused("rings_elsewhere", text)


def _refuse_unless_may_hand_back(call: Call, by: User) -> AssistantVersion:
    """The assistant that gets it."""
    if call.agent_id != by.pk and not by.has_perm("calls.use_api"):
        raise Refused("not_yours", _("This call is not yours."))
    version = call.assistant or _of_line(call)
    if version is None:
        raise Refused("no_assistant", _("There is no assistant for this call."))
    if call.answered_at is None:
        raise Refused("not_answered", _("The call has not been answered yet."))
    if call.transfers.open().exists():
        raise Refused("transfer_open", _("Another transfer is going on."))
    if call.agent_joined_at is None:
        raise Refused("not_connected", _("Nobody is connected to the caller yet."))
    if call.recording_paused_at is not None:
        # What the caller says then is not for us to hear.
        raise Refused("recording_paused", _("Let the recording go on first."))
    return version


def _of_line(call: Call) -> AssistantVersion | None:
    return None if call.line is None else ready_version(call.line.assistant)


def _trial() -> Refused:
    return Refused("trial", _("This is a trial: nobody else takes part in it."))
