"""Numbered events of a call: appended in the caller's transaction, published when it commits."""

import logging
from datetime import datetime
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import models, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from calls.models import AssistantVersion, Call, CallEvent, User

logger = logging.getLogger(__name__)

# The one group of the channel layer that every process subscribes to, once.
GROUP: Final = "desks"
# With whose call it is now, so that one question does for what every event needs.
_NEXT_NUMBER: Final = """
UPDATE calls_call SET last_number = last_number + 1 WHERE id = %s
RETURNING id, last_number, agent_id, also_seen_by, ended_at
"""


def publish(
    *,
    call: Call,
    name: str,
    moment: datetime | None = None,
    data: dict[str, Any] | None = None,
    **more: Any,
) -> CallEvent:
    """Append the call's next event and announce it after commit; must run in a transaction.

    `moment` is when it happened, if that is known to be before now. `data` and all other
    names are what it says; what is called `name` or `call` in it must come in `data`.

    The row lock that the update takes orders concurrent writers of one call.
    """
    (now,) = Call.objects.raw(_NEXT_NUMBER, [call.pk])
    call.last_number = now.last_number
    call.agent_id, call.also_seen_by = now.agent_id, now.also_seen_by
    call.ended_at = now.ended_at
    event = CallEvent.objects.create(
        call=call,
        number=call.last_number,
        name=name,
        at=moment or timezone.now(),
        data={**(data or {}), **more},
    )
    message = as_message(event, call=call)
    transaction.on_commit(lambda: announce(message))
    return event


def as_message(event: CallEvent, *, call: Call) -> dict[str, Any]:
    """The event as it travels and as a desk receives it.

    `agent_id` says whose call it is now, `also` who takes part or is asked to, `over`
    whether the call has ended by now.
    """
    return {
        "type": "event",
        "sid": call.sid,
        "agent_id": call.belongs_to,
        "also": call.also_seen_by,
        "over": call.ended_at is not None,
        "number": event.number,
        "name": event.name,
        "at": event.at.timestamp(),
        "data": event.data,
    }


def named(row: models.Model | None) -> dict[str, Any] | None:
    """A row as a page speaks of it."""
    return None if row is None else {"id": row.pk, "name": str(row)}


def person(user: User) -> dict[str, Any]:
    """How an event names somebody of ours."""
    return {"id": user.pk, "name": str(user)}


def assistant(version: AssistantVersion | None) -> dict[str, Any] | None:
    """How an event names an assistant: by its version, its name and the version's number."""
    if version is None:
        return None
    name = version.assistant.name
    return {"id": version.pk, "name": name, "version": version.number}


def announce(message: dict[str, Any]) -> None:
    """Wake every process. Losing this loses nothing: desks catch up from the database."""
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(GROUP, {"type": "wake", "message": message})
    except (OSError, RedisError):
        logger.warning("no wake-up sent for %s: Redis is away", message.get("sid"))


def missing_parts(call: Call) -> dict[str, str]:
    """What the desk was told is missing, with the reason: what started and has not ended."""
    missing: dict[str, str] = {}
    told = CallEvent.objects.filter(call=call, name__startswith="trouble.")
    for event in told.order_by("number"):
        part = event.data["part"]
        if event.name == "trouble.started":
            missing[part] = event.data["message"]
        else:
            missing.pop(part, None)
    return missing


async def whisper(message: dict[str, Any]) -> None:
    """Send something that is not stored, such as words still being spoken."""
    layer = get_channel_layer()
    try:
        await layer.group_send(GROUP, {"type": "wake", "message": message})
    except (OSError, RedisError):
        logger.warning("no partial sent for %s: Redis is away", message.get("sid"))
