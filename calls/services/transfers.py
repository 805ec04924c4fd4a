"""Handing a live call on: cold, warm, as a three-way call; to an agent, a queue or a number.

The verbs that an agent gives. What telephony reports of it is in `transfer_reports`.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.addresses import public
from calls.events import person, publish
from calls.models import Call, Transfer, User
from calls.services import (
    invitations,
    offers,
    participants,
    presence,
    routing,
    transfer_states,
    transfer_targets,
    treatments,
)
from calls.services.refusals import (
    Refused,
    ask_twilio,
    locked,
    own_call,
    refuse_if_ended,
    refuse_unless_connected,
)
from calls.telephone import telephone


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
    wish = transfer_targets.wanted(by, kind, agent, queue, number)
    already = transfer_targets.same(_last_by(sid, by), wish)
    if already is not None:
        return already
    refuse_unless_connected(own_call(sid, by))
    if kind == Transfer.Kind.WARM:
        return _warm(sid, by, wish)
    return _cold_to_number(sid, by, wish) if wish.to_number else _cold(sid, by, wish)


def complete(*, sid: str, by: User) -> Transfer:
    """The one who was asked has the call from now on, and I am out of it."""
    done = _last_by(sid, by)
    if done is not None and done.state == Transfer.State.COMPLETED:
        return done
    call, transfer = _talking(sid, by)
    participants.hand_over(call, transfer)
    with transaction.atomic():
        call = _locked_own(sid, by)
        transfer = _still_talking(call)
        transfer_states.hand_over(call, transfer)
    participants.remove_agent(call, by)
    return transfer


def merge(*, sid: str, by: User) -> Transfer:
    """All three talk; asking twice changes nothing."""
    call, transfer = _talking(sid, by)
    if transfer.state == Transfer.State.MERGED:
        return transfer
    participants.take_off_hold(call)
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
    last = call.transfers.order_by("-pk").first()
    if last is not None and last.state == Transfer.State.CANCELED:
        return last
    _open(call)
    participants.take_off_hold(call)
    with transaction.atomic():
        call = _locked_own(sid, by)
        transfer = _open(call)
        transfer_states.close(call, transfer, Transfer.State.CANCELED, "")
    participants.hang_up_strays_of(call)
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
    elif transfer is not None and invitations.is_invited(call, by):
        # The conference reports that I am gone, and that ends the transfer.
        participants.remove_agent(call, by)
    elif not call.legs.filter(user=by).exists():
        raise Refused("not_yours", _("This call is not yours."))
    call.refresh_from_db()
    return call


def _last_by(sid: str, by: User) -> Transfer | None:
    """The call's last transfer if this agent made it and it was not in vain."""
    last = Transfer.objects.filter(call__sid=sid).order_by("-pk").first()
    if last is None or last.by_id != by.pk:
        return None
    alive = (*Transfer.OPEN, Transfer.State.COMPLETED)
    return last if last.state in alive else None


def _cold(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller waits again, for somebody else."""
    with transaction.atomic():
        call, transfer = _begin(sid, by, wish)
        treatments.owe_document(call=call)
    try:
        # Out of the conference, which ends by that: the caller hears the waiting music.
        ask_twilio(lambda: telephone().redirect(call_sid=call.sid, url=public("voice")))
    except Refused:
        treatments.settle_document(call=call)
        transfer_states.give_up(call, transfer)
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


def _cold_to_number(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller hears it ring; if nobody answers, the call waits again."""
    with transaction.atomic():
        call, transfer = _begin(sid, by, wish)
    if call.held_at is not None:
        try:
            participants.take_off_hold(call)
        except Refused:
            transfer_states.give_up(call, transfer)
            raise
    invitations.call_number(call, transfer)
    with transaction.atomic():
        call = locked(sid)
        transfer.refresh_from_db()
        failed = transfer.state in (Transfer.State.FAILED, Transfer.State.CANCELED)
        if call.has_ended or call.agent_id != by.pk or failed:
            return transfer
        _finish_cold(call, transfer)
    participants.remove_agent(call, by)
    return transfer


def _finish_cold(call: Call, transfer: Transfer) -> None:
    """The agent's part is over; the call is locked."""
    agent = call.agent
    if transfer.state in Transfer.OPEN and not transfer.to_number:
        transfer_states.complete(call, transfer)
    routing.leave_agent(call=call, reason="transferred")
    if agent is not None:
        presence.end_call(agent=agent, call=call)


def _warm(sid: str, by: User, wish: Transfer) -> Transfer:
    """The caller hears music while somebody else is asked."""
    call = own_call(sid, by)
    was_held = call.held_at is not None
    if not was_held:
        ask_twilio(lambda: participants.hold(call, on=True))
    try:
        with transaction.atomic():
            call, transfer = _begin(sid, by, wish)
            if transfer.to_agent is not None:
                invitations.ring(call, transfer, transfer.to_agent)
            elif transfer.to_queue is not None:
                transaction.on_commit(offers.route)
        if transfer.to_number:
            invitations.call_number(call, transfer)
    except Refused:
        # Not where the same was asked for twice at once, and the other one goes on.
        if not was_held and not call.transfers.open().exists():
            participants.take_off_hold_quietly(call)
        raise
    return transfer


def _begin(sid: str, by: User, wish: Transfer) -> tuple[Call, Transfer]:
    """Write the transfer down before anybody is asked; in a transaction."""
    call = _locked_own(sid, by)
    refuse_unless_connected(call)
    if call.transfers.open().exists():
        raise Refused("transfer_open", _("Another transfer is going on."))
    if wish.to_agent is not None:
        transfer_targets.refuse_unless_available(call, wish.to_agent)
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
        by=person(by),
        to=transfer_targets.target(wish),
    )
    return call, wish


def _locked_own(sid: str, by: User) -> Call:
    """The live call of this agent, locked; in a transaction."""
    call = locked(sid)
    refuse_if_ended(call)
    if call.agent_id != by.pk:
        raise Refused("not_yours", _("This call is not yours."))
    return call


def _talking(sid: str, by: User) -> tuple[Call, Transfer]:
    """The call and its transfer, if the one who was asked has answered."""
    call = own_call(sid, by)
    return call, _still_talking(call)


def _still_talking(call: Call) -> Transfer:
    transfer = _open(call)
    if transfer.state == Transfer.State.RINGING:
        raise Refused("not_answered", _("Nobody has answered yet."))
    return transfer


def _open(call: Call) -> Transfer:
    transfer = call.transfers.open().first()
    if transfer is None:
        raise Refused("no_transfer", _("There is no transfer going on."))
    return transfer
