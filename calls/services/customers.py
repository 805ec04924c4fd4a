"""Who calls and writes: finding them by number, what is noted about them, their timeline."""

import logging
from datetime import datetime
from typing import Any, Final, TypedDict, TypeVar, Unpack

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models, transaction
from django.utils.translation import gettext as _

from calls.events import named
from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Message,
    User,
    Voicemail,
    normalised,
)
from calls.services import voicemail
from calls.services.refusals import Refused
from calls.services.threads import as_json

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=models.Model)

LONGEST_NUMBER: Final = 16
LONGEST_NAME: Final = 120
LONGEST_NOTES: Final = 10_000
PAGE: Final = 50
# What Twilio gives for a caller whose number is withheld, spelt on a telephone's keys:
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE.
_WITHHELD: Final = frozenset(
    {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
)


class Changes(TypedDict, total=False):
    """What can be changed about a customer; what is left out stays."""

    name: str
    notes: str
    whatsapp_opt_in: bool | None
    do_not_call: bool


def customer_of(number: str) -> Customer | None:
    """The customer with this number, made at the first mention; None if it is no number at all."""
    if not number.startswith("+") or number in _WITHHELD:
        return None
    try:
        found = normalised(number)
    except ValueError:
        return None
    if len(found) > LONGEST_NUMBER:
        return None
    customer, _made = Customer.objects.get_or_create(number=found)
    return customer


def update(*, customer_id: int, by: User, **changes: Unpack[Changes]) -> Customer:
    """Write down what was learned or agreed; who changed which field is in the admin's history."""
    if "name" in changes:
        changes["name"] = " ".join(changes["name"].split())
    _refuse_long(changes)
    with transaction.atomic():
        customer = _locked(customer_id)
        changed = [
            field
            for field, value in changes.items()
            if getattr(customer, field) != value
        ]
        if not changed:
            return customer
        for field in changed:
            setattr(customer, field, changes[field])  # type: ignore[literal-required]
        customer.save(update_fields=changed)
        LogEntry.objects.log_actions(
            by.pk,
            [customer],
            CHANGE,
            change_message=[{"changed": {"fields": changed}}],
            single_object=True,
        )
    logger.info("customer %s: user %s changed %s", customer.pk, by.pk, changed)
    return customer


def timeline(
    customer: Customer, *, before: datetime | None = None, size: int = PAGE
) -> list[dict[str, Any]]:
    """Calls, messages, voicemails and wishes for a callback, the newest first.

    One page: those before a moment (of the last entry of the page before this one).
    """
    calls = customer.calls.select_related("agent", "queue", "disposition")
    messages = customer.messages.select_related("by", "template")
    left = Voicemail.objects.filter(call__customer=customer).select_related("call")
    voicemails = list(_page(left, "left_at", before, size))
    words = voicemail.first_words(voicemails) if voicemails else {}
    callbacks = customer.callback_requests.select_related("call", "queue")
    entries = [
        *map(_call, _page(calls, "created_at", before, size)),
        *map(_message, _page(messages, "created_at", before, size)),
        *(_voicemail(each, words[each.call_id]) for each in voicemails),
        *map(_callback, _page(callbacks, "requested_at", before, size)),
    ]
    return sorted(entries, key=lambda entry: entry["at"], reverse=True)[:size]


def _refuse_long(changes: Changes) -> None:
    if len(changes.get("name", "")) > LONGEST_NAME:
        raise Refused(
            "too_long",
            _("A name can have %(number)s characters at most.")
            % {"number": LONGEST_NAME},
        )
    if len(changes.get("notes", "")) > LONGEST_NOTES:
        raise Refused(
            "too_long",
            _("Notes can have %(number)s characters at most.")
            % {"number": LONGEST_NOTES},
        )


def _locked(customer_id: int) -> Customer:
    try:
        return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    except Customer.DoesNotExist:
        raise Refused("unknown_customer", _("There is no such customer.")) from None


def _page(
    rows: models.QuerySet[Row], field: str, before: datetime | None, size: int
) -> models.QuerySet[Row]:
    if before is not None:
        rows = rows.filter(**{f"{field}__lt": before})
    return rows.order_by(f"-{field}", "-pk")[:size]


def _call(call: Call) -> dict[str, Any]:
    return {
        "kind": "call",
        "at": call.created_at.timestamp(),
        "sid": call.sid,
        "direction": call.direction,
        "status": call.status,
        "outcome": call.outcome,
        "duration": call.duration,
        "agent": named(call.agent),
        "queue": named(call.queue),
        "disposition": None if call.disposition is None else call.disposition.name,
    }


def _message(message: Message) -> dict[str, Any]:
    return {"kind": "message", **as_json(message)}


def _voicemail(left: Voicemail, words: str) -> dict[str, Any]:
    return {
        "kind": "voicemail",
        "at": left.left_at.timestamp(),
        "id": left.pk,
        "sid": left.call.sid,
        "duration": left.duration,
        "transcript": words,
        "handled": left.handled_at is not None,
    }


def _callback(request: CallbackRequest) -> dict[str, Any]:
    return {
        "kind": "callback",
        "at": request.requested_at.timestamp(),
        "id": request.pk,
        "sid": request.call.sid,
        "queue": named(request.queue),
        "handled": request.handled_at is not None,
    }
