"""Desks: real websockets that note when each event comes.

One loop over epoll: what a library spends on a message, here a thousand desks would wait for.
"""

import contextlib
import json
import os
import select
import socket
import struct
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

# What an event that we have told carries, and in it its number.
MARK: Final = b"mark-"
# The group of the reference's sockets.
STOCK: Final = "bench.desks"
# As often as a page tells that it lives.
HEARTBEAT_SECONDS: Final = 4.0
_HEARTBEAT: Final = b'{"type": "heartbeat"}'
_ANSWER_SECONDS: Final = 20.0
# So many are opened at once, as after a restart.
_CONNECTING: Final = 50
# Small enough to be taken from the heap: more would be mapped and unmapped each time. What
# is left is read when the poll names the socket again.
_AT_ONCE: Final = 1 << 14
# Between two looks at a flood: when its last delivery came is known no better than this.
_FLOOD_LOOK_SECONDS: Final = 0.002
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Broken(Exception):  # noqa: N818  the sentence says what is wrong
    """A desk could not be opened, or was closed."""


@dataclass(slots=True)
class Seen:
    """What came, to all desks: for each mark when, and how long each waited for us; seconds."""

    arrived: dict[bytes, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    deliveries: int = 0
    last: float = 0.0


@dataclass(slots=True)
class _Desk:
    socket: socket.socket
    rest: bytes = b""
    # The newest event of the watched call that it has; it asks for those after it.
    newest: int = 0


class Desks:
    """So many open sockets; made by `opened`. `watched` is the call that they show."""

    def __init__(self, sockets: Sequence[socket.socket], watched: str) -> None:
        self._poll = select.epoll()
        self._watched = watched
        self._desks = {one.fileno(): _Desk(one) for one in sockets}
        for number, desk in self._desks.items():
            desk.socket.settimeout(0)
            self._poll.register(number, select.EPOLLIN)
        self._turn = list(self._desks.values())
        self._begun, self._beats = time.monotonic(), 0
        self.seen = Seen()

    def __len__(self) -> int:
        return len(self._desks)

    def forget(self) -> Seen:
        """Begin to note anew."""
        self.seen = Seen()
        return self.seen

    def wait(self, seconds: float) -> None:
        """Be desks for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._step()

    def until_arrived(self, mark: bytes, *, seconds: float) -> bool:
        """Until every desk has what was marked so; False if that takes too long."""
        until = time.monotonic() + seconds
        while len(self.seen.arrived.get(mark, ())) < len(self._desks):
            if time.monotonic() > until:
                return False
            self._step()
        return True

    def until_delivered(self, deliveries: int, *, seconds: float) -> bool:
        """Until so many have come in all; likewise."""
        until = time.monotonic() + seconds
        while self.seen.deliveries < deliveries:
            if time.monotonic() > until:
                return False
            # Whoever looks again after every few has the core busy with looking.
            time.sleep(_FLOOD_LOOK_SECONDS)
            self._step()
        return True

    def close(self) -> None:
        for desk in self._turn:
            with contextlib.suppress(OSError):
                desk.socket.send(_frame(_CLOSE, struct.pack("!H", 1000)))
            desk.socket.close()
        self._poll.close()

    def _step(self) -> None:
        ready = self._poll.poll(0.005)
        came = time.monotonic()
        for number, _events in ready:
            now = time.monotonic()
            self._read(self._desks[number], now, now - came)
        self._beat()

    def _read(self, desk: _Desk, now: float, late: float) -> None:
        data = desk.socket.recv(_AT_ONCE)
        if not data:
            raise Broken("A desk's socket was cut.")
        data = desk.rest + data
        at = 0
        while (end := _end_of_frame(data, at)) is not None:
            start, stop = end
            opcode, payload = data[at] & 15, data[start:stop]
            at = stop
            if opcode == _TEXT:
                self._take(desk, payload, now, late)
            elif opcode == _PING:
                desk.socket.send(_frame(_PONG, payload))
            elif opcode == _CLOSE:
                raise Broken(f"A desk was closed: {payload[:2].hex()}.")
        desk.rest = data[at:]

    def _take(self, desk: _Desk, payload: bytes, now: float, late: float) -> None:
        at = payload.find(MARK)
        if at >= 0:
            mark = payload[at : payload.index(b"-", at + len(MARK)) + 1]
            self.seen.arrived.setdefault(mark, []).append(now)
            self.seen.late.append(late)
            self.seen.deliveries += 1
            self.seen.last = now
        if self._watched:
            self._follow(desk, payload)

    def _follow(self, desk: _Desk, payload: bytes) -> None:
        """As a page does: know the newest number, and ask for what was missed."""
        message: dict[str, Any] = json.loads(payload)
        if message["type"] == "event" and message["sid"] == self._watched:
            desk.newest = max(desk.newest, message["number"])
        elif message["type"] == "snapshot":
            numbers = [one["number"] for one in message["calls"]]
            desk.newest = max([desk.newest, *numbers])
        elif message["type"] == "beacon":
            newest = message["calls"].get(self._watched, 0)
            if newest > desk.newest:
                asked = {"type": "sync", "sid": self._watched, "after": desk.newest}
                desk.socket.send(_frame(_TEXT, json.dumps(asked).encode()))

    def _beat(self) -> None:
        """All desks in turn, evenly in time."""
        passed = time.monotonic() - self._begun
        due = int(passed / HEARTBEAT_SECONDS * len(self._turn))
        while self._beats < due:
            desk = self._turn[self._beats % len(self._turn)]
            desk.socket.send(_frame(_TEXT, _HEARTBEAT))
            self._beats += 1


@contextlib.contextmanager
def opened(url: str, cookies: Sequence[str], *, watched: str = "") -> Iterator[Desks]:
    """A desk for each session's cookie, until the end of the block."""
    sockets: list[socket.socket] = []
    for first in range(0, len(cookies), _CONNECTING):
        asked = [_ask(url, cookie) for cookie in cookies[first : first + _CONNECTING]]
        sockets += map(_accepted, asked)
    desks = Desks(sockets, watched)
    try:
        yield desks
    finally:
        desks.close()


def _ask(url: str, cookie: str) -> socket.socket:
    where = urlsplit(url)
    assert where.hostname is not None  # noqa: S101  ours
    connection = socket.create_connection((where.hostname, where.port or 80))
    connection.settimeout(_ANSWER_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = [
        f"GET {where.path} HTTP/1.1",
        f"Host: {where.netloc}",
        f"Origin: http://{where.netloc}",
        f"Cookie: sessionid={cookie}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
    ]
    connection.sendall("\r\n".join([*asked, "", ""]).encode())
    return connection


def _accepted(connection: socket.socket) -> socket.socket:
    answer = b""
    # Byte by byte: what comes after the head belongs to the desk.
    while not answer.endswith(b"\r\n\r\n"):
        more = connection.recv(1)
        if not more:
            break
        answer += more
    if not answer.startswith(b"HTTP/1.1 101"):
        raise Broken(f"A desk was refused: {answer[:40].decode('latin-1')}")
    return connection


def _end_of_frame(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the server's frame that begins at `at` begins and ends; None: not all here."""
    if len(data) < at + 2:
        return None
    length, start = data[at + 1], at + 2
    if length == 126:
        if len(data) < at + 4:
            return None
        length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif length == 127:
        if len(data) < at + 10:
            return None
        length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    return None if len(data) < start + length else (start, start + length)


def _frame(opcode: int, payload: bytes) -> bytes:
    """A client's frame of at most 125 bytes, masked with zeros, which is a mask like any other."""
    return bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload
