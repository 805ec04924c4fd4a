"""What the media door and a session say to each other; no socket, no session in here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Track = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True)
class MediaStart:
    """A stream whose token was right.

    `offset` is the call's clock at the stream's timestamp 0, in seconds; `answered_at`
    is the clock's zero in Unix seconds.
    """

    call_id: int
    sid: str
    stream_sid: str
    tracks: tuple[str, ...]
    offset: float
    answered_at: float
    agent_connected: bool
    on_hold: bool


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """20 ms of µ-law, 8 kHz; `timestamp` is milliseconds since the stream began."""

    track: Track
    timestamp: int
    payload: bytes


class MediaSession(Protocol):
    """Everything behind the door, for one stream."""

    def hear(self, frame: MediaFrame) -> None:
        """Take one frame; never waits and never raises."""

    async def run(self) -> None:
        """Work until closed."""

    async def close(self, reason: str) -> None:
        """Finish what is open and let `run` return."""


OpenSession = Callable[[MediaStart], Awaitable[MediaSession]]
