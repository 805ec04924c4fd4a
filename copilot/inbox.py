"""What came while nobody was there, and who is there now; reads only."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Line,
    Message,
    Offer,
    Queue,
    QueueMember,
    User,
    Voicemail,
)
from calls.services import voicemail

# Of each kind: nobody reads more at once, and what is done makes room.
MOST: Final = 50
_RECENT: Final = timedelta(hours=24)
_FIRST_WORDS: Final = 140  # characters
_DESK_ROLES: Final = (User.Role.AGENT, User.Role.SUPERVISOR)

Json = dict[str, Any]


def directory() -> Json:
    """Whom a call can be handed to, and from which numbers one can be placed."""
    people = User.objects.filter(is_active=True, role__in=_DESK_ROLES)
    return {
        "agents": [
            {"id": person.pk, "name": str(person), "presence": person.presence}
            for person in people.order_by("first_name", "last_name", "username")
        ],
        "queues": list(
            Queue.objects.annotate(waiting=_waiting(), available=_available()).values(
                "id", "name", "waiting", "available"
            )
        ),
        "lines": list(Line.objects.values("number", "name")),
    }


def inbox(user: User) -> Json:
    """What waits for this user, each list bounded: see the functions for what is in them."""
    return {
        "missed": missed(user),
        "voicemails": voicemails(user),
        "callbacks": callbacks(user),
        "threads": threads(),
    }


def missed(user: User) -> list[Json]:
    """Calls that rang here in vain within a day and that nobody took afterwards either.

    Whoever left a message or asked for a callback is in those lists instead, and with
    whomever somebody has talked since, in either direction, it is settled.
    """
    talked = Call.objects.filter(
        customer=OuterRef("call__customer"),
        outcome=Call.Outcome.HANDLED,
        created_at__gt=OuterRef("call__created_at"),
    )
    mine = (
        Offer.objects.filter(
            ~Exists(talked),
            agent=user,
            outcome=Offer.Outcome.MISSED,
            offered_at__gt=timezone.now() - _RECENT,
            transfer=None,
            call__outcome__in=(Call.Outcome.ABANDONED, Call.Outcome.TURNED_AWAY),
        )
        .select_related("call__customer")
        .order_by("-offered_at")[: 2 * MOST]
    )
    # A call may have rung here more than once.
    last = {offer.call_id: offer for offer in reversed(mine)}
    newest = sorted(last.values(), key=lambda offer: offer.offered_at, reverse=True)
    return [
        {
            "sid": offer.call.sid,
            "at": offer.offered_at.timestamp(),
            "customer": _customer(offer.call.customer),
            "number": offer.call.from_number,
        }
        for offer in newest[:MOST]
    ]


def voicemails(user: User) -> list[Json]:
    """Messages for this user's queues and for nobody's, the newest first, with their first words."""
    found = list(
        Voicemail.objects.open()
        .for_user(user)
        .select_related("call__customer")
        .order_by("-left_at")[:MOST]
    )
    words = voicemail.first_words(found)
    return [
        {
            "id": each.pk,
            "sid": each.call.sid,
            "at": each.left_at.timestamp(),
            "duration": each.duration,
            "customer": _customer(each.call.customer),
            "number": each.call.from_number,
            "transcript": words[each.call_id],
        }
        for each in found
    ]


def callbacks(user: User) -> list[Json]:
    """Who waits to be called back, the longest waiting first, and is not being called now."""
    found = (
        CallbackRequest.objects.open()
        .for_user(user)
        .select_related("customer", "queue")
        .order_by("requested_at")[:MOST]
    )
    return [
        {
            "id": each.pk,
            "at": each.requested_at.timestamp(),
            "customer": _customer(each.customer),
            "number": each.customer.number,
            "queue": None
            if each.queue is None
            else {"id": each.queue.pk, "name": each.queue.name},
        }
        for each in found
    ]


def threads() -> list[Json]:
    """Customers whose messages no agent has seen, the newest first, with the last thing they wrote."""
    unread = (
        Message.objects.unread()
        .order_by()
        .values("customer")
        .annotate(unread=Count("pk"), at=Max("created_at"))
        .order_by("-at")[:MOST]
    )
    newest = Message.objects.filter(customer=OuterRef("pk")).order_by("-created_at")
    counted: dict[int, tuple[int, datetime]] = {
        row["customer"]: (row["unread"], row["at"]) for row in unread
    }
    people = Customer.objects.filter(pk__in=counted)
    lasts = Subquery(newest.values("body")[:1])
    found = [
        {
            "customer": pk,
            "number": number,
            "name": name,
            "unread": counted[pk][0],
            "last": last[:_FIRST_WORDS],
            "at": counted[pk][1].timestamp(),
        }
        for pk, number, name, last in people.values_list("pk", "number", "name", lasts)
    ]
    return sorted(found, key=lambda thread: thread["at"], reverse=True)


def _waiting() -> Coalesce:
    waiting = Call.objects.waiting().filter(queue=OuterRef("pk")).order_by()
    return _counted(waiting.values("queue"))


def _available() -> Coalesce:
    """Members who would be rung now."""
    since = timezone.now() - timedelta(seconds=settings.DESK_SECONDS)
    rung = Offer.objects.ringing().filter(agent=OuterRef("user"))
    free = QueueMember.objects.filter(
        ~Exists(rung),
        queue=OuterRef("pk"),
        user__is_active=True,
        user__presence=User.Presence.AVAILABLE,
        user__desk_seen_at__gte=since,
    )
    return _counted(free.values("queue"))


def _counted(grouped: "models.QuerySet[Any, Any]") -> Coalesce:
    return Coalesce(Subquery(grouped.annotate(n=Count("pk")).values("n")), 0)


def _customer(customer: Customer | None) -> Json | None:
    return None if customer is None else {"id": customer.pk, "name": customer.name}
