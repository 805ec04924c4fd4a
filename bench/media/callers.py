"""Twilio's end of many calls: both tracks' frames every 20 ms, by the clock; written to be cheap.

A tick of the clock sends the frames of the calls whose turn it is: two messages and one
system call each. What the frames are is in `bench.media.frames`.
"""

import asyncio
import json
import os
import secrets
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from bench.media.calls import Prepared
from bench.media.frames import track_marks

FRAME: Final = 0.02
# The calls of one frame's time leave in so many groups, one after the other.
SLOTS: Final = 20
_ANSWERED: Final = b"HTTP/1.1 101"
_HANDSHAKE_SECONDS: Final = 20.0


class Frames(Protocol):
    """What the calls sound like."""

    def payload(self, number: int, track_marks: int) -> bytes:
        """A track's frame, in base64."""


@dataclass(slots=True)
class Caller:
    """One connected call; its tracks are `2 * number` and the next one."""

    number: int
    socket: socket.socket
    stream: bytes
    marks: tuple[int, int]
    # The frame that comes next, and when the first one was due, by the monotonic clock.
    next: int = 0
    began: float = 0.0
    broken: bool = False
    # What the socket did not take, so that it comes before all else.
    behind: bytes = b""


@dataclass(slots=True)
class Exchange:
    """All calls to one server. `late` are seconds; `sent` counts frames."""

    url: str
    token: str
    sound: Frames
    tracks: Sequence[str] = ("inbound", "outbound")
    callers: list[Caller] = field(default_factory=list)
    slots: list[list[Caller]] = field(
        default_factory=lambda: [[] for _ in range(SLOTS)]
    )
    late: list[float] = field(default_factory=list)
    sent: int = 0
    # Of so many frames one is sent, as of a line on which nearly all gets lost.
    every: int = 1

    @property
    def signature(self) -> str:
        """Twilio's, of a handshake."""
        return str(RequestValidator(self.token).compute_signature(self.url, {}))

    async def connect(self, call: Prepared, number: int) -> None:
        """Shake hands, say what Twilio says first, and begin to send."""
        parts = urlsplit(self.url)
        loop = asyncio.get_running_loop()
        link = socket.socket()
        link.setblocking(False)  # noqa: FBT003
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            await loop.sock_connect(link, (parts.hostname, parts.port))
            await loop.sock_sendall(link, self._handshake(parts.netloc, parts.path))
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                piece = await loop.sock_recv(link, 4096)
                if not piece:
                    break
                answer += piece
        if not answer.startswith(_ANSWERED):
            raise ConnectionError(f"not let in: {answer[:60]!r}")
        stream = f"MZ{secrets.token_hex(16)}"
        await loop.sock_sendall(link, self._beginning(call, stream))
        caller = Caller(
            number,
            link,
            stream.encode(),
            (track_marks(2 * number), track_marks(2 * number + 1)),
        )
        self.callers.append(caller)
        self.slots[number % SLOTS].append(caller)

    async def run(self) -> None:
        """Send until cancelled: a group a millisecond, at its time."""
        begin = time.monotonic()
        turn = 0
        while True:
            due = begin + turn * FRAME / SLOTS
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            elif turn % 4 == 0:
                await asyncio.sleep(0)
            self._send(self.slots[turn % SLOTS], due)
            turn += 1

    def close(self) -> None:
        """Hang up, all at once."""
        for caller in self.callers:
            caller.socket.close()
        self.callers.clear()
        self.slots = [[] for _ in range(SLOTS)]

    def _send(self, callers: list[Caller], due: float) -> None:
        for caller in callers:
            if caller.broken:
                continue
            number = caller.next
            if number == 0:
                caller.began = due
            if number % self.every:
                caller.next += 1
                continue
            messages = self._messages(caller, number)
            caller.next = number + 1
            data = caller.behind + messages
            try:
                taken = caller.socket.send(data)
            except BlockingIOError:
                taken = 0
            except OSError:
                caller.broken = True
                continue
            caller.behind = data[taken:]
            self.sent += len(self.tracks)
        if callers:
            self.late.append(time.monotonic() - due)

    def _messages(self, caller: Caller, number: int) -> bytes:
        made = b""
        for place, track in enumerate(self.tracks):
            payload = self.sound.payload(number, caller.marks[place])
            sequence = number * len(self.tracks) + place + 2
            made += _framed(
                b'{"event":"media","sequenceNumber":"%d","media":{"track":"%b",'
                b'"chunk":"%d","timestamp":"%d","payload":"%b"},"streamSid":"%b"}'
                % (
                    sequence,
                    track.encode(),
                    number + 1,
                    number * 20,
                    payload,
                    caller.stream,
                )
            )
        return made

    def _handshake(self, host: str, path: str) -> bytes:
        key = b64encode(os.urandom(16)).decode()
        return (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            f"X-Twilio-Signature: {self.signature}\r\n\r\n"
        ).encode()

    def _beginning(self, call: Prepared, stream: str) -> bytes:
        start = {
            "accountSid": call.account,
            "streamSid": stream,
            "callSid": call.sid,
            "tracks": list(self.tracks),
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
            "customParameters": {"token": call.token},
        }
        said = (
            {"event": "connected", "protocol": "Call", "version": "1.0.0"},
            {
                "event": "start",
                "sequenceNumber": "1",
                "start": start,
                "streamSid": stream,
            },
        )
        return b"".join(
            _framed(json.dumps(one, separators=(",", ":")).encode()) for one in said
        )


def _framed(text: bytes) -> bytes:
    """A client's websocket frame. Its mask is of zeros, which the other side undoes as any other."""
    size = len(text)
    if size < 126:
        return b"\x81" + bytes((0x80 | size,)) + b"\0\0\0\0" + text
    return b"\x81\xfe" + size.to_bytes(2) + b"\0\0\0\0" + text
