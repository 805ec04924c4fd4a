"""A queue of sounds played frame by frame; it knows nothing of calls or documents."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from audio import mulaw

FRAME = mulaw.FRAME
SILENT = mulaw.SILENCE * FRAME


@dataclass(slots=True, eq=False)
class Clip:
    """A sound being played; `done` is set when its last frame has gone out."""

    data: bytes
    forever: bool = False
    at: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


def padded(data: bytes) -> bytes:
    """µ-law bytes filled up with silence to whole frames."""
    return data + mulaw.SILENCE * (-len(data) % FRAME)


class Player:
    """Plays clips one after another, 160 µ-law bytes at a time, silence between."""

    def __init__(self) -> None:
        self._clips: deque[Clip] = deque()
        self.played = 0

    @property
    def busy(self) -> bool:
        return bool(self._clips)

    def play(self, data: bytes, *, forever: bool = False) -> Clip:
        clip = Clip(padded(data), forever)
        if clip.data:
            self._clips.append(clip)
        else:
            clip.done.set()
        return clip

    async def play_through(self, data: bytes, *, forever: bool = False) -> None:
        """Play a sound to its end; a cancelled caller stops the sound as well."""
        clip = self.play(data, forever=forever)
        try:
            await clip.done.wait()
        finally:
            self.stop(clip)

    def stop(self, clip: Clip) -> None:
        if clip in self._clips:
            self._clips.remove(clip)
        clip.done.set()

    def clear(self) -> None:
        while self._clips:
            self._clips.popleft().done.set()

    def frame(self) -> bytes:
        if not self._clips:
            return SILENT
        clip = self._clips[0]
        frame = clip.data[clip.at : clip.at + FRAME]
        clip.at += FRAME
        self.played += 1
        if clip.at >= len(clip.data):
            clip.at = 0
            if not clip.forever:
                self._clips.popleft()
                clip.done.set()
        return frame


def silence(seconds: float) -> bytes:
    return SILENT * round(seconds * 50)
