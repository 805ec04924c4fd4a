"""A caller waits, somebody takes the call, declines it, misses it or loses it again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import person, publish
from calls.models import Call, Offer, Queue, Transfer, User
from calls.services import offers, presence
from calls.services.refusals import Refused, locked, refuse_if_ended


def start_waiting(
    *, call: Call, queue: Queue | None, reserved_for: User | None = None
) -> None:
    """Somebody is to be rung for this call; in a transaction with the call locked."""
    call.queue = queue
    call.reserved_for = reserved_for
    call.treatment = Call.Treatment.CONFERENCE
    call.waiting_since = timezone.now()
    call.save(update_fields=["queue", "reserved_for", "treatment", "waiting_since"])
    publish(
        call=call,
        name="call.queued",
        queue=None if queue is None else {"id": queue.pk, "name": queue.name},
        reserved_for=None if reserved_for is None else reserved_for.pk,
    )
    transaction.on_commit(offers.route)


def stop_waiting(*, call: Call) -> None:
    """Nobody is to be rung any more; in a transaction with the call locked."""
    call.waiting_since = call.reserved_for = None
    call.save(update_fields=["waiting_since", "reserved_for"])
    offers.withdraw(call=call)


def accept_call(*, sid: str, agent: User) -> Call:
    """Claim a waiting call, or an invitation to join one; repeating it changes nothing."""
    with transaction.atomic():
        call = locked(sid)
        if call.agent_id == agent.pk and not call.has_ended:
            return call
        refuse_if_ended(call)
        offer = Offer.objects.ringing().filter(call=call, agent=agent).first()
        if call.agent is not None:
            _accept_invitation(call, agent, offer)
        else:
            _refuse_unless_free(call, agent, offer)
            _claim(call, agent, offer)
    return call


def take(*, call: Call, agent: User) -> None:
    """Somebody has the call, whether it rings at their desk or not; in a transaction with the call locked."""
    offer = Offer.objects.ringing().filter(call=call, agent=agent).first()
    _refuse_if_busy(call, agent)
    _claim(call, agent, offer)


def decline_call(*, sid: str, agent: User) -> Call:
    """The call stops ringing at this agent's desk and goes on to the next."""
    with transaction.atomic():
        call = locked(sid)
        refuse_if_ended(call)
        mine = Offer.objects.filter(call=call, agent=agent).select_related("transfer")
        last = mine.order_by("-pk").first()
        if last is not None and last.outcome == Offer.Outcome.RINGING:
            last.call = call
            offers.end(last, Offer.Outcome.DECLINED)
        elif last is None or last.outcome != Offer.Outcome.DECLINED:
            raise Refused("not_offered", _("This call does not ring here."))
    return call


def expire() -> None:
    """Offers that rang for long enough are missed, and the call goes on to the next agent."""
    for pk in offers.missed(now=timezone.now()):
        _miss(pk)


def release_call(*, call: Call) -> Call:
    """Take a call from an agent whose telephone stayed away and let it ring again."""
    with transaction.atomic():
        call = locked(call.sid)
        if call.has_ended or call.agent is None or call.agent_gone_at is None:
            return call
        presence.end_call(agent=call.agent, call=call, reason=presence.TELEPHONE_GONE)
        leave_agent(call=call, reason="telephone_gone")
        start_waiting(call=call, queue=call.queue)
    return call


def leave_agent(*, call: Call, reason: str) -> None:
    """The call belongs to nobody; in a transaction with the call locked."""
    call.agent = None
    call.accepted_at = call.agent_gone_at = call.agent_joined_at = None
    call.muted_at = None
    call.save(
        update_fields=[
            "agent",
            "accepted_at",
            "agent_gone_at",
            "agent_joined_at",
            "muted_at",
        ]
    )
    publish(call=call, name="call.released", reason=reason)


def _refuse_unless_free(call: Call, agent: User, offer: Offer | None) -> None:
    if call.waiting_since is None:
        raise Refused("not_waiting", _("This call waits for nobody."))
    ringing = Offer.objects.ringing().select_related("agent")
    if offer is None and not agent.is_supervisor:
        elsewhere = ringing.filter(call=call).first()
        if elsewhere is not None:
            text = _("This call is ringing at %(agent)s's desk.")
            raise Refused("rings_elsewhere", text % {"agent": elsewhere.agent})
    _refuse_if_busy(call, agent)


def _refuse_if_busy(call: Call, agent: User) -> None:
    """The agent's row, locked here, orders two clicks of one agent on two calls."""
    presence.lock_user(agent.pk)
    if Offer.objects.ringing().filter(agent=agent).exclude(call=call).exists():
        raise Refused("rings_here", _("Another call is ringing at your desk."))
    joined = Transfer.objects.open().filter(to_agent=agent).exclude(call=call)
    others = Call.objects.live().of_agent(agent).exclude(pk=call.pk)
    if others.exists() or joined.exists():
        raise Refused("busy", _("You are on another call."))


def _claim(call: Call, agent: User, offer: Offer | None) -> None:
    now = timezone.now()
    call.agent = agent
    call.accepted_at = now
    # Gone until the telephone joins: a browser that never does frees the call.
    call.agent_gone_at = now
    call.waiting_since = call.reserved_for = None
    call.save(
        update_fields=[
            "agent",
            "accepted_at",
            "agent_gone_at",
            "waiting_since",
            "reserved_for",
        ]
    )
    if offer is not None:
        _take(offer)
    offers.withdraw(call=call)
    presence.begin_call(agent=agent, call=call)
    publish(call=call, name="call.accepted", agent=person(agent), at=now.timestamp())


def _accept_invitation(call: Call, agent: User, offer: Offer | None) -> None:
    transfer = None if offer is None else offer.transfer
    if offer is None or transfer is None:
        if Transfer.objects.open().filter(call=call, to_agent=agent).exists():
            return
        raise Refused(
            "already_taken", _("%(agent)s took this call.") % {"agent": call.agent}
        )
    _refuse_if_busy(call, agent)
    _take(offer)
    transfer.to_agent = agent
    transfer.save(update_fields=["to_agent"])
    presence.begin_call(agent=agent, call=call)
    publish(call=call, name="transfer.accepted", id=transfer.pk, agent=person(agent))


def _take(offer: Offer) -> None:
    offer.outcome = Offer.Outcome.ACCEPTED
    offer.ended_at = timezone.now()
    offer.save(update_fields=["outcome", "ended_at"])


def _miss(pk: int) -> None:
    offer = Offer.objects.filter(pk=pk).first()
    if offer is None:
        return
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=offer.call_id)
        still = Offer.objects.ringing().select_related("transfer").filter(pk=pk).first()
        if still is None:
            return
        still.call = call
        presence.miss_call(agent_id=still.agent_id, call=call)
        offers.end(still, Offer.Outcome.MISSED)
