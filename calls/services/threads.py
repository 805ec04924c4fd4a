"""A WhatsApp message as screens see it, and telling every screen that it came or changed."""

from typing import Any

from django.db import transaction

from calls.events import announce
from calls.models import Message


def as_json(message: Message) -> dict[str, Any]:
    """A message as desks and integrators see it."""
    return {
        "id": str(message.pk),
        "direction": message.direction,
        "body": message.body,
        "template": None if message.template is None else message.template.name,
        "media": [{"content_type": each["content_type"]} for each in message.media],
        "status": message.status,
        "error": message.error,
        "error_code": message.error_code,
        "at": message.created_at.timestamp(),
        "by": None
        if message.by is None
        else {"id": message.by.pk, "name": str(message.by)},
        "read": message.read_at is not None,
    }


def tell(message: Message) -> None:
    """Every desk hears of it when it is committed. Losing this loses nothing."""
    customer = message.customer
    told = {
        "type": "thread",
        "customer": customer.pk,
        "number": customer.number,
        "name": customer.name,
        "message": as_json(message),
    }
    transaction.on_commit(lambda: announce(told))
