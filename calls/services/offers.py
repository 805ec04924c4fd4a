"""Whose desk rings: one offer at a time for each agent, the next agent when one is in vain."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from calls.events import person, publish
from calls.matching import Pool
from calls.models import Call, Offer, Queue, Transfer, User

# Whoever did not take a call is not asked again at once.
_PAUSE: Final = timedelta(seconds=20)
_RING_SECONDS: Final = 20


def route() -> None:
    """Offer every waiting call, and every invitation to a queue, to whoever is next.

    It only reads and writes the database; any number may run at once. What is read
    first, without a lock, tells for which calls somebody is free, and the others are
    not touched; who is rung is decided with the call locked.
    """
    pool = _pool()
    for pk, queue_id, reserved_for in _calls_for(pool):
        could = pool.for_call(pk, queue=queue_id)
        if could or reserved_for is not None:
            with transaction.atomic():
                rung = _offer(pk)
            if rung is not None:
                # Where nobody was rung, others have been quicker with all of these.
                pool.remove(rung or could)
    now = timezone.now()
    for transfer in Transfer.objects.unheard_invitations():
        late = _patience_ends(transfer) < now
        if late or pool.for_call(transfer.call_id, queue=transfer.to_queue_id):
            with transaction.atomic():
                pool.remove(_invite(transfer.pk, transfer.call_id))


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
    _end(offer, outcome)
    transaction.on_commit(route)


def withdraw(*, call: Call, except_for: int | None = None) -> None:
    """Nobody is rung for this call any more; the call is locked."""
    ringing = Offer.objects.ringing().filter(call=call)
    if except_for is not None:
        ringing = ringing.exclude(pk=except_for)
    offers = list(ringing.select_related("call", "transfer"))
    for offer in offers:
        _end(offer, Offer.Outcome.WITHDRAWN)
    if offers:
        transaction.on_commit(route)


def free_agents(*, call: Call, queue: Queue | None) -> models.QuerySet[User]:
    """Who may be rung for this call, the first one first: by priority, then by idle time."""
    tried = _in_vain().filter(agent=models.OuterRef("pk"), call=call)
    people = _free().exclude(models.Exists(tried))
    if queue is None:
        return people.order_by("presence_since", "pk")
    return people.filter(memberships__queue=queue).order_by(
        "memberships__priority", "presence_since", "pk"
    )


def _free() -> models.QuerySet[User]:
    """Who is available at an open desk that does not ring."""
    seen = timezone.now() - timedelta(seconds=settings.DESK_SECONDS)
    rings = Offer.objects.ringing().filter(agent=models.OuterRef("pk"))
    return User.objects.filter(
        is_active=True,
        role__in=(User.Role.AGENT, User.Role.SUPERVISOR),
        presence=User.Presence.AVAILABLE,
        desk_seen_at__gte=seen,
    ).exclude(models.Exists(rings))


def _in_vain() -> models.QuerySet[Offer]:
    """Offers whose agent is not asked for the same call again yet."""
    return Offer.objects.in_vain(since=timezone.now() - _PAUSE)


def _pool() -> Pool:
    free = list(_free().values_list("pk", "memberships__queue"))
    tried = _in_vain().filter(agent__in={agent for agent, _queue in free})
    return Pool(free=free, in_vain=tried.values_list("agent_id", "call_id"))


def _calls_for(pool: Pool) -> models.QuerySet[Call, tuple[int, int | None, int | None]]:
    """Calls that somebody in the pool may be rung for, and those meant for one who may not be there."""
    wanted = models.Q(reserved_for__isnull=False) | models.Q(queue__in=pool.queues)
    if pool:
        wanted |= models.Q(queue=None)
    calls = Call.objects.waiting().for_one_more_desk().filter(wanted)
    return calls.values_list("pk", "queue_id", "reserved_for_id")


def _offer(pk: int) -> set[int] | None:
    """Let it ring at the next desk, or at all of them: whose; None if it is not for us to offer any more."""
    # Without its queue: joined, that would be the one of before somebody else's lock.
    waiting = Call.objects.waiting().select_for_update(no_key=True, skip_locked=True)
    call = waiting.filter(pk=pk).first()
    if call is None:
        return None
    at_once = call.queue is None or call.queue.strategy == Queue.Strategy.RING_ALL
    # Asked again, since only now nobody else can offer this call.
    rings = Offer.objects.ringing().filter(call=call).exists()
    if rings and not (at_once and call.reserved_for is None):
        return None
    if call.reserved_for is not None:
        if _reach(call, call.reserved_for):
            return {call.reserved_for.pk}
        call.reserved_for = None
        call.save(update_fields=["reserved_for"])
    return _ring_next(call, at_once=at_once)


def _ring_next(call: Call, *, at_once: bool) -> set[int]:
    rung = set()
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    for agent in free_agents(call=call, queue=call.queue):
        if ring(call=call, agent=agent, seconds=seconds):
            rung.add(agent.pk)
            if not at_once:
                break
    return rung


def _reach(call: Call, agent: User) -> bool:
    """Ring the one whom the call is meant for, if that is possible now."""
    if not free_agents(call=call, queue=None).filter(pk=agent.pk).exists():
        return False
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    return ring(call=call, agent=agent, seconds=seconds) is not None


def _invite(pk: int, call_id: int) -> set[int]:
    """Let the invitation ring at the next desk: whose. It fails where nobody came for too long."""
    call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
    # Asked again, since only now nobody else can answer it.
    transfer = Transfer.objects.unheard_invitations().filter(pk=pk).first()
    if transfer is None:
        return set()
    queue = transfer.to_queue
    seconds = queue.ring_seconds if queue else _RING_SECONDS
    for agent in free_agents(call=call, queue=queue):
        asked = agent.pk != transfer.by_id
        if asked and ring(call=call, agent=agent, seconds=seconds, transfer=transfer):
            return {agent.pk}
    if _patience_ends(transfer) < timezone.now():
        transfer.call = call
        _fail(transfer, "no-answer")
    return set()


def _patience_ends(transfer: Transfer) -> datetime:
    queue = transfer.to_queue
    seconds = queue.max_wait_seconds if queue else 0
    return transfer.began_at + timedelta(seconds=seconds)


def _end(offer: Offer, outcome: str) -> None:
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
