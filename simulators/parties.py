"""The voices and ears at the far ends of a call; what they say is decided elsewhere."""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from audio import mulaw

FRAME: Final = mulaw.FRAME
SILENT: Final = mulaw.SILENCE * FRAME
LOUD: Final = 400.0  # mean magnitude of a frame with somebody's voice in it
A_WORD: Final = 8  # loud frames that are more than a click


class Track:
    """What one side says, frame by frame: sounds at given ticks, silence between."""

    def __init__(self) -> None:
        self._sounds: deque[tuple[int, bytes]] = deque()

    def play(self, tick: int, sound: bytes) -> None:
        """Start a sound at that tick; it cuts off the one before."""
        self._sounds.append((tick, sound))

    def frame(self, tick: int) -> bytes:
        """The 160 bytes of that tick; ticks must be asked for in order."""
        while len(self._sounds) > 1 and self._sounds[1][0] <= tick:
            self._sounds.popleft()
        if not self._sounds or self._sounds[0][0] > tick:
            return SILENT
        first, sound = self._sounds[0]
        frame = sound[(tick - first) * FRAME :][:FRAME]
        return frame + mulaw.SILENCE * (FRAME - len(frame))


class Echo:
    """What a telephone sends back of what it plays: quieter by `gain` dB, and later."""

    def __init__(self, gain: float, seconds: float) -> None:
        self._scale = 10 ** (gain / 20)
        self._line = bytearray(mulaw.SILENCE * round(seconds * mulaw.RATE))

    def hear(self, frame: bytes) -> None:
        """What is played in this tick."""
        self._line += frame

    def over(self, frame: bytes) -> bytes:
        """The frame that is said in this tick, with what comes back in it."""
        back = bytes(self._line[:FRAME])
        del self._line[:FRAME]
        if back == SILENT:
            return frame
        samples = mulaw.decode(back) * self._scale + mulaw.decode(frame)
        return mulaw.encode(np.clip(samples, -32768, 32767).astype(np.int16))


class Ear:
    """Notices when a live person at the other end speaks, and when he has ended."""

    def __init__(self) -> None:
        self.segments: list[tuple[int, int]] = []  # ticks, the end excluded
        self._loud = 0

    @property
    def last(self) -> int | None:
        """The tick at which the last speech ended so far."""
        return self.segments[-1][1] if self.segments else None

    def hear(self, tick: int, frame: bytes) -> None:
        """Take in one frame; parts closer than 0.3 s are one."""
        if frame == SILENT or not _is_loud(frame):
            self._loud = max(0, self._loud - 1)
            return
        self._loud = min(self._loud + 1, A_WORD)
        if self.segments and tick - self.segments[-1][1] < 15:
            self.segments[-1] = (self.segments[-1][0], tick + 1)
        elif self._loud == A_WORD:
            self.segments.append((tick - A_WORD + 1, tick + 1))


def _is_loud(frame: bytes) -> bool:
    samples = mulaw.decode(frame).astype(np.float32)
    return bool(np.abs(samples).mean() > LOUD)


class ScriptedParty:
    """The far end of a leg that follows a performance."""

    def __init__(
        self,
        *,
        says: Callable[[], bytes],
        hears: Callable[[bytes], None],
        on_answer: Callable[[], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._says = says
        self._hears = hears
        self._on_answer = on_answer
        self._on_end = on_end

    def speak(self) -> bytes:
        """The next 20 ms."""
        return self._says()

    def hear(self, frame: bytes) -> None:
        """What is heard in the same 20 ms."""
        self._hears(frame)

    def answered(self) -> None:
        """The line is open."""
        self._on_answer()

    def ended(self, status: str) -> None:
        """The line is closed."""
        self._on_end(status)
