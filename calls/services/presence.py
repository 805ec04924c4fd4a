"""The agent status: what people choose, what follows from their calls, and its history."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.arrays import each_of
from calls.events import announce, publish
from calls.models import Call, Disposition, Offer, PresenceSpan, User
from calls.services import offers
from calls.services.refusals import Refused, locked
from calls.signals import wrap_up_ended

_CHOSEN: Final = frozenset(
    {User.Presence.AVAILABLE, User.Presence.AWAY, User.Presence.OFFLINE}
)
MISSED_CALL: Final = "missed_call"
TELEPHONE_GONE: Final = "telephone_gone"
DESK_GONE: Final = "desk_gone"
_LONGEST_NOTES: Final = 10_000


def set_presence(*, user: User, presence: str) -> User:
    """What somebody chooses to be: during a call it is for afterwards, in wrap-up it ends that."""
    if presence not in _CHOSEN:
        raise Refused("unknown_presence", _("There is no such status."))
    with transaction.atomic():
        # The call before the agent, as everywhere: see offers.ring.
        offer = offers.lock_ringing(agent_id=user.pk)
        user = lock_user(user.pk)
        if user.presence == User.Presence.BUSY:
            user.presence_next = presence
            user.save(update_fields=["presence_next"])
            _tell(user)
            return user
        if user.presence == User.Presence.WRAP_UP:
            _refuse_unfinished(user)
        if presence != User.Presence.AVAILABLE and offer is not None:
            offers.end(offer, Offer.Outcome.WITHDRAWN)
        _change(user, presence)
    return user


def begin_call(*, agent: User, call: Call) -> None:
    """The agent is on a call now; must run in a transaction."""
    agent = lock_user(agent.pk)
    if agent.presence in _CHOSEN:
        agent.presence_next = agent.presence
    if agent.presence != User.Presence.BUSY:
        _change(agent, User.Presence.BUSY, reason="call", call=call)


def end_call(*, agent: User, call: Call, reason: str = "") -> None:
    """The agent's part in this call is over; must run in a transaction.

    Wrap-up follows where the queue gives time for it or asks for a disposition.
    `reason` says why somebody is set to away instead.
    """
    agent = lock_user(agent.pk)
    if agent.presence != User.Presence.BUSY:
        return
    if not _has_desk(agent, timezone.now()):
        _change(agent, User.Presence.OFFLINE, reason=DESK_GONE)
    elif reason:
        _change(agent, User.Presence.AWAY, reason=reason, call=call)
    elif _wants_wrap_up(call):
        queue = call.wrap_up_queue
        seconds = queue.wrap_up_seconds if queue else 0
        agent.wrap_up_until = timezone.now() + timedelta(seconds=seconds)
        _change(agent, User.Presence.WRAP_UP, reason="wrap_up", call=call)
    else:
        _change(agent, agent.presence_next)


def miss_call(*, agent_id: int, call: Call) -> None:
    """The telephone rang in vain: no more calls until somebody is there; in a transaction."""
    agent = lock_user(agent_id)
    if agent.presence == User.Presence.AVAILABLE:
        _change(agent, User.Presence.AWAY, reason=MISSED_CALL, call=call)


def wrap_up(*, sid: str, by: User, disposition: int | None, notes: str) -> Call:
    """Close the agent's part of a call; repeating it corrects what was said."""
    with transaction.atomic():
        call = _of_participant(sid, by)
        call.disposition = _disposition(call, disposition)
        call.notes = _checked(notes)
        call.wrapped_up_at = timezone.now()
        call.save(update_fields=["disposition", "notes", "wrapped_up_at"])
        chosen = call.disposition
        publish(
            call=call,
            name="call.wrapped_up",
            disposition=None if chosen is None else chosen.name,
            by=by.pk,
        )
        user = lock_user(by.pk)
        span = PresenceSpan.objects.filter(user=user, ended_at=None).first()
        if user.presence == User.Presence.WRAP_UP and span and span.call_id == call.pk:
            _change(user, user.presence_next)
    return call


def save_notes(*, sid: str, by: User, notes: str) -> Call:
    """Keep what the agent has typed so far."""
    with transaction.atomic():
        call = _of_participant(sid, by)
        call.notes = _checked(notes)
        call.save(update_fields=["notes"])
    return call


def desk_seen(*, user_id: int, moment: datetime | None = None) -> None:
    """An open desk of this user shows life; `moment` may lie in the past when one is closing."""
    User.objects.filter(pk=user_id).update(desk_seen_at=moment or timezone.now())


def desks_seen(*, user_ids: Collection[int]) -> None:
    """Likewise many at once; in the order of their keys, so that two processes never lock crosswise."""
    rows = User.objects.filter(pk__in=each_of(user_ids)).order_by("pk")
    with transaction.atomic():
        seen = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
        User.objects.filter(pk__in=each_of(seen)).update(desk_seen_at=timezone.now())


