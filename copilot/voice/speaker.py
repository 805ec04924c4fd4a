"""Says clauses one after another; what is to be said, and when to stop, is decided elsewhere.

While one is being played the next is already being made: between two sentences nobody
waits for the vendor.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from audio import mulaw
from audio.playout import Playout
from calls.media import Outlet
from copilot.voice.vocabulary import Happening, SoundFailed, SoundSent
from vendors.errors import VendorError
from vendors.openai.speech import SpeechConfig, speak

logger = logging.getLogger(__name__)

# How many clauses are made at once: the one that is said, and the next.
_AT_ONCE: Final = 2


@dataclass(slots=True, eq=False)
class _Clause:
    key: str
    number: int
    text: str
    # Pieces of sound; None is the end, an error the end before it.
    pieces: asyncio.Queue[bytes | VendorError | None] = field(
        default_factory=asyncio.Queue
    )
    making: asyncio.Task[None] | None = None
    unwanted: bool = False


class Speaker:
    """`tell` hears what became of each clause; `clock` gives the call's seconds.

    `outlet` plays what it is given in its order. Call `start` before anything else.
    """

    def __init__(
        self,
        config: SpeechConfig,
        outlet: Outlet,
        *,
        voice: str,
        tell: Callable[[Happening], None],
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._outlet = outlet
        self._voice = voice
        self._tell = tell
        self._clock = clock
        self._clauses: asyncio.Queue[_Clause] = asyncio.Queue()
        self._wanted: list[_Clause] = []
        self._makers = asyncio.Semaphore(_AT_ONCE)
        self._tasks = asyncio.TaskGroup()

    def say(self, key: str, number: int, text: str) -> None:
        """Say this after everything before; its mark is named `key/number`."""
        clause = _Clause(key, number, text)
        clause.making = self._tasks.create_task(self._make(clause))
        self._wanted.append(clause)
        self._clauses.put_nowait(clause)

    def stop(self) -> None:
        """Be silent at once."""
        self._outlet.clear()
        self._drop(self._wanted)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """From now on what comes is said, as long as these tasks go on."""
        self._tasks = tasks
        tasks.create_task(self._play_all())

    async def _play_all(self) -> None:
        while True:
            clause = await self._clauses.get()
            if not clause.unwanted:
                await self._play(clause)

    async def _make(self, clause: _Clause) -> None:
        try:
            async with self._makers:
                made = speak(self._config, text=clause.text, voice=self._voice)
                async with aclosing(made) as pieces:
                    async for piece in pieces:
                        clause.pieces.put_nowait(piece)
        except VendorError as error:
            logger.warning("line %s is not spoken: %s", clause.key, error.code)
            clause.pieces.put_nowait(error)
        else:
            clause.pieces.put_nowait(None)

    async def _play(self, clause: _Clause) -> None:
        playout = Playout()
        while True:
            piece = await clause.pieces.get()
            # All that has come: from a vendor in a hurry, or under load, it is much.
            sound: list[bytes] = []
            while isinstance(piece, bytes):
                sound.append(piece)
                if clause.pieces.empty():
                    break
                piece = clause.pieces.get_nowait()
            if clause.unwanted:
                return
            if sound:
                self._send(clause, playout.feed(b"".join(sound)))
            if isinstance(piece, VendorError):
                self._fail(clause, piece.code)
                return
            if piece is None:
                self._finish(clause, playout)
                return

    def _fail(self, clause: _Clause, code: str) -> None:
        """Neither it is said nor what was to follow in its line."""
        self._drop([one for one in self._wanted if one.key == clause.key])
        self._tell(SoundFailed(clause.key, clause.number, code, self._clock()))

    def _send(self, clause: _Clause, sound: bytes, *, last: bool = False) -> None:
        if sound:
            self._outlet.play(sound)
        if sound or last:
            seconds = len(sound) / mulaw.RATE
            at = self._clock()
            self._tell(SoundSent(clause.key, clause.number, seconds, at, last))

    def _finish(self, clause: _Clause, playout: Playout) -> None:
        rest = playout.finish()
        if not playout.seconds:
            self._fail(clause, "silent")
            return
        self._wanted.remove(clause)
        self._send(clause, rest, last=True)
        self._outlet.mark(f"{clause.key}/{clause.number}")

    def _drop(self, clauses: list[_Clause]) -> None:
        for clause in list(clauses):
            clause.unwanted = True
            if clause.making is not None:
                clause.making.cancel()
            # Whoever waits for its sound is let go.
            clause.pieces.put_nowait(None)
            self._wanted.remove(clause)
