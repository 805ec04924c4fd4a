"""A sound file played into a call: channel 1 calls, channel 2, if any, is the agent."""

import asyncio
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw, wav
from simulators.parties import SILENT
from simulators.performance import Mode, Performance
from simulators.scenarios import Speaker
from simulators.truth import TICK

BREATH: Final = 0.5  # seconds before the first and after the last sample
BLOCK: Final = 5.0  # seconds read at a time
PATIENCE: Final = 120.0
Frames = tuple[bytes, bytes | None]


class UnplayableError(Exception):
    """A file that is not there, or not sound in one or two channels."""


class SoundFile:
    """Reads a file ahead of the call, never more than a few seconds of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.finished = False
        try:
            facts = wav.info(path)
            self._blocks: Iterator[NDArray[np.int16]] = wav.read_blocks(path, BLOCK)
        except (OSError, ValueError) as error:
            raise UnplayableError(f"{path.name} cannot be read as sound") from error
        self.channels = facts.channels
        if not facts.frames:
            raise UnplayableError(f"{path.name} holds no sound")
        if self.channels > 2:
            raise UnplayableError(
                f"{path.name} has {self.channels} channels; one or two can be played"
            )
        self._frames: deque[Frames] = deque()
        self._rest: NDArray[np.int16] = np.zeros((0, self.channels), np.int16)

    async def feed(self, until: asyncio.Event) -> None:
        """Keep the next seconds ready until the file or the call is over."""
        while not self.finished and not until.is_set():
            if len(self._frames) * TICK < 2 * BLOCK:
                await self.more()
            else:
                await asyncio.sleep(BLOCK / 2)

    async def more(self) -> None:
        """Read one block; UnplayableError if the file is damaged here."""
        try:
            block = await asyncio.to_thread(next, self._blocks, None)
        except (OSError, ValueError) as error:
            self.finished = True
            raise UnplayableError(f"{self.path.name} cannot be read further") from error
        self._cut(block)

    def _cut(self, block: NDArray[np.int16] | None) -> None:
        if block is None:
            self.finished = True
            missing = -len(self._rest) % mulaw.FRAME
            block = np.zeros((missing, self.channels), np.int16)
        samples = np.concatenate((self._rest, block))
        whole = len(samples) // mulaw.FRAME * mulaw.FRAME
        self._rest = samples[whole:]
        sides = [mulaw.encode(samples[:whole, side]) for side in range(self.channels)]
        for at in range(0, whole, mulaw.FRAME):
            parts = [side[at : at + mulaw.FRAME] for side in sides]
            self._frames.append((parts[0], parts[1] if len(parts) == 2 else None))

    @property
    def is_over(self) -> bool:
        """Everything has been played."""
        return self.finished and not self._frames

    def next(self) -> Frames:
        """The next 20 ms of both sides; silence when the disk is late."""
        if self._frames:
            return self._frames.popleft()
        return SILENT, None


class RecordedPerformance(Performance):
    """Plays a sound file once the caller is connected, then hangs up."""

    def __init__(self, sound: SoundFile) -> None:
        super().__init__(sound.path.name, patience=PATIENCE)
        self._sound = sound
        self._starts_at: float | None = None
        self._ends_at: float | None = None
        self._frames: Frames = (SILENT, None)

    def begin(self) -> None:
        """Both sides start with the same sample, a breath from now."""
        if self._starts_at is None:
            self._starts_at = self.now + BREATH

    def play(self) -> None:
        """Take both sides' frames for this tick."""
        self._frames = (SILENT, None)
        if self._starts_at is None or self.now < self._starts_at:
            return
        if not self._sound.is_over:
            self._frames = self._sound.next()
        elif self._ends_at is None:
            self._ends_at = self.now + BREATH
        elif self.now >= self._ends_at:
            self.hang_up("caller")

    def frame(self, speaker: Speaker) -> bytes:
        """The 160 µ-law bytes that this side says in the present tick."""
        if self.mode is Mode.WAITING:
            return SILENT
        caller, agent = self._frames
        return caller if speaker == "caller" else agent or SILENT
