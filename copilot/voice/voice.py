"""The AI voice at work on one stream: it connects the dialogue with model, speech and tools.

What is said, and when, is decided in `copilot.voice.dialogue`. A vendor that fails does
not harm the call: the dialogue is told, and bridges it or calls for people.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing

from channels.db import database_sync_to_async

from calls.media import CallClock, MediaStart, Outlet
from calls.services import leash
from copilot import suggest
from copilot import vocabulary as words
from copilot.facts import Guidance, Led, LineDropped, LineReleased, News
from copilot.vocabulary import AgentJoined, AgentLeft, HoldEnded, HoldStarted
from copilot.voice import prompts, toolbox
from copilot.voice.brief import Brief
from copilot.voice.dialogue import Dialogue
from copilot.voice.notebook import VoiceNotebook
from copilot.voice.own_voice import OwnVoice
from copilot.voice.speaker import Speaker
from copilot.voice.vocabulary import (
    Ask,
    CallerInsists,
    CallerSaid,
    CallerStarted,
    CallerStopped,
    CallerWords,
    Decision,
    Dropped,
    Ended,
    FetchHuman,
    Guided,
    HangUp,
    Happening,
    Marked,
    ModeChanged,
    ModelDone,
    ModelFailed,
    ModelText,
    ModelTool,
    Passed,
    Pressed,
    Released,
    Silence,
    Speak,
    StopAsking,
    ToolDone,
    UseTool,
)
from vendors.errors import VendorError
from vendors.openai import speaking
from vendors.openai.config import OpenAIConfig
from vendors.openai.speech import SpeechConfig

logger = logging.getLogger(__name__)


class Voice:
    """Made with the stream; `run` works until cancelled, `end` says that the stream is over."""

    def __init__(
        self,
        start: MediaStart,
        outlet: Outlet,
        brief: Brief,
        *,
        models: OpenAIConfig,
        speech: SpeechConfig,
    ) -> None:
        self.notebook = VoiceNotebook(
            call_id=start.call_id, sid=start.sid, version_id=brief.version_id
        )
        self._start = start
        self._clock: CallClock = start.clock
        self._brief = brief
        self._models = models
        self._dialogue = Dialogue(
            brief.profile,
            name=start.stream_sid,
            mode=brief.mode,
            guard=brief.guard,
            lines=brief.lines,
        )
        self._own_voice = OwnVoice(outlet)
        self._speaker = Speaker(
            speech,
            self._own_voice,
            voice=brief.voice,
            tell=self.take,
            clock=self._clock.now,
        )
        self._heard_since = 0.0
        self._begun = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._writers: dict[str, asyncio.Task[None]] = {}

    @property
    def guidance(self) -> Iterable[int]:
        """The numbers of the whispers that are known from the beginning."""
        return self._brief.guidance.keys()

    async def run(self) -> None:
        """Speak until cancelled."""
        async with self._tasks as tasks:
            self._speaker.start(tasks)
            brief = self._brief
            self._do(
                self._dialogue.begin(
                    self._clock.now(),
                    brief.beginning,
                    rest=brief.rest,
                    guidance=brief.guidance.values(),
                )
            )
            self._begun.set()
            await asyncio.Event().wait()

    async def begun(self) -> None:
        """Wait until `run` has begun: nothing is to be told before."""
        await self._begun.wait()

    def end(self) -> None:
        """There is nobody to speak to any more."""
        self.take(Ended(self._clock.now()))

    # What happens.

    def take(self, happening: Happening) -> None:
        """Tell the dialogue, and do what follows."""
        self._do(self._dialogue.take(happening))

    def sense(
        self,
        sensed: words.Happening,
        followed: Iterable[words.Decision],
        *,
        quiet: bool,
    ) -> None:
        """What was heard of the caller, and what the transcript made of it.

        `quiet`: the caller is in no turn, and no words of theirs are to come.
        """
        now = self._clock.now()
        match sensed:
            case words.SpeechStarted(_, at):
                self._heard_since = at
                self.take(CallerStarted(at))
            case words.SpeechStopped(_, at):
                self.take(CallerStopped(at))
            case words.PartialText(_, text) if not self.hears_itself:
                self.take(CallerWords(text, now))
        said = [one for one in followed if isinstance(one, words.StoreUtterance)]
        for one in said:
            self.take(CallerSaid(one.text, one.start, one.end, now))
        if isinstance(sensed, words.Heard):
            self.take(Passed(sensed.at, quiet))
        elif said:
            # The answer does not wait for the next beat.
            self.take(Passed(now, quiet))

    def hear(self, sound: bytes) -> list[float]:
        """More of the caller's track: when they began to speak against us, call's seconds."""
        offset = self._start.offset
        begun = [one.at + offset for one in self._own_voice.hear(sound)]
        for at in begun:
            self.take(CallerInsists(at))
        return begun

    @property
    def hears_itself(self) -> bool:
        """Whether what is being heard just now is our own voice."""
        if not self._dialogue.is_speaking:
            return False
        return self.is_echo(self._heard_since, self._start.offset + self._own_voice.now)

    def is_echo(self, start: float, end: float) -> bool:
        """Whether what was heard in this stretch of the call is our own voice."""
        offset = self._start.offset
        return self._own_voice.explains(start - offset, end - offset)

    def marked(self, name: str) -> None:
        """The telephone has played a clause, or thrown it away."""
        key, _, number = name.rpartition("/")
        if key and number.isdecimal() and len(number) < 6:
            self.take(Marked(key, int(number), self._clock.now()))

    def pressed(self, digit: str) -> None:
        """The caller has pressed a key."""
        self.take(Pressed(digit, self._clock.now()))

    def learn(self, news: News) -> bool:
        """What somebody at a desk has done; whether it was about the assistant.

        Who else is on the line is not: that is for whoever listens after us.
        """
        now = self._clock.now()
        match news:
            case Led("human" | "approve" | "auto" as mode):
                self.take(ModeChanged(mode, now))
            case LineReleased(key, text):
                self.take(Released(key, text, now))
            case LineDropped(key):
                self.take(Dropped(key, now))
            case Guidance(by, text):
                self.take(Guided(prompts.Guidance(by, text), now))
            case AgentJoined() | AgentLeft() | HoldStarted() | HoldEnded():
                pass
            case _:
                return False
        return True

    # What follows.

    def _do(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Speak(key, clause, text):
                    self._speaker.say(key, clause, text)
                case Silence():
                    self._speaker.stop()
                case StopAsking(key):
                    self._stop_writing(key)
                case Ask(key):
                    self._writers[key] = self._tasks.create_task(self._write(decision))
                case UseTool() | FetchHuman() | HangUp():
                    self._tasks.create_task(self._act(decision))
                case _:
                    self.notebook.take(decision)

    async def _act(self, decision: UseTool | FetchHuman | HangUp) -> None:
        """Do something to the call; not in the way of the talk."""
        # What was said before it is written down first, and the line it belongs to.
        await self.notebook.written()
        call_id = self._start.call_id
        match decision:
            case UseTool():
                await self._use(decision)
            case FetchHuman(code):
                await database_sync_to_async(toolbox.fetch_human)(
                    call_id=call_id, code=code
                )
            case HangUp():
                await database_sync_to_async(leash.hang_up)(call_id=call_id)

    def _stop_writing(self, key: str) -> None:
        writer = self._writers.pop(key, None)
        if writer is not None:
            writer.cancel()

    async def _write(self, ask: Ask) -> None:
        """Have the model write a line, and say what it writes as it comes."""
        brief = self._brief
        try:
            written = speaking.stream_turn(
                self._models,
                instructions=brief.instructions,
                items=_items(ask),
                tools=brief.tools,
                person=brief.person,
                model=brief.model,
            )
            async with aclosing(written) as pieces:
                async for piece in pieces:
                    self._take_piece(ask.key, piece)
        except VendorError as error:
            logger.warning("call %s: no line: %s", self._start.sid, error.code)
            self.take(ModelFailed(ask.key, error.code, self._clock.now()))
        else:
            self.take(ModelDone(ask.key, self._clock.now()))

    def _take_piece(self, key: str, piece: speaking.Piece) -> None:
        now = self._clock.now()
        match piece:
            case speaking.TextDelta(text):
                self.take(ModelText(key, text, now))
            case speaking.ToolCall(call_id, name, arguments):
                self.take(ModelTool(key, call_id, name, arguments, now))

    async def _use(self, use: UseTool) -> None:
        outcome = await database_sync_to_async(toolbox.use)(
            call_id=self._start.call_id,
            line_id=self.notebook.row_of(use.key),
            key=use.call_id,
            name=use.name,
            arguments=use.arguments,
            offer=self._brief.offer,
        )
        now = self._clock.now()
        self.take(ToolDone(use.key, use.call_id, outcome.output, outcome.done, now))


def _items(ask: Ask) -> list[speaking.Item]:
    """The request's input: the talk as data, then what came of each tool."""
    told = prompts.turn_input(
        suggest.told(ask.lines), guidance=ask.guidance, situation=ask.situation
    )
    items: list[speaking.Item] = [speaking.Said(told)]
    for one in ask.answers:
        items.append(speaking.Called(one.call_id, one.name, one.arguments))
        items.append(speaking.Answered(one.call_id, one.output))
    return items
