"""Handing a live call on: cold, warm, as a three-way call; to an agent, a queue or a number."""

import logging
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import status as call_status
from calls.addresses import hold_music, public
from calls.events import publish
from calls.models import Call, Leg, Offer, Queue, Transfer, User
from calls.services import offers, presence, routing
from calls.services.numbers import placeable, refusal_of
from calls.services.refusals import (
    Refused,
    ask_twilio,
    locked,
    own_call,
    refuse_if_ended,
)
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)

_RING_SECONDS: Final = 25
_LEAVING: Final = timedelta(seconds=3)
# How long a number may ring before we ask what has become of it.
_PATIENCE: Final = timedelta(seconds=45)
_LEFT: Final = "left"
_CALL_ENDED: Final = "call_ended"


def start(
    *,
    sid: str,
    by: User,
    kind: str,
    agent: int | None = None,
    queue: int | None = None,
    number: str | None = None,
) -> Transfer:
    """Hand the call on, or ask somebody to take it; asking twice for the same changes nothing."""
    wish = _wish(by, kind, agent, queue, number)
    already = _same(_last_by(sid, by), wish)
    if already is not None:
        return already
    _refuse_unless_connected(own_call(sid, by))
    if kind == Transfer.Kind.WARM:
        return _warm(sid, by, wish)
    return _cold_to_number(sid, by, wish) if wish.to_number else _cold(sid, by, wish)


def complete(*, sid: str, by: User) -> Transfer:
    """The one who was asked has the call from now on, and I am out of it."""
    done = _last_by(sid, by)
    if done is not None and done.state == Transfer.State.COMPLETED:
        return done
    call, transfer = _talking(sid, by)
    _hand_over_room(call, transfer)
    with transaction.atomic():
        call = _locked_own(sid, by)
        transfer = _still_talking(call)
        _take_over(call, transfer)
    _send_away(call, by)
    return transfer


def merge(*, sid: str, by: User) -> Transfer:
    """All three talk; asking twice changes nothing."""
    call, transfer = _talking(sid, by)
    if transfer.state == Transfer.State.MERGED:
        return transfer
    _bring_back(call)
    with transaction.atomic():
        call = _locked_own(sid, by)
        transfer = _still_talking(call)
        if transfer.state == Transfer.State.CONSULTING:
            transfer.state = Transfer.State.MERGED
            transfer.save(update_fields=["state"])
            publish(call=call, name="transfer.merged", id=transfer.pk)
    return transfer


def cancel(*, sid: str, by: User) -> Transfer:
    """The one who was asked goes, and the caller is back with me."""
    call = own_call(sid, by)
    transfer = call.transfers.order_by("-pk").first()
    if transfer is not None and transfer.state == Transfer.State.CANCELED:
        return transfer
    _refuse_unless_open(transfer)
    _bring_back(call)
    with transaction.atomic():
        call = _locked_own(sid, by)
        transfer = _open(call)
        _close(call, transfer, Transfer.State.CANCELED, "")
    _hang_up_strays(call)
    return transfer


def leave(*, sid: str, by: User) -> Call:
    """I go and the others go on; only where there are others."""
    call = Call.objects.filter(sid=sid).first()
    if call is None:
        raise Refused("unknown_call", _("There is no such call."))
    refuse_if_ended(call)
    transfer = call.transfers.open().first()
    if call.agent_id == by.pk:
        if transfer is None or transfer.state != Transfer.State.MERGED:
            raise Refused("not_three_way", _("Nobody else is on this call."))
        complete(sid=sid, by=by)
    elif transfer is not None and is_invited(call, by):
        # The conference reports that I am gone, and that ends the transfer.
        _send_away(call, by)
    elif not call.legs.filter(user=by).exists():
        raise Refused("not_yours", _("This call is not yours."))
    call.refresh_from_db()
    return call


# What telephony reports.


