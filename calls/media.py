"""What the media door and a session say to each other; no socket, no session in here."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

import msgspec

Track = Literal["inbound", "outbound"]


@dataclass(slots=True)
class CallClock:
    """The call's clock: `zero` is the answer, in Unix seconds."""

    zero: float

    def now(self) -> float:
        """Seconds since the answer."""
        return self.at(time.time())

    def at(self, unix: float) -> float:
        """The call's clock at a moment given in Unix seconds."""
        return unix - self.zero

    def hear(self, timestamp: int) -> None:
        """A frame of the stream that began with the answer has just come.

        Frames may be late and are never early: the least late one sets the clock.
        `timestamp` is of the frame's begin; it is sent when its 20 ms are over.
        """
        zero = time.time() - (timestamp + 20) / 1000
        # Not by min, whose call costs more than all the rest.
        if zero < self.zero:  # noqa: PLR1730
            self.zero = zero


@dataclass(frozen=True, slots=True)
class MediaStart:
    """A stream whose token was right; `offset` is the call's clock at its timestamp 0, seconds.

    On a stream that is `two_way` the assistant of this version speaks, in this mode.
    """

    call_id: int
    sid: str
    stream_sid: str
    tracks: tuple[str, ...]
    offset: float
    clock: CallClock
    agent_connected: bool
    on_hold: bool
    recording_paused: bool
    two_way: bool = False
    mode: str = "human"
    assistant_id: int | None = None


class MediaFrame(msgspec.Struct, frozen=True, gc=False):
    """20 ms of µ-law, 8 kHz, as Twilio names it; `timestamp` is milliseconds since the stream began.

    In JSON the sound is in base64, which msgspec undoes.
    """

    track: Track
    timestamp: Annotated[int, msgspec.Meta(ge=0)]
    payload: bytes


class Outlet(Protocol):
    """What a two-way stream lets the caller hear; nothing here waits."""

    def play(self, mulaw: bytes) -> None:
        """Play this after what was given before: µ-law, 8 kHz, of any length."""

    def mark(self, name: str) -> None:
        """Say by this name when all that was given before has been played."""

    def clear(self) -> None:
        """Be silent now, and forget what has not been played."""


class MediaSession(Protocol):
    """Everything behind the door, for one stream."""

    def hear(self, frame: MediaFrame) -> None:
        """Take one frame; never waits and never raises."""

    def marked(self, name: str) -> None:
        """All before this mark was played, or thrown away; never waits."""

    def pressed(self, digit: str) -> None:
        """The caller has pressed a key; never waits."""

    async def run(self) -> None:
        """Work until closed."""

    async def close(self, reason: str) -> None:
        """Finish what is open and let `run` return."""


OpenSession = Callable[[MediaStart, Outlet], Awaitable[MediaSession]]
