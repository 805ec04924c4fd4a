"""Twilio's end of one call, and the caller on it: sends frames at their time, notes what comes.

What the moments mean is worked out afterwards, elsewhere.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from bench.voice.orders import Prepared
from bench.voice.script import FRAME_SECONDS, Script

# What has not come by then does not come.
PATIENCE: Final = 15.0
_BYTES_A_SECOND: Final = 8000


class _Media(msgspec.Struct):
    payload: str


class _Mark(msgspec.Struct):
    name: str


class _Message(msgspec.Struct):
    event: str
    media: _Media | None = None
    mark: _Mark | None = None


_decode = msgspec.json.Decoder(_Message).decode


@dataclass(slots=True)
class Spoken:
    """When the frames that matter of one of the caller's sentences left.

    `began`: the first one. `sure`: with it our detector knows of the voice. `ended`: with
    it all that is heard of the voice has been sent. `over`: and with this a turn's silence.
    """

    began: float
    sure: float = 0.0
    ended: float = 0.0
    over: float = 0.0


@dataclass(slots=True)
class Moments:
    """What happened on one call, by the monotonic clock.

    It counts from `since` on, when all calls of a round were up. `taken_over` is the commit.
    """

    since: float = 0.0
    spoken: list[Spoken] = field(default_factory=list)
    media: list[float] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    taken_over: float | None = None


class Stream:
    """A two-way media socket in use; made by `connected`."""

    def __init__(
        self,
        socket: ClientWebSocketResponse,
        script: Script,
        late: list[float],
        moments: Moments,
    ) -> None:
        self.sid = f"MZ{secrets.token_hex(16)}"
        self.moments = moments
        self._socket = socket
        self._script = script
        self._late = late
        # The frame of the sentence, or of the silence after it, that is sent next.
        self._next: int | None = None
        self._news = asyncio.Event()
        self._plays_until = 0.0
        self._marks: list[tuple[float, str]] = []

    async def start(self, call: Prepared, *, account: str) -> None:
        """What Twilio says first."""
        start = {
            "streamSid": self.sid,
            "accountSid": account,
            "callSid": call.sid,
            "tracks": ["inbound"],
            "customParameters": {
                "token": call.token,
                # For the server that detects nothing.
                "voice": call.voice,
                "person": call.person,
                "sure_at": str(self._script.sure_at),
                "over_at": str(self._script.over_at),
            },
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
        }
        await self._socket.send_json(
            {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        )
        await self._socket.send_json(
            {
                "event": "start",
                "sequenceNumber": "1",
                "start": start,
                "streamSid": self.sid,
            }
        )

    async def send(self) -> None:
        """A frame every 20 ms, by the clock and not by the frame before; until cancelled."""
        begin = time.monotonic()
        number = 0
        while True:
            due = begin + number * FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._return_marks()
            payload = self._payload()
            now = time.monotonic()
            self._late.append(now - due)
            self._note(now)
            await self._socket.send_str(
                f'{{"event":"media","sequenceNumber":"{number + 2}","media":{{'
                f'"track":"inbound","chunk":"{number + 1}",'
                f'"timestamp":"{number * 20}","payload":"{payload}"}},'
                f'"streamSid":"{self.sid}"}}'
            )
            number += 1

    async def receive(self) -> None:
        """Note what comes; until the socket closes."""
        async for received in self._socket:
            now = time.monotonic()
            if received.type is not WSMsgType.TEXT:
                continue
            message = _decode(received.data)
            if message.media is not None:
                self.moments.media.append(now)
                seconds = len(message.media.payload) * 3 / 4 / _BYTES_A_SECOND
                self._plays_until = max(self._plays_until, now) + seconds
            elif message.mark is not None:
                self._marks.append((self._plays_until, message.mark.name))
            elif message.event == "clear":
                self.moments.clears.append(now)
                self._plays_until = now
                self._marks = [(now, name) for _until, name in self._marks]
            self._news.set()

    def speak(self) -> None:
        """Say the sentence from the next frame on."""
        self._next = 0

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; TimeoutError after a long while."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def _payload(self) -> str:
        if self._next is None or self._next >= len(self._script.spoken):
            return self._script.silent
        return self._script.spoken[self._next]

    def _note(self, now: float) -> None:
        """A frame leaves now, which may be one that matters."""
        frame = self._next
        if frame is None:
            return
        if frame == 0:
            self.moments.spoken.append(Spoken(now))
        spoken, script = self.moments.spoken[-1], self._script
        if frame == script.sure_at:
            spoken.sure = now
        if frame == script.ends_in:
            spoken.ended = now
        if frame == script.over_at:
            spoken.over = now
        self._next = None if frame == script.over_at else frame + 1

    async def _return_marks(self) -> None:
        now = time.monotonic()
        while self._marks and self._marks[0][0] <= now:
            _until, name = self._marks.pop(0)
            mark = {"event": "mark", "streamSid": self.sid, "mark": {"name": name}}
            await self._socket.send_json(mark)


@contextlib.asynccontextmanager
async def connected(  # noqa: PLR0913  by keyword only
    http: ClientSession,
    *,
    url: str,
    signature: str,
    account: str,
    call: Prepared,
    script: Script,
    late: list[float],
    moments: Moments,
) -> AsyncIterator[Stream]:
    """The call's stream, until the end of the block; `late` and `moments` are added to."""
    headers = {"X-Twilio-Signature": signature}
    async with http.ws_connect(url, headers=headers, compress=0) as socket:
        stream = Stream(socket, script, late, moments)
        await stream.start(call, account=account)
        async with asyncio.TaskGroup() as tasks:
            duties = [
                tasks.create_task(stream.send()),
                tasks.create_task(stream.receive()),
            ]
            try:
                yield stream
            finally:
                for duty in duties:
                    duty.cancel()
        await socket.send_json(
            {"event": "stop", "streamSid": stream.sid, "stop": {"callSid": call.sid}}
        )


async def answered(stream: Stream) -> None:
    """Until the assistant speaks for the first time. TimeoutError if it does not."""
    await stream.until(lambda: bool(stream.moments.media))


async def turn(stream: Stream, *, listens: float) -> None:
    """Listen for a while, and then interrupt with a question, until there is an answer.

    TimeoutError if the assistant does not stop, or does not answer.
    """
    await asyncio.sleep(listens)
    before = len(stream.moments.clears)
    stream.speak()
    await stream.until(partial(_stopped, stream.moments, before))
    await stream.until(partial(_answers, stream.moments))


def _stopped(moments: Moments, clears: int) -> bool:
    return len(moments.clears) > clears


def _answers(moments: Moments) -> bool:
    """Whether there was sound since the last turn was over."""
    over = moments.spoken[-1].over
    return over > 0.0 and bool(moments.media) and moments.media[-1] > over
