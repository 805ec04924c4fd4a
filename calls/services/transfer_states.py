"""How a transfer moves from one state to the next, in our records; Twilio is not asked here."""

from django.db import transaction
from django.utils import timezone

from calls.events import person, publish
from calls.models import Call, Offer, Transfer
from calls.services import offers, presence, routing
from calls.services.refusals import locked
from calls.services.transfer_targets import target


def answer(call: Call, transfer: Transfer) -> None:
    """The one who was asked is there; the call is locked."""
    if transfer.state != Transfer.State.RINGING:
        return
    if transfer.kind == Transfer.Kind.COLD:
        complete(call, transfer)
        return
    transfer.state = Transfer.State.CONSULTING
    transfer.save(update_fields=["state"])
    name = str(transfer.to_agent) if transfer.to_agent_id else transfer.to_number
    data = {"id": transfer.pk, "name": name}
    publish(call=call, name="transfer.joined", data=data)


def complete(call: Call, transfer: Transfer) -> None:
    """The one who was asked has the call; the call is locked."""
    transfer.state = Transfer.State.COMPLETED
    transfer.ended_at = timezone.now()
    transfer.save(update_fields=["state", "ended_at"])
    agent = transfer.to_agent if transfer.kind == Transfer.Kind.WARM else None
    data = {
        "id": transfer.pk,
        "agent": None if agent is None else person(agent),
        "name": target(transfer)["name"] if agent is None else str(agent),
    }
    publish(call=call, name="transfer.completed", data=data)


def hand_over(call: Call, transfer: Transfer) -> None:
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
    complete(call, transfer)
    if before is not None:
        presence.end_call(agent=before, call=call)


def close(call: Call, transfer: Transfer, state: str, reason: str) -> None:
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
        offers.let_see(call, joined.pk, on=False)
        presence.end_call(agent=joined, call=call)


def give_up(call: Call, transfer: Transfer) -> None:
    """Twilio did not do its part; locks the call."""
    with transaction.atomic():
        call = locked(call.sid)
        transfer.refresh_from_db()
        if transfer.state in Transfer.OPEN:
            close(call, transfer, Transfer.State.FAILED, "failed")


def is_handed_over(call: Call) -> bool:
    """Whether somebody with a number has the call, and nobody of ours."""
    if call.agent_id is not None or call.waiting_since is not None or call.is_led:
        return False
    last = call.transfers.order_by("-pk").first()
    return (
        last is not None
        and bool(last.to_number)
        and last.state == Transfer.State.COMPLETED
    )


def _has_accepted(transfer: Transfer) -> bool:
    return transfer.offers.filter(outcome=Offer.Outcome.ACCEPTED).exists()
