"""Whose telephone rings: offering, claiming, declining and releasing a call."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, User
from calls.services.refusals import Refused, locked, refuse_if_ended


def accept_call(*, sid: str, agent: User) -> Call:
    """Claim a ringing call for exactly one agent; repeating one's own claim changes nothing."""
    with transaction.atomic():
        call = locked(sid)
        if call.agent_id == agent.pk and not call.has_ended:
            return call
        refuse_if_ended(call)
        if call.agent is not None:
            raise Refused(
                "already_taken", _("%(agent)s took this call.") % {"agent": call.agent}
            )
        # The agent's row orders two clicks of one agent on two calls.
        User.objects.select_for_update().get(pk=agent.pk)
        if Call.objects.live().of_agent(agent).exists():
            raise Refused("busy", _("You are on another call."))
        now = timezone.now()
        call.agent = agent
        call.accepted_at = now
        # Gone until the telephone joins: a browser that never does frees the call.
        call.agent_gone_at = now
        call.save(update_fields=["agent", "accepted_at", "agent_gone_at"])
        publish(
            call=call,
            name="call.accepted",
            agent={"id": agent.pk, "name": str(agent)},
            at=now.timestamp(),
        )
    return call


def decline_call(*, sid: str, agent: User) -> Call:
    """The call stops ringing on this agent's desk and goes on ringing on the others'."""
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        if call.agent_id is not None:
            raise Refused("already_taken", _("This call no longer rings."))
        if not call.declined_by.filter(pk=agent.pk).exists():
            call.declined_by.add(agent)
            publish(call=call, name="call.declined", by=agent.pk)
    return call


def release_call(*, call: Call) -> Call:
    """Take a call from an agent whose telephone stayed away and offer it to everybody again."""
    with transaction.atomic():
        call = locked(call.sid)
        if call.has_ended or call.agent is None or call.agent_gone_at is None:
            return call
        call.agent = None
        call.accepted_at = call.agent_gone_at = call.agent_joined_at = None
        call.save()
        publish(call=call, name="call.released", reason="telephone_gone")
    return call