def is_invited(call: Call, agent: User) -> bool:
    """Whether this agent has accepted an invitation to the call that still stands."""
    accepted = Offer.objects.filter(
        agent=agent,
        outcome=Offer.Outcome.ACCEPTED,
        transfer__in=call.transfers.open().filter(to_agent=agent),
    )
    return accepted.exists()


def is_handed_over(call: Call) -> bool:
    """Whether somebody with a number has the call, and nobody of ours."""
    if call.agent_id is not None or call.waiting_since is not None:
        return False
    last = call.transfers.order_by("-pk").first()
    return (
        last is not None
        and bool(last.to_number)
        and last.state == Transfer.State.COMPLETED
    )


def leg_joined(*, call: Call, leg: Leg) -> None:
    """Somebody came into the call's conference; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is None or call.has_ended:
        return
    if leg.kind == Leg.Kind.AGENT and _is_guest(call, transfer, leg):
        transfer.leg_sid = leg.sid
        transfer.save(update_fields=["leg_sid"])
    if leg.sid == transfer.leg_sid:
        _answered(call, transfer)


def leg_left(*, call: Call, leg: Leg) -> None:
    """Somebody left the call's conference; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is None or call.has_ended:
        return
    if leg.sid != transfer.leg_sid and not _is_guest(call, transfer, leg):
        return
    if transfer.kind == Transfer.Kind.COLD:
        _answered(call, transfer)
    else:
        _close(call, transfer, Transfer.State.FAILED, _LEFT)


def record_leg(*, transfer_id: int, leg_sid: str, status: str) -> None:
    """How a number that was asked is getting on."""
    found = Transfer.objects.filter(pk=transfer_id).select_related("call").first()
    if found is None or not call_status.is_known(status):
        return
    with transaction.atomic():
        call = locked(found.call.sid)
        transfer = Transfer.objects.get(pk=transfer_id)
        leg = _number_leg(call, transfer, leg_sid)
        if status in call_status.ENDED and leg.left_at is None:
            leg.left_at = timezone.now()
            leg.save(update_fields=["left_at"])
        if transfer.state not in Transfer.OPEN or call.has_ended:
            return
        cold = transfer.kind == Transfer.Kind.COLD
        # Whoever has hung up had answered, though that may be told later.
        if status == call_status.IN_PROGRESS or (
            cold and status == call_status.COMPLETED
        ):
            _answered(call, transfer)
        elif status in call_status.ENDED:
            reason = _LEFT if status == call_status.COMPLETED else status
            _number_is_gone(call, transfer, reason)


def call_over(*, call: Call) -> None:
    """The call has ended, and with it what was being asked; the call is locked."""
    transfer = call.transfers.open().first()
    if transfer is not None:
        _close(call, transfer, Transfer.State.FAILED, _CALL_ENDED)


def take_over(*, call: Call) -> bool:
    """The agent's telephone stayed away: whoever was being talked to has the call now.

    False when nobody was: the invitation, if there was one, is over.
    """
    with transaction.atomic():
        call = locked(call.sid)
        transfer = call.transfers.open().first()
        if call.has_ended or call.agent_gone_at is None or transfer is None:
            return False
        if transfer.state == Transfer.State.RINGING:
            _close(call, transfer, Transfer.State.CANCELED, "")
            return False
        _take_over(call, transfer)
    try:
        _hand_over_room(call, transfer)
    except Refused:
        logger.warning("call %s: the caller is still on hold", call.sid)
    return True


def expire() -> None:
    """End what has been asked for too long: reports may be lost, and browsers may not come."""
    now = timezone.now()
    ringing = Transfer.objects.filter(state=Transfer.State.RINGING)
    rejoin = now - timedelta(seconds=settings.REJOIN_SECONDS)
    accepted = Offer.objects.filter(outcome=Offer.Outcome.ACCEPTED, ended_at__lt=rejoin)
    for transfer in ringing.filter(offers__in=accepted).select_related("call"):
        _did_not_come(transfer)
    numbers = ringing.exclude(to_number="").exclude(leg_sid="")
    for transfer in numbers.filter(began_at__lt=now - _PATIENCE):
        try:
            status = telephone().call_status(call_sid=transfer.leg_sid)
        except VendorError as error:
            logger.warning("transfer %s not looked at: %s", transfer.pk, error.code)
            continue
        record_leg(transfer_id=transfer.pk, leg_sid=transfer.leg_sid, status=status)


