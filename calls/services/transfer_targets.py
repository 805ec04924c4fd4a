"""To whom a call may be handed on: what is checked before anything is written or asked."""

from typing import Any

from django.utils.translation import gettext as _

from calls.models import Call, Queue, Transfer, User
from calls.services import offers
from calls.services.numbers import placeable
from calls.services.refusals import Refused


def wanted(
    by: User, kind: str, agent: int | None, queue: int | None, number: str | None
) -> Transfer:
    """The transfer that is wanted, not stored; refused if it makes no sense."""
    if kind not in Transfer.Kind.values:
        raise Refused("unknown_kind", _("A transfer is cold or warm."))
    if sum(target is not None for target in (agent, queue, number)) != 1:
        raise Refused("no_target", _("Choose an agent, a queue or a number."))
    wish = Transfer(kind=kind, by=by)
    if agent is not None:
        wish.to_agent = _colleague(agent, by)
    elif queue is not None:
        wish.to_queue = Queue.objects.filter(pk=queue).first()
        if wish.to_queue is None:
            raise Refused("unknown_queue", _("There is no such queue."))
    else:
        wish.to_number = placeable(str(number))
    return wish


def _colleague(pk: int, by: User) -> User:
    found = User.objects.filter(pk=pk, is_active=True).first()
    if found is None or not found.has_perm("calls.use_desk"):
        raise Refused("unknown_agent", _("There is no such agent."))
    if found == by:
        raise Refused("yourself", _("You have this call already."))
    return found


def same(last: Transfer | None, wish: Transfer) -> Transfer | None:
    """The last transfer if it is the one that is wished for."""
    if last is None or last.kind != wish.kind or last.to_number != wish.to_number:
        return None
    if last.to_queue_id != wish.to_queue_id:
        return None
    return last if wish.to_agent_id in (None, last.to_agent_id) else None


def refuse_unless_available(call: Call, agent: User) -> None:
    if not offers.free_agents(call=call, queue=None).filter(pk=agent.pk).exists():
        raise not_available(agent)


def not_available(agent: User) -> Refused:
    return Refused("not_available", _("%(agent)s is not available.") % {"agent": agent})


def target(transfer: Transfer) -> dict[str, Any]:
    """To whom: the kind, the id where there is one, and a name to show."""
    if transfer.to_queue_id is not None and transfer.to_queue is not None:
        return {
            "kind": "queue",
            "id": transfer.to_queue_id,
            "name": transfer.to_queue.name,
        }
    if transfer.to_number:
        return {"kind": "number", "id": None, "name": transfer.to_number}
    agent = transfer.to_agent
    return {"kind": "agent", "id": transfer.to_agent_id, "name": str(agent or "")}