def expire() -> None:
    """End wrap-ups whose time is up, and send people offline whose desk has vanished."""
    now = timezone.now()
    over = User.objects.filter(
        presence=User.Presence.WRAP_UP, wrap_up_until__lte=now
    ).values_list("pk", flat=True)
    for pk in over:
        _end_wrap_up(pk, now)
    vanished = (
        User.objects.exclude(presence__in=(User.Presence.OFFLINE, User.Presence.BUSY))
        .filter(_desk_is_gone(now))
        .values_list("pk", flat=True)
    )
    for pk in vanished:
        _send_offline(pk, now)


def lock_user(pk: int) -> User:
    """The user's row, which orders all that makes somebody busy or free."""
    return User.objects.select_for_update(no_key=True).get(pk=pk)


def _end_wrap_up(pk: int, now: datetime) -> None:
    with transaction.atomic():
        user = lock_user(pk)
        if user.presence != User.Presence.WRAP_UP or user.wrap_up_until is None:
            return
        if user.wrap_up_until > now:
            return
        if _unfinished(user) is None:
            _change(user, user.presence_next)
            return
        # Only the disposition ends it now, and the desk stops counting down.
        user.wrap_up_until = None
        user.save(update_fields=["wrap_up_until"])
        _tell(user)


def _send_offline(pk: int, now: datetime) -> None:
    with transaction.atomic():
        offer = offers.lock_ringing(agent_id=pk)
        user = lock_user(pk)
        if user.presence == User.Presence.BUSY or _has_desk(user, now):
            return
        if offer is not None:
            offers.end(offer, Offer.Outcome.WITHDRAWN)
        _change(user, User.Presence.OFFLINE, reason=DESK_GONE)


def _change(
    user: User, presence: str, *, reason: str = "", call: Call | None = None
) -> None:
    if user.presence == presence:
        return
    now = timezone.now()
    user.presence = presence
    user.presence_since = now
    if presence != User.Presence.WRAP_UP:
        user.wrap_up_until = None
    user.save(
        update_fields=["presence", "presence_since", "presence_next", "wrap_up_until"]
    )
    before = PresenceSpan.objects.filter(user=user, ended_at=None).first()
    if before is not None:
        before.ended_at = now
        before.save(update_fields=["ended_at"])
    PresenceSpan.objects.create(
        user=user, presence=presence, reason=reason, call=call, began_at=now
    )
    if before and before.call and before.presence == User.Presence.WRAP_UP:
        wrap_up_ended.send(sender=Call, call=before.call)
    _tell(user, reason)
    if presence == User.Presence.AVAILABLE:
        transaction.on_commit(offers.route)


def _tell(user: User, reason: str = "") -> None:
    until = user.wrap_up_until
    message = {
        "type": "presence",
        "id": user.pk,
        "name": str(user),
        "presence": user.presence,
        "since": user.presence_since.timestamp(),
        "until": None if until is None else until.timestamp(),
        "next": user.presence_next,
        "reason": reason,
    }
    transaction.on_commit(lambda: announce(message))


def _desk_is_gone(now: datetime) -> models.Q:
    since = now - timedelta(seconds=settings.DESK_SECONDS)
    return models.Q(desk_seen_at=None) | models.Q(desk_seen_at__lt=since)


def _has_desk(user: User, now: datetime) -> bool:
    patience = timedelta(seconds=settings.DESK_SECONDS)
    return user.desk_seen_at is not None and user.desk_seen_at >= now - patience


def _wants_wrap_up(call: Call) -> bool:
    queue = call.wrap_up_queue
    # Of a call that nobody answered there is nothing to tell.
    if queue is None or call.answered_at is None:
        return False
    unfinished = call.disposition_is_required and call.wrapped_up_at is None
    return bool(queue.wrap_up_seconds) or unfinished


def _unfinished(user: User) -> Call | None:
    """The call whose disposition is required and still missing."""
    span = PresenceSpan.objects.filter(user=user, ended_at=None).first()
    call = None if span is None else span.call
    if call is None or call.wrapped_up_at is not None:
        return None
    return call if call.disposition_is_required else None


def _refuse_unfinished(user: User) -> None:
    if _unfinished(user) is not None:
        raise Refused("disposition_required", _("Please choose a disposition first."))


def _of_participant(sid: str, user: User) -> Call:
    call = locked(sid)
    if call.agent_id != user.pk and not call.legs.filter(user=user).exists():
        raise Refused("not_yours", _("This call is not yours."))
    return call


def _disposition(call: Call, chosen: int | None) -> Disposition | None:
    queue = call.wrap_up_queue
    if chosen is None:
        if call.disposition_is_required:
            raise Refused("disposition_required", _("Please choose a disposition."))
        return None
    allowed = Disposition.objects.filter(active=True)
    if queue is not None and queue.dispositions.exists():
        allowed = allowed.filter(queues=queue)
    found = allowed.filter(pk=chosen).first()
    if found is None:
        raise Refused("unknown_disposition", _("There is no such disposition here."))
    return found


def _checked(notes: str) -> str:
    if len(notes) > _LONGEST_NOTES:
        raise Refused("too_long", _("These notes are too long."))
    return notes.replace("\0", "")