def hang_up_strays() -> None:
    """Send telephones away that stayed in, or still ring, after their part was over."""
    now = timezone.now()
    # Mostly they are just leaving; and what Twilio could not end in an hour is not up.
    lately = (now - timedelta(hours=1), now - _LEAVING)
    transfers = Transfer.objects.filter(ended_at__range=lately)
    over = Call.objects.filter(
        models.Q(ended_at__range=lately) | models.Q(pk__in=transfers.values("call"))
    )
    strays = Leg.objects.exclude(kind=Leg.Kind.CUSTOMER).filter(left_at=None)
    for call in over.filter(pk__in=strays.values("call")):
        _hang_up_strays(call)


# One by one.


def _wish(
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


def _refuse_unless_connected(call: Call) -> None:
    if not call.conference_sid or call.agent_joined_at is None:
        raise Refused("not_connected", _("You are not connected to the caller yet."))


def _refuse_unless_open(transfer: Transfer | None) -> None:
    if transfer is None or transfer.state not in Transfer.OPEN:
        raise Refused("no_transfer", _("There is no transfer going on."))


def _locked_own(sid: str, by: User) -> Call:
    """The live call of this agent, locked; in a transaction."""
    call = locked(sid)
    refuse_if_ended(call)
    if call.agent_id != by.pk:
        raise Refused("not_yours", _("This call is not yours."))
    return call


def _open(call: Call) -> Transfer:
    transfer = call.transfers.open().first()
    if transfer is None:
        raise Refused("no_transfer", _("There is no transfer going on."))
    return transfer


def _talking(sid: str, by: User) -> tuple[Call, Transfer]:
    """The call and its transfer, if the one who was asked has answered."""
    call = own_call(sid, by)
    transfer = call.transfers.open().first()
    _refuse_unless_open(transfer)
    return call, _still_talking(call)


def _still_talking(call: Call) -> Transfer:
    transfer = _open(call)
    if transfer.state == Transfer.State.RINGING:
        raise Refused("not_answered", _("Nobody has answered yet."))
    return transfer


def _last_by(sid: str, by: User) -> Transfer | None:
    """The call's last transfer if this agent made it and it was not in vain."""
    last = Transfer.objects.filter(call__sid=sid).order_by("-pk").first()
    if last is None or last.by_id != by.pk:
        return None
    alive = (*Transfer.OPEN, Transfer.State.COMPLETED)
    return last if last.state in alive else None


def _same(last: Transfer | None, wish: Transfer) -> Transfer | None:
    """The last transfer if it is the one that is wished for."""
    if last is None or last.kind != wish.kind or last.to_number != wish.to_number:
        return None
    if last.to_queue_id != wish.to_queue_id:
        return None
    return last if wish.to_agent_id in (None, last.to_agent_id) else None


def _begin(sid: str, by: User, wish: Transfer) -> tuple[Call, Transfer]:
    """Write the transfer down before anybody is asked; in a transaction."""
    call = _locked_own(sid, by)
    _refuse_unless_connected(call)
    if call.transfers.open().exists():
        raise Refused("transfer_open", _("Another transfer is going on."))
    if wish.to_agent is not None:
        _refuse_unless_free(call, wish.to_agent)
    wish.pk = None
    wish.call = call
    wish.state = Transfer.State.RINGING
    wish.began_at = timezone.now()
    wish.save(force_insert=True)
    publish(
        call=call,
        name="transfer.started",
        id=wish.pk,
        kind=wish.kind,
        by=_named(by),
        to=target(wish),
    )
    return call, wish


def _refuse_unless_free(call: Call, agent: User) -> None:
    if not offers.free_agents(call=call, queue=None).filter(pk=agent.pk).exists():
        raise Refused(
            "not_available", _("%(agent)s is not available.") % {"agent": agent}
        )


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


def _cold(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller waits again, for somebody else."""
    with transaction.atomic():
        call, transfer = _begin(sid, by, wish)
    try:
        # Out of the conference, which ends by that: the caller hears the waiting music.
        ask_twilio(lambda: telephone().redirect(call_sid=call.sid, url=public("voice")))
    except Refused:
        _give_up(call, transfer)
        raise
    with transaction.atomic():
        call = locked(sid)
        transfer.refresh_from_db()
        if call.has_ended or call.agent_id != by.pk:
            return transfer
        _finish_cold(call, transfer)
        routing.start_waiting(
            call=call,
            queue=transfer.to_queue or call.queue,
            reserved_for=transfer.to_agent,
        )
    return transfer


def _finish_cold(call: Call, transfer: Transfer) -> None:
    """The agent's part is over; the call is locked."""
    agent = call.agent
    if transfer.state in Transfer.OPEN and not transfer.to_number:
        _completed(call, transfer)
    routing.leave_agent(call=call, reason="transferred")
    if agent is not None:
        presence.end_call(agent=agent, call=call)


def _cold_to_number(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller hears it ring; if nobody answers, the call waits again."""
    with transaction.atomic():
        call, transfer = _begin(sid, by, wish)
    if call.held_at is not None:
        try:
            _bring_back(call)
        except Refused:
            _give_up(call, transfer)
            raise
    _dial(call, transfer)
    with transaction.atomic():
        call = locked(sid)
        transfer.refresh_from_db()
        failed = transfer.state in (Transfer.State.FAILED, Transfer.State.CANCELED)
        if call.has_ended or call.agent_id != by.pk or failed:
            return transfer
        _finish_cold(call, transfer)
    _send_away(call, by)
    return transfer


def _warm(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller hears music while somebody else is asked."""
    call = own_call(sid, by)
    was_held = call.held_at is not None
    if not was_held:
        ask_twilio(lambda: _hold(call, on=True))
    try:
        with transaction.atomic():
            call, transfer = _begin(sid, by, wish)
            if transfer.to_agent is not None:
                _invite(call, transfer, transfer.to_agent)
            elif transfer.to_queue is not None:
                transaction.on_commit(offers.route)
        if transfer.to_number:
            _dial(call, transfer)
    except Refused:
        # Not where the same was asked for twice at once, and the other one goes on.
        if not was_held and not call.transfers.open().exists():
            _bring_back_quietly(call)
        raise
    return transfer


def _invite(call: Call, transfer: Transfer, agent: User) -> None:
    seconds = call.queue.ring_seconds if call.queue else _RING_SECONDS
    offer = offers.ring(call=call, agent=agent, seconds=seconds, transfer=transfer)
    if offer is None:
        raise Refused(
            "not_available", _("%(agent)s is not available.") % {"agent": agent}
        )


def _dial(call: Call, transfer: Transfer) -> None:
    """Call the number into the conference; without an answer to this nothing is left of it."""
    try:
        placed = telephone().invite(
            conference_sid=call.conference_sid,
            to=transfer.to_number,
            from_=_our_number(call),
            label=f"transfer-{transfer.pk}",
            status_callback=f"{public('participant-status')}?transfer={transfer.pk}",
            # Whoever has a call with nobody of ours in it ends it by leaving.
            end_on_exit=transfer.kind == Transfer.Kind.COLD,
        )
    except VendorError as error:
        logger.warning("transfer %s not placed: %s", transfer.pk, error.code)
        _give_up(call, transfer)
        raise refusal_of(error) from error
    with transaction.atomic():
        _number_leg(locked(call.sid), transfer, placed.sid)


def _number_leg(call: Call, transfer: Transfer, leg_sid: str) -> Leg:
    """The leg of a number that was asked, made at its first mention; the call is locked."""
    leg, _made = Leg.objects.get_or_create(
        sid=leg_sid, defaults={"call": call, "kind": Leg.Kind.NUMBER}
    )
    Transfer.objects.filter(pk=transfer.pk, leg_sid="").update(leg_sid=leg_sid)
    transfer.refresh_from_db(fields=["leg_sid"])
    return leg


def _our_number(call: Call) -> str:
    """What the number that is called sees: the line of ours that the call came by."""
    if call.line is not None:
        return call.line.number
    return str(settings.TWILIO_NUMBER)


def _answered(call: Call, transfer: Transfer) -> None:
    """The one who was asked is there; the call is locked."""
    if transfer.state != Transfer.State.RINGING:
        return
    if transfer.kind == Transfer.Kind.COLD:
        _completed(call, transfer)
        return
    transfer.state = Transfer.State.CONSULTING
    transfer.save(update_fields=["state"])
    name = str(transfer.to_agent) if transfer.to_agent_id else transfer.to_number
    data = {"id": transfer.pk, "name": name}
    publish(call=call, name="transfer.joined", data=data)


def _completed(call: Call, transfer: Transfer) -> None:
    transfer.state = Transfer.State.COMPLETED
    transfer.ended_at = timezone.now()
    transfer.save(update_fields=["state", "ended_at"])
    agent = transfer.to_agent if transfer.kind == Transfer.Kind.WARM else None
    data = {
        "id": transfer.pk,
        "agent": None if agent is None else _named(agent),
        "name": target(transfer)["name"] if agent is None else str(agent),
    }
    publish(call=call, name="transfer.completed", data=data)


def _take_over(call: Call, transfer: Transfer) -> None:
    """The call belongs to the one who was asked; the call is locked."""
    before, after = call.agent, transfer.to_agent
    was_muted, call.muted_at = call.muted_at, None
    if after is None:
        call.save(update_fields=["muted_at"])
        routing.leave_agent(call=call, reason="transferred")
    else:
        call.agent, call.accepted_at = after, timezone.now()
        call.agent_gone_at, call.agent_joined_at = None, timezone.now()
        call.also_seen_by = [pk for pk in call.also_seen_by if pk != after.pk]
        call.save()
    if was_muted is not None:
        publish(call=call, name="mute.ended")
    _completed(call, transfer)
    if before is not None:
        presence.end_call(agent=before, call=call)


def _close(call: Call, transfer: Transfer, state: str, reason: str) -> None:
    """Nothing came of it; the call is locked."""
    transfer.state, transfer.reason = state, reason
    transfer.ended_at = timezone.now()
    transfer.save(update_fields=["state", "reason", "ended_at"])
    joined = transfer.to_agent if _has_accepted(transfer) else None
    offers.withdraw(call=call)
    call.refresh_from_db(fields=["also_seen_by"])
    publish(
        call=call,
        name="transfer.ended",
        id=transfer.pk,
        state=state,
        reason=reason,
    )
    if joined is not None:
        # Told first, for who sees the call no longer sees that it is over.
        call.also_seen_by = [pk for pk in call.also_seen_by if pk != joined.pk]
        call.save(update_fields=["also_seen_by"])
        presence.end_call(agent=joined, call=call)


def _did_not_come(found: Transfer) -> None:
    """Somebody has accepted, and their telephone stayed away."""
    with transaction.atomic():
        call = locked(found.call.sid)
        transfer = call.transfers.open().first()
        if transfer == found and transfer.state == Transfer.State.RINGING:
            _close(call, transfer, Transfer.State.FAILED, "no-answer")


def _is_guest(call: Call, transfer: Transfer, leg: Leg) -> bool:
    """Whether this telephone is of the agent who was asked."""
    invited = leg.user_id is not None and leg.user_id == transfer.to_agent_id
    return invited and leg.user_id != call.agent_id


def _has_accepted(transfer: Transfer) -> bool:
    return transfer.offers.filter(outcome=Offer.Outcome.ACCEPTED).exists()


def _give_up(call: Call, transfer: Transfer) -> None:
    """Twilio did not do its part."""
    with transaction.atomic():
        call = locked(call.sid)
        transfer.refresh_from_db()
        if transfer.state in Transfer.OPEN:
            _close(call, transfer, Transfer.State.FAILED, "failed")


def _number_is_gone(call: Call, transfer: Transfer, reason: str) -> None:
    """The number did not answer, or has hung up: back to the agent, or to wait again."""
    _close(call, transfer, Transfer.State.FAILED, reason)
    if call.agent_id is None and transfer.kind == Transfer.Kind.COLD:
        # Nobody is left with the caller, who is to hear the waiting music at once.
        call.document_due_at = timezone.now()
        call.save(update_fields=["document_due_at"])
        routing.start_waiting(call=call, queue=call.queue)


# What is asked of Twilio; no row is locked here.


def _hold(call: Call, *, on: bool) -> None:
    telephone().hold(
        conference_sid=call.conference_sid,
        participant=call.sid,
        on=on,
        hold_url=hold_music() if on else None,
    )


def _bring_back(call: Call) -> None:
    """The caller is off hold, if on it."""
    ask_twilio(lambda: _hold(call, on=False))


def _bring_back_quietly(call: Call) -> None:
    try:
        _hold(call, on=False)
    except VendorError as error:
        logger.warning("call %s is still on hold: %s", call.sid, error.code)


def _hand_over_room(call: Call, transfer: Transfer) -> None:
    """The caller is off hold, and a number that has the call alone ends it by leaving."""
    number = transfer.to_number and transfer.leg_sid
    if number:
        ask_twilio(
            lambda: telephone().end_with(
                conference_sid=call.conference_sid,
                participant=transfer.leg_sid,
                on=True,
            )
        )
    try:
        _bring_back(call)
    except Refused:
        if number:
            _end_with_quietly(call, transfer)
        raise


def _end_with_quietly(call: Call, transfer: Transfer) -> None:
    try:
        telephone().end_with(
            conference_sid=call.conference_sid, participant=transfer.leg_sid, on=False
        )
    except VendorError as error:
        logger.warning("leg %s ends the call: %s", transfer.leg_sid, error.code)


def _send_away(call: Call, agent: User) -> None:
    """Take an agent's telephones out of the call; a failure is made good by the sweep."""
    for leg in call.legs.filter(user=agent, left_at=None):
        try:
            _remove(call, leg.sid)
        except Refused:
            logger.warning("leg %s is still in its call", leg.sid)


def _remove(call: Call, leg_sid: str) -> None:
    ask_twilio(
        lambda: telephone().remove(
            conference_sid=call.conference_sid, participant=leg_sid
        )
    )


def _hang_up_strays(call: Call) -> None:
    """End the legs that have no part in this call any more."""
    transfer = call.transfers.open().first()
    last = call.transfers.order_by("-pk").first()
    wanted = {call.agent_id}
    if transfer is not None:
        wanted.add(transfer.to_agent_id)
    handed_over = last is not None and last.state == Transfer.State.COMPLETED
    keep = {one.leg_sid for one in (transfer, last if handed_over else None) if one}
    kinds = (Leg.Kind.AGENT, Leg.Kind.NUMBER)
    legs = call.legs.filter(kind__in=kinds, left_at=None)
    for leg in legs:
        mine = leg.sid in keep or (leg.user_id is not None and leg.user_id in wanted)
        if call.has_ended or not mine:
            _hang_up(leg)


def _hang_up(leg: Leg) -> None:
    try:
        telephone().end(call_sid=leg.sid)
    except VendorError as error:
        logger.warning("leg %s is still up: %s", leg.sid, error.code)
        return
    Leg.objects.filter(pk=leg.pk, left_at=None).update(left_at=timezone.now())


def _named(user: User) -> dict[str, Any]:
    return {"id": user.pk, "name": str(user)}
