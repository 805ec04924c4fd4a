"""Whose desk rings: one offer at a time for each agent, the next agent when one is in vain."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from calls.events import person, publish
from calls.models import Call, Offer, Queue, Transfer, User

# Whoever did not take a call is not asked again at once.
_PAUSE: Final = timedelta(seconds=20)
_RING_SECONDS: Final = 20
_ENDED_IN_VAIN: Final = (Offer.Outcome.DECLINED, Offer.Outcome.MISSED)


def route() -> None:
    """Offer every waiting call, and every invitation to a queue, to whoever is next.

    It only reads and writes the database; any number may run at once.
    """
    for pk in Call.objects.waiting().values_list("pk", flat=True):
        with transaction.atomic():
            free = Call.objects.waiting().select_for_update(
                no_key=True, skip_locked=True
            )
            call = free.filter(pk=pk).first()
            if call is not None:
                _offer(call)
    invitations = Transfer.objects.filter(
        state=Transfer.State.RINGING,
        kind=Transfer.Kind.WARM,
        to_queue__isnull=False,
    )
    for pk, call_id in invitations.values_list("pk", "call_id"):
        with transaction.atomic():
            Call.objects.select_for_update(no_key=True).get(pk=call_id)
            transfer = invitations.filter(pk=pk).first()
            if transfer is not None:
                _invite(transfer)


def ring(
    *, call: Call, agent: User, seconds: int, transfer: Transfer | None = None
) -> Offer | None:
    """Let the call ring at this agent's desk; None if the agent is not free any more.

    In a transaction with the call locked: the call's row is always locked before the
    agent's, so that no two of us can wait for each other.
    """
    still = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    free = still.filter(pk=agent.pk, presence=User.Presence.AVAILABLE).first()
    # Asked again, since only now nobody else can make an offer to this agent.
    if free is None or Offer.objects.ringing().filter(agent=agent).exists():
        return None
    now = timezone.now()
    offer = Offer.objects.create(
        call=call,
        transfer=transfer,
        agent=agent,
        offered_at=now,
        until=now + timedelta(seconds=seconds),
    )
    if transfer is not None:
        let_see(call, agent.pk)
    publish(
        call=call,
        name="call.offered",
        to=[person(agent)],
        until=offer.until.timestamp(),
        transfer=offer.transfer_id,
    )
    return offer


def lock_ringing(*, agent_id: int) -> Offer | None:
    """The offer that rings at this agent's desk, with its call locked; in a transaction."""
    found = Offer.objects.ringing().filter(agent_id=agent_id).first()
    if found is None:
        return None
    Call.objects.select_for_update(no_key=True).get(pk=found.call_id)
    return Offer.objects.ringing().select_related("call").filter(pk=found.pk).first()


def end(offer: Offer, outcome: str) -> None:
    """The desk stops ringing; somebody else may be next. The call is locked."""
    offer.outcome = outcome
    offer.ended_at = timezone.now()
    offer.save(update_fields=["outcome", "ended_at"])
    publish(
        call=offer.call,
        name="offer.ended",
        agent=offer.agent_id,
        outcome=outcome,
        transfer=offer.transfer_id,
    )
    if offer.transfer is not None:
        _invitation_in_vain(offer, offer.transfer, outcome)
    transaction.on_commit(route)


def withdraw(*, call: Call, except_for: int | None = None) -> None:
    """Nobody is rung for this call any more; the call is locked."""
    ringing = Offer.objects.ringing().filter(call=call)
    if except_for is not None:
        ringing = ringing.exclude(pk=except_for)
    for offer in ringing.select_related("call", "transfer"):
        end(offer, Offer.Outcome.WITHDRAWN)


def free_agents(*, call: Call, queue: Queue | None) -> models.QuerySet[User]:
    """Who may be rung for this call, the first one first: by priority, then by idle time."""
    now = timezone.now()
    people = User.objects.filter(
        is_active=True,
        role__in=(User.Role.AGENT, User.Role.SUPERVISOR),
        presence=User.Presence.AVAILABLE,
        desk_seen_at__gte=now - timedelta(seconds=settings.DESK_SECONDS),
    )
    mine = Offer.objects.filter(agent=models.OuterRef("pk"))
    tried = mine.filter(
        call=call, outcome__in=_ENDED_IN_VAIN, ended_at__gt=now - _PAUSE
    )
    people = people.exclude(models.Exists(mine.ringing())).exclude(models.Exists(tried))
    if queue is None:
        return people.order_by("presence_since", "pk")
    return people.filter(memberships__queue=queue).order_by(
        "memberships__priority", "presence_since", "pk"
    )


def _offer(call: Call) -> None:
    ringing = Offer.objects.ringing().filter(call=call)
    to_all = call.queue is not None and call.queue.strategy == Queue.Strategy.RING_ALL
    if ringing.exists() and not (to_all or call.queue is None):
        return
    if call.reserved_for is not None:
        if ringing.exists() or _reach(call, call.reserved_for):
            return
        call.reserved_for = None
        call.save(update_fields=["reserved_for"])
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    for agent in free_agents(call=call, queue=call.queue):
        if ring(call=call, agent=agent, seconds=seconds) and call.queue and not to_all:
            return


def _reach(call: Call, agent: User) -> bool:
    """Ring the one whom the call is meant for, if that is possible now."""
    if not free_agents(call=call, queue=None).filter(pk=agent.pk).exists():
        return False
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    return ring(call=call, agent=agent, seconds=seconds) is not None


def _invite(transfer: Transfer) -> None:
    if transfer.to_agent_id is not None or transfer.offers.ringing().exists():
        return
    queue = transfer.to_queue
    seconds = queue.ring_seconds if queue else _RING_SECONDS
    for agent in free_agents(call=transfer.call, queue=queue):
        asked = agent.pk != transfer.by_id
        if asked and ring(
            call=transfer.call, agent=agent, seconds=seconds, transfer=transfer
        ):
            return
    patience = timedelta(seconds=queue.max_wait_seconds if queue else 0)
    if transfer.began_at + patience < timezone.now():
        _fail(transfer, "no-answer")


def _invitation_in_vain(offer: Offer, transfer: Transfer, outcome: str) -> None:
    let_see(offer.call, offer.agent_id, on=False)
    asked_one = transfer.to_queue_id is None
    if asked_one and transfer.state == Transfer.State.RINGING:
        _fail(transfer, outcome)


def _fail(transfer: Transfer, reason: str) -> None:
    transfer.state = Transfer.State.FAILED
    transfer.reason = reason
    transfer.ended_at = timezone.now()
    transfer.save(update_fields=["state", "reason", "ended_at"])
    publish(
        call=transfer.call,
        name="transfer.ended",
        id=transfer.pk,
        state=transfer.state,
        reason=reason,
    )


def let_see(call: Call, user_id: int, *, on: bool = True) -> None:
    """Whether somebody beside the agent may read along; the call is locked."""
    seen = [pk for pk in call.also_seen_by if pk != user_id]
    call.also_seen_by = [*seen, user_id] if on else seen
    call.save(update_fields=["also_seen_by"])


def missed(*, now: datetime) -> list[int]:
    """Offers that have rung for long enough."""
    late = Offer.objects.ringing().filter(until__lte=now)
    return list(late.values_list("pk", flat=True))
