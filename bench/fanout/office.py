"""Makes the people and the call, and tells of the call, by the product's own services.

`python -m bench.fanout.office` reads an order a line and answers each with a line. It is a
process of its own, because desks must never wait for a database.
"""

import secrets
import time
from importlib import import_module
from typing import Any

import django

django.setup()  # what follows needs the apps

from asgiref.sync import async_to_sync  # noqa: E402, TID251  as the reference is told
from channels.layers import get_channel_layer  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib import auth  # noqa: E402
from django.db import transaction  # noqa: E402

from bench.fanout.desks import STOCK  # noqa: E402
from bench.orders import obey  # noqa: E402
from calls.events import announce, as_message, publish  # noqa: E402
from calls.models import Call, User  # noqa: E402
from calls.services import lifecycle  # noqa: E402


def main() -> None:
    obey(people, call, event, tell, flood)


def people(*, count: int, name: str = "agent") -> list[str]:
    """So many agents who are logged in: the cookies of their sessions."""
    sessions = import_module(settings.SESSION_ENGINE)
    cookies = []
    for number in range(count):
        user = User.objects.create(username=f"{name}-{number}", password="!")  # noqa: S106
        session = sessions.SessionStore()
        session[auth.SESSION_KEY] = str(user.pk)
        session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies.append(session.session_key)
    return cookies


def call() -> str:
    """One that nobody has: everybody's desk shows it."""
    sid = f"CA{secrets.token_hex(16)}"
    made = lifecycle.register_call(sid=sid, from_number="+15550101001", to_number="+1")
    lifecycle.answer_call(call=made)
    return sid


def event(*, sid: str, mark: str) -> float:
    """An event of the call; the moment after the commit, by the clock that all processes share."""
    moments: list[float] = []
    with transaction.atomic():
        # The first to be called after the commit.
        transaction.on_commit(lambda: moments.append(time.monotonic()))
        publish(call=Call.objects.get(sid=sid), name="note.told", mark=mark)
    return moments[0]


def tell(*, sid: str, mark: str) -> float:
    """The same message to the reference; the moment before."""
    message = _message(sid, mark)
    moment = time.monotonic()
    _to_reference(message)
    return moment


def flood(*, sid: str, marks: list[str], reference: bool) -> float:
    """Message upon message; the moment before the first."""
    send = _to_reference if reference else announce
    message = _message(sid, "")
    moment = time.monotonic()
    for mark in marks:
        send({**message, "data": {"mark": mark}})
    return moment


def _message(sid: str, mark: str) -> dict[str, Any]:
    known = Call.objects.get(sid=sid)
    last = known.events.latest("number")
    return as_message(last, call=known) | {"name": "note.told", "data": {"mark": mark}}


def _to_reference(message: dict[str, Any]) -> None:
    send = async_to_sync(get_channel_layer().group_send)
    send(STOCK, {"type": "wake", "message": message})


if __name__ == "__main__":
    main()
