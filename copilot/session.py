"""The copilot's part in one call: it connects sound, vendors and records, and runs them.

What follows from what is decided in `copilot.conversation`. Nothing that fails in here
may harm the call: the desk is told, and the part comes back by itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from channels.db import database_sync_to_async

from audio import mulaw
from calls.media import MediaFrame, MediaSession, MediaStart, Outlet
from calls.models import Call
from copilot import facts, figures, suggest
from copilot.clients import openai_config, speech_config
from copilot.conversation import SIDES, Conversation
from copilot.facts import (
    Guidance,
    HoldingSpoken,
    Led,
    LineDropped,
    LineReleased,
    News,
    Owner,
    SuggestionDecided,
)
from copilot.hearing import BATCH, Ear
from copilot.notebook import Notebook
from copilot.pressure import NOTHING, Level
from copilot.pulse import Pulse, pulse
from copilot.rounds import rounds
from copilot.vocabulary import (
    Announced,
    AskSuggestion,
    Commit,
    Decision,
    Discard,
    FinalText,
    Happening,
    Interrupted,
    Line,
    Listen,
    LoadChanged,
    NoText,
    Open,
    PartialText,
    PartLost,
    PartRestored,
    ShowPartial,
    Side,
    StopListening,
    StreamEnded,
    SuggestionDone,
    SuggestionFailed,
    SuggestionGrew,
    SuggestionSettled,
    WithdrawSuggestion,
)
from copilot.voice.brief import Brief, brief_of
from copilot.voice.voice import Voice
from vendors.errors import VendorError
from vendors.openai.config import OpenAIConfig
from vendors.openai.live import (
    Failed,
    Final,
    Lost,
    Partial,
    Restored,
    Transcriber,
    TranscriberEvent,
)

logger = logging.getLogger(__name__)

# Frames of the caller that are worked on together where the assistant speaks, who must
# notice at once that it is interrupted. Elsewhere sound is heard in rounds.
QUICK_BEAT = 2
# Frames that wait to be worked on: five seconds of both tracks.
MOST_FRAMES = 500
# The desk sees that frames were dropped for at least this long.
DROPS_SHOWN_SECONDS = 5.0
# How long the last words of a call may take to be written down.
LAST_WORDS_SECONDS = 4.0
# How long the last rows of a call may take to be written.
LAST_ROWS_SECONDS = 10.0

# How long it takes until an announcement begins, and then for each character, seconds.
_ANNOUNCING = 2.0
_SPEAKING = 0.08

_SIDES: dict[str, Side] = {"inbound": "caller", "outbound": "agent"}


async def open_session(start: MediaStart, outlet: Outlet) -> MediaSession:
    """The session of one stream, for the media door."""
    brief = None
    if start.two_way:
        brief = await database_sync_to_async(brief_of)(start.call_id)
    if brief is not None:
        return Session(
            start, config=openai_config(), voice=_voice(start, outlet, brief)
        )
    before = await database_sync_to_async(_before)(start.call_id)
    return Session(start, config=openai_config(), before=before)


def _voice(start: MediaStart, outlet: Outlet, brief: Brief) -> Voice:
    return Voice(start, outlet, brief, models=openai_config(), speech=speech_config())


@dataclass(frozen=True, slots=True)
class Before:
    """What was said before this stream; after how long a silent agent is rescued, seconds."""

    lines: tuple[Line, ...] = ()
    holding_after: float = 0.0


def _before(call_id: int) -> Before:
    call = Call.objects.select_related("line").get(pk=call_id)
    return Before(
        lines=facts.said_so_far(call),
        holding_after=0.0 if call.line is None else call.line.holding_after,
    )


class Session:
    """One stream of one call. `hear` never waits; `run` works until `close`.

    With a `voice` only the caller is heard, and the assistant speaks.
    """

    def __init__(
        self,
        start: MediaStart,
        *,
        config: OpenAIConfig,
        before: Before | None = None,
        voice: Voice | None = None,
        felt: Pulse = pulse,
    ) -> None:
        self._start = start
        self._config = config
        self._voice = voice
        before = before or Before()
        self._conversation = Conversation(
            prefix=start.stream_sid,
            agent_connected=start.agent_connected and voice is None,
            on_hold=start.on_hold and voice is None,
            recording_paused=start.recording_paused,
            lines=before.lines,
            holding_after=before.holding_after,
        )
        self._notebook = (
            Notebook(call_id=start.call_id, sid=start.sid)
            if voice is None
            else voice.notebook
        )
        sides: tuple[Side, ...] = SIDES if voice is None else ("caller",)
        self._transcribers = {side: Transcriber(config) for side in sides}
        message = BATCH if voice is None else QUICK_BEAT * mulaw.FRAME
        self._ears = {
            side: Ear(
                side,
                transcriber,
                offset=start.offset,
                tracks=rounds.tracks if voice is None else None,
                message=message,
            )
            for side, transcriber in self._transcribers.items()
        }
        self._ear_of = {
            track: self._ears[side]
            for track, side in _SIDES.items()
            if side in self._ears
        }
        # Of the caller, for the assistant to notice who speaks against it.
        self._new = bytearray()
        self._waiting = 0
        self._pulse = felt
        self._load: Level = NOTHING
        self._beat = QUICK_BEAT * max(1, len(start.tracks))
        self._due = asyncio.Event()
        self._dropped = 0
        self._dropped_at: float | None = None
        self._closing = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._writers: dict[int, asyncio.Task[None]] = {}

    def hear(self, frame: MediaFrame) -> None:
        """Take a frame; when work has fallen far behind, let it fall."""
        if self._waiting >= MOST_FRAMES:
            self._dropped += 1
            return
        self._waiting += 1
        ear = self._ear_of.get(frame.track)
        sound = b"" if ear is None else ear.place(frame.timestamp, frame.payload)
        if self._voice is not None:
            self._new += sound
            if self._waiting == self._beat:
                self._due.set()

    def marked(self, name: str) -> None:
        """Sound of ours was played, or thrown away."""
        if self._voice is not None:
            self._voice.marked(name)

    def pressed(self, digit: str) -> None:
        """The caller has pressed a key, which is for the assistant only."""
        if self._voice is not None:
            self._voice.pressed(digit)

    async def close(self, reason: str) -> None:
        """Have `run` finish what is open and return."""
        logger.info("stream %s ends: %s", self._start.stream_sid, reason)
        self._closing.set()
        self._due.set()

    async def run(self) -> None:
        """Work until closed, then wait a little for the last words."""
        with figures.SESSIONS.track_inprogress(), self._pulse.felt():
            await self._run()
        self._log_counts()

    async def _run(self) -> None:
        async with self._tasks as tasks:
            helpers = [
                tasks.create_task(work)
                for work in (
                    self._notebook.write(),
                    self._notebook.whisper(),
                    self._follow_facts(),
                    *(each.run() for each in self._transcribers.values()),
                )
            ]
            if self._voice is not None:
                helpers.append(tasks.create_task(self._voice.run()))
                # The first frames may have come before us.
                await self._voice.begun()
            else:
                ears = list(self._ears.values())
                helpers.append(tasks.create_task(rounds.join(ears, self._due)))
            readers = [
                tasks.create_task(self._read(side)) for side in self._transcribers
            ]
            self._do(self._conversation.begin(self._start.offset))
            while not self._closing.is_set():
                await self._due.wait()
                self._due.clear()
                self._work(Ear.heard if self._voice is None else Ear.hear)
            await self._finish(readers)
            for task in [*helpers, *readers, *self._writers.values()]:
                task.cancel()

    # Sound.

    def _work(self, hear: Callable[[Ear], list[Happening]]) -> None:
        """Everything that was heard since this was done before, or else is heard now."""
        figures.FRAMES.inc(self._waiting)
        self._waiting = 0
        for ear in self._ears.values():
            self._take(*hear(ear))
        if self._voice is not None and self._new:
            sound = bytes(self._new)
            self._new.clear()
            self._take(*(Interrupted(at) for at in self._voice.hear(sound)))
        self._watch_drops()
        self._watch_load()

    def _watch_drops(self) -> None:
        if not self._dropped and self._dropped_at is None:
            return
        now = asyncio.get_running_loop().time()
        if self._dropped:
            logger.warning(
                "stream %s: %d frames dropped", self._start.stream_sid, self._dropped
            )
            figures.DROPPED_FRAMES.inc(self._dropped)
            self._dropped, self._dropped_at = 0, now
            self._take(PartLost("media", "queue", "frames_dropped"))
        elif self._dropped_at and now - self._dropped_at > DROPS_SHOWN_SECONDS:
            self._dropped_at = None
            self._take(PartRestored("media", "queue"))

    def _watch_load(self) -> None:
        """With an assistant the words are the call itself: nothing is left out."""
        level = self._pulse.level
        if self._voice is None and level != self._load:
            self._load = level
            self._take(LoadChanged(self._now, level))

    @property
    def _now(self) -> float:
        return max(ear.now for ear in self._ears.values())

    async def _finish(self, readers: list[asyncio.Task[None]]) -> None:
        """Commit what is being said and give its text a moment to come."""
        self._work(Ear.hear)
        if self._voice is not None:
            self._voice.end()
        self._take(StreamEnded(self._now))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                for transcriber in self._transcribers.values():
                    await transcriber.settled()
        for transcriber in self._transcribers.values():
            transcriber.close()
        # Reading ends after the last text.
        await asyncio.wait(readers, timeout=LAST_WORDS_SECONDS)
        self._do(self._conversation.give_up_waiting())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._notebook.written(), LAST_ROWS_SECONDS)

    # What happens, and what follows.

    def _take(self, *happenings: Happening) -> None:
        for happening in happenings:
            decisions = self._conversation.take(happening)
            self._do(decisions)
            if self._voice is not None:
                quiet = self._conversation.caller_is_quiet
                self._voice.sense(happening, decisions, quiet=quiet)

    def _do(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Listen(side, since):
                    self._take(*self._ears[side].listen(since))
                case StopListening(side):
                    self._ears[side].stop_listening()
                case Open(item, side, since):
                    self._ears[side].open(item, since)
                case Commit(item, side):
                    self._commit(item, side)
                case ShowPartial(text=text) if text and self._hears_itself:
                    pass
                case Discard(item, side):
                    self._ears[side].discard(item)
                case _:
                    self._do_about_words(decision)

    @property
    def _hears_itself(self) -> bool:
        return self._voice is not None and self._voice.hears_itself

    def _commit(self, item: str, side: Side) -> None:
        """Have it written down, unless it is the assistant's own voice that came back."""
        ear = self._ears[side]
        since = ear.began(item)
        if self._voice is None or since is None:
            ear.commit(item)
        elif self._voice.is_echo(since, ear.now):
            ear.discard(item)
            self._take(NoText(item))
        else:
            ear.commit(item)

    def _do_about_words(self, decision: Decision) -> None:
        if isinstance(decision, WithdrawSuggestion):
            writer = self._writers.pop(decision.key, None)
            if writer is not None:
                writer.cancel()
        self._notebook.take(decision)
        if isinstance(decision, AskSuggestion):
            self._writers[decision.key] = self._tasks.create_task(
                self._suggest(decision)
            )

    async def _read(self, side: Side) -> None:
        async for event in self._transcribers[side]:
            self._take(_as_happening(side, event))

    async def _suggest(self, asked: AskSuggestion) -> None:
        text = ""
        try:
            async for text in suggest.write(
                self._config, lines=asked.lines, sid=self._start.sid
            ):
                self._take(SuggestionGrew(asked.key, text))
        except VendorError as error:
            logger.warning("call %s: no suggestion: %s", self._start.sid, error.code)
            self._take(SuggestionFailed(asked.key, error.code))
        else:
            self._take(_result(asked.key, text.strip()))
        finally:
            self._writers.pop(asked.key, None)

    async def _follow_facts(self) -> None:
        await facts.follow(
            call_id=self._start.call_id,
            sid=self._start.sid,
            clock=self._start.clock,
            tell=self._learn,
            guidance=() if self._voice is None else self._voice.guidance,
        )

    def _learn(self, news: News) -> None:
        if self._voice is not None and self._voice.learn(news):
            return
        match news:
            case Owner(agent_id, also):
                self._notebook.agent_id = agent_id
                self._notebook.also = also
            case SuggestionDecided(suggestion_id):
                key = self._notebook.key_of(suggestion_id)
                if key is not None:
                    self._take(SuggestionSettled(key))
            case HoldingSpoken(at, text):
                self._take(Announced(at, at + _ANNOUNCING + len(text) * _SPEAKING))
            case Led() | LineReleased() | LineDropped() | Guidance():
                pass  # about an assistant, who does not speak on this stream
            case _:
                self._take(news)

    def _log_counts(self) -> None:
        for side, ear in self._ears.items():
            counts = ear.counts
            logger.info(
                "stream %s %s: %d frames heard, %d late, %d misplaced",
                self._start.stream_sid,
                side,
                counts.heard,
                counts.late,
                counts.misplaced,
            )


def _result(key: int, text: str) -> Happening:
    return SuggestionDone(key, text) if text else SuggestionFailed(key, "empty")


def _as_happening(side: Side, event: TranscriberEvent) -> Happening:
    match event:
        case Partial(item, text):
            return PartialText(item, text)
        case Final(item, text):
            return FinalText(item, text)
        case Failed(item):
            return NoText(item)
        case Lost(code):
            return PartLost("transcription", side, code)
        case Restored():
            return PartRestored("transcription", side)
