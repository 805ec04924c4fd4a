"""The troublemakers among the desks: `python -m bench.isolation.desks`, until its input ends.

One desk gives commands whose queries wait half a second each; one desk is told a hundred
things a second and reads none. It prints a line when both are at it.
"""

import contextlib
import json
import sys
import threading
import time

import django

django.setup()  # what follows needs the apps

from django.conf import settings  # noqa: E402
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402
from websockets.sync.client import ClientConnection, connect  # noqa: E402
from websockets.typing import Origin  # noqa: E402

from calls.events import publish  # noqa: E402
from calls.models import Call, User  # noqa: E402
from calls.services import lifecycle  # noqa: E402

_SLOW_SECONDS = 0.5
_TOLD_APART = 0.01
_PATIENCE = 20.0


def main() -> None:
    cookie = _cookie()
    locked, told = _call("1"), _call("2")
    with _desk(cookie) as silent:
        # A snapshot; and from now on nothing is read any more.
        silent.recv(timeout=_PATIENCE)
        for work, call in ((_lock, locked), (_tell, told)):
            threading.Thread(target=work, args=(call,), daemon=True).start()
        threading.Thread(target=_command, args=(cookie, locked), daemon=True).start()
        sys.stdout.write("at it\n")
        sys.stdout.flush()
        sys.stdin.read()


def _lock(call: Call) -> None:
    """Whoever wants to write to this call waits."""
    while True:
        with transaction.atomic():
            Call.objects.select_for_update(no_key=True).get(pk=call.pk)
            time.sleep(_SLOW_SECONDS)


def _tell(call: Call) -> None:
    while True:
        with transaction.atomic():
            publish(call=call, name="call.told", text="All of it. " * 50)
        time.sleep(_TOLD_APART)


def _command(cookie: str, call: Call) -> None:
    """One command after the other, each of which waits for the lock."""
    while True:
        with contextlib.suppress(ConnectionClosed, OSError), _desk(cookie) as desk:
            for number in range(10**6):
                command = {"type": "command", "id": number, "name": "pause_recording"}
                desk.send(json.dumps({**command, "sid": call.sid}))
                while json.loads(desk.recv()).get("id") != number:
                    pass


def _desk(cookie: str) -> contextlib.AbstractContextManager[ClientConnection]:
    base = settings.PUBLIC_BASE_URL
    return connect(
        base.replace("http", "ws", 1) + "/ws/desk/",
        origin=Origin(base),
        additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
        max_size=None,
        proxy=None,
    )


def _cookie() -> str:
    user = User.objects.create_superuser(f"desk-{time.time_ns()}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "calls.roles.RoleBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _call(digit: str) -> Call:
    sid = f"CA{time.time_ns():032x}"[:-1] + digit
    call = lifecycle.register_call(
        sid=sid, from_number="+15550109999", to_number="+15550200000"
    )
    return lifecycle.answer_call(call=call)


if __name__ == "__main__":
    main()
