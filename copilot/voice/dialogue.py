"""What the AI voice does about what happens on a call: events in, decisions out.

It has no clock, no socket and no task of its own; times come with the events. What the
voice remembers of its own words is what the caller has heard of them, and nothing else.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from typing import Any, Final

from copilot.vocabulary import Line
from copilot.voice.attention import AUDIBLE, is_attention
from copilot.voice.clauses import speakable
from copilot.voice.errands import LAST_TOOLS, Errands, answered
from copilot.voice.guard import Block, Guard
from copilot.voice.keypad import Keypad
from copilot.voice.own_words import OwnWords
from copilot.voice.patience import Patience
from copilot.voice.prompts import Guidance, Situation
from copilot.voice.reply import FIXED, Reply
from copilot.voice.tools import MOST_CALLS
from copilot.voice.vocabulary import (
    Ask,
    Beginning,
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
    Kind,
    Marked,
    Mode,
    ModeChanged,
    ModelDone,
    ModelFailed,
    ModelText,
    ModelTool,
    Passed,
    Pressed,
    Profile,
    Released,
    ShowSpoken,
    ShowWords,
    Silence,
    SoundFailed,
    SoundSent,
    State,
    StopAsking,
    StoreKeys,
    StoreSaid,
    ToolDone,
    UseTool,
    VoiceBack,
    VoiceLost,
)

# After a hand-back the desk sees for this long what comes before it is heard.
PREVIEW: Final = 0.8
# An "ok" that begins so shortly before the end of what it is about is an answer to it.
AT_THE_END: Final = 0.4


class Dialogue:
    """The voice on one stream.

    `name` makes its lines' keys unique among the streams of the call; `lines` is what
    was said before. Call `begin` first and `take` with everything after.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        name: str,
        mode: Mode,
        guard: Guard,
        lines: Iterable[Line] = (),
    ) -> None:
        numbers = count(1)
        self._key: Callable[[], str] = lambda: f"{name}-a{next(numbers)}"
        self._profile = profile
        self._guard = guard
        self.lines = list(lines)
        self._ours = OwnWords(profile)
        for line in self.lines:
            if line.speaker == "caller":
                self._ours.hear(line.text)
        self._mode: Mode = mode
        self._now = 0.0
        # The line that is written, waits or is spoken; and one said while it waits.
        self._line: Reply | None = None
        self._aside: Reply | None = None
        self._quiet = True
        # Since when the caller's voice is audible, if it is.
        self._voice_since: float | None = None
        self._keypad = Keypad()
        self._unanswered = False
        self._guidance: tuple[Guidance, ...] = ()
        self._situation = Situation()
        self._speech_end: float | None = None
        self._words_at: float | None = None
        self._errands = Errands()
        self._patience = Patience(profile.silence_seconds)
        # What was to be said when a sound interrupted it that was no words.
        self._rest = ""
        self._over = False
        self._handlers: dict[type[Happening], Callable[[Any], list[Decision]]] = {
            CallerStarted: self._caller_started,
            CallerStopped: self._caller_stopped,
            CallerInsists: self._caller_insists,
            CallerWords: self._caller_words,
            CallerSaid: self._caller_said,
            Passed: self._passed,
            Pressed: self._pressed,
            ModelText: self._model_text,
            ModelTool: self._model_tool,
            ModelDone: self._model_done,
            ModelFailed: self._model_failed,
            ToolDone: self._tool_done,
            SoundSent: self._sound_sent,
            SoundFailed: self._sound_failed,
            Marked: self._marked,
            Released: self._released,
            Dropped: self._dropped,
            Guided: self._guided,
            ModeChanged: self._mode_changed,
            Ended: self._ended,
        }

    def begin(
        self,
        at: float,
        why: Beginning,
        *,
        rest: str = "",
        guidance: Iterable[Guidance] = (),
    ) -> list[Decision]:
        """The stream begins. `rest`: what was to be said when the last stream broke."""
        self._now = at
        self._patience.stir(at)
        self._guidance = tuple(guidance)
        last = self.lines[-1].speaker if self.lines else ""
        if why == "handed_back":
            self._situation = Situation(back=True)
            self._unanswered = True
        elif last == "caller":
            self._unanswered = True
        elif rest:
            return self._say("resume", rest)
        elif not last and self._profile.greeting:
            return self._say("greeting", self._profile.greeting)
        elif why == "call":
            self._unanswered = True
        return self._go_on()

    def take(self, happening: Happening) -> list[Decision]:
        """What follows from one event."""
        if self._over:
            return []
        self._now = max(self._now, happening.at)
        decisions = self._handlers[type(happening)](happening)
        return [*decisions, *self._go_on()]

    def _go_on(self) -> list[Decision]:
        """What is to be done whenever something has changed."""
        if self._over:
            return []
        return [*self._answer(), *self._speak(), *self._complete()]

    @property
    def is_speaking(self) -> bool:
        """Whether the caller may be hearing us just now."""
        return self._spoken() is not None

    def _spoken(self) -> Reply | None:
        """The line that is being spoken."""
        for reply in (self._aside, self._line):
            if reply is not None and reply.state == "speaking":
                return reply
        return None

    def _find(self, key: str) -> Reply | None:
        for reply in (self._line, self._aside):
            if reply is not None and reply.key == key:
                return reply
        return None

    # The caller's voice.

    def _caller_started(self, event: CallerStarted) -> list[Decision]:
        self._voice_since = event.at
        return []

    def _caller_stopped(self, event: CallerStopped) -> list[Decision]:
        self._voice_since = None
        self._speech_end = event.at
        self._patience.stir(event.at)
        return []

    def _caller_words(self, event: CallerWords) -> list[Decision]:
        """More than a sign of attention interrupts before it has lasted for long."""
        since = self._voice_since
        if since is None or event.at - since < AUDIBLE or is_attention(event.text):
            return []
        return self._interrupt()

    def _caller_insists(self, _event: CallerInsists) -> list[Decision]:
        return self._interrupt()

    def _caller_said(self, event: CallerSaid) -> list[Decision]:
        self.lines.append(Line("caller", event.text))
        self._ours.hear(event.text)
        self._rest = ""
        self._patience.answered()
        self._patience.stir(event.at)
        if self._listens_on(event):
            return []
        self._unanswered = True
        self._words_at = event.at
        return []

    def _listens_on(self, event: CallerSaid) -> bool:
        """Whether the caller only showed attention while we spoke."""
        spoken = self._spoken()
        if spoken is None or not is_attention(event.text):
            return False
        end = spoken.playback.ends_at()
        return end is None or not spoken.finished or event.start < end - AT_THE_END

    def _passed(self, event: Passed) -> list[Decision]:
        self._quiet = event.quiet
        return [
            *self._take_keys(event.at),
            *self._follow_playback(),
            *self._lose_patience(),
            *self._break_silence(),
        ]

    def _interrupt(self) -> list[Decision]:
        """The caller wants to speak: we are silent at once."""
        reply = self._spoken()
        if reply is None:
            return []
        rest = reply.text_from(reply.playback.first_unheard(self._now))
        heard = self._heard(reply)
        decisions = self._cut(reply, "interrupted")
        self._situation = replace(self._situation, cut_after=heard)
        # If it was no words after all, this is said then.
        self._rest = rest
        return decisions

    # Keys.

    def _pressed(self, event: Pressed) -> list[Decision]:
        self._keypad.press(event.digit, event.at)
        spoken = self._spoken()
        return [] if spoken is None else self._cut(spoken, "interrupted")

    def _take_keys(self, now: float) -> list[Decision]:
        digits = self._keypad.take(now)
        if not digits:
            return []
        self.lines.append(Line("caller", f"[pressed the keys {digits}]"))
        self._rest = ""
        self._patience.answered()
        self._unanswered = True
        self._speech_end = self._words_at = None
        return [StoreKeys(digits, now)]

    # The model.

    def _answer(self) -> list[Decision]:
        """Have a line written if the caller is owed one."""
        if not self._quiet or self.is_speaking or self._errands.is_busy:
            return []
        if self._unanswered:
            stale = self._drop_draft("caller_spoke")
            self._unanswered = False
            return [*stale, *self._ask()]
        if self._rest and self._line is None:
            return self._say("resume", self._rest)
        return []

    def _ask(self) -> list[Decision]:
        reply = self._new("resume" if self._situation.back else "reply")
        # What tools have answered is not asked of them again.
        reply.answers += self._errands.known
        self._guard.begin(self._ours.language, again=bool(self._situation.wrong))
        reply.stamp(speech_end=self._speech_end, final_at=self._words_at)
        self._speech_end = self._words_at = None
        self._line = reply
        return [self._asked(reply), reply.shown()]

    def _asked(self, reply: Reply) -> Ask:
        return Ask(
            reply.key,
            tuple(self.lines),
            self._guidance,
            self._situation,
            tuple(reply.answers),
        )

    def _ask_on(self, reply: Reply) -> list[Decision]:
        """The model goes on with a line after it has used tools."""
        reply.asked_at = self._now
        reply.tool, reply.streamed = None, False
        return [self._asked(reply)]

    def _new(self, kind: Kind) -> Reply:
        return Reply(key=self._key(), kind=kind, asked_at=self._now)

    def _say(self, kind: Kind, text: str) -> list[Decision]:
        """Say a sentence that is there already."""
        reply = self._new(kind)
        reply.held = speakable(text)
        reply.finished = reply.released = True
        self._rest = ""
        if self._line is None:
            self._line = reply
        else:
            self._aside = reply
        return [reply.shown(), *self._speak()]

    def _drop_draft(self, code: str) -> list[Decision]:
        """What was to be said and has not been heard does not fit any more."""
        reply = self._line
        if reply is None or reply.sounds:
            return []
        self._line = None
        return self._drop(reply, code)

    def _drop(self, reply: Reply, code: str) -> list[Decision]:
        reply.state, reply.code = "dropped", code
        self._errands.known = list(reply.answers)
        return [*reply.stop(), reply.shown()]

    def _model_text(self, event: ModelText) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None or reply.finished:
            return []
        reply.stamp(first_token_at=event.at)
        first = not reply.draft
        decisions = self._keep(reply, reply.write(event.delta))
        if self._line is not reply:
            return decisions
        if first and reply.kind == "resume" and self._mode == "auto":
            reply.until = self._now + (self._profile.veto_seconds or PREVIEW)
        return [ShowWords(reply.key, reply.draft), *decisions]

    def _keep(self, reply: Reply, clauses: Iterable[str]) -> list[Decision]:
        """Hold clauses ready, if they may be spoken at all."""
        for clause in clauses:
            verdict = self._guard.check(clause)
            if isinstance(verdict, Block):
                return self._block(reply, verdict)
            if verdict.text:
                reply.held.append(verdict.text)
        return []

    def _block(self, reply: Reply, verdict: Block) -> list[Decision]:
        stop = StopAsking(reply.key)
        reply.code = verdict.reason
        if verdict.again:
            self._leave(reply)
            self._situation = replace(self._situation, wrong=verdict.reason)
            dropped = self._drop(reply, verdict.reason)
            return [*dropped, *self._ask()]
        if verdict.instead:
            reply.held.append(verdict.instead)
        return [stop, *self._written(reply)]

    def _model_tool(self, event: ModelTool) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None or reply.finished or reply.tool is not None:
            return []
        reply.stamp(first_token_at=self._now)
        if len(reply.answers) >= MOST_CALLS:
            return []
        reply.tool = UseTool(reply.key, event.call_id, event.name, event.arguments)
        if event.name in LAST_TOOLS:
            return []
        return [self._errands.begin(reply.tool)]

    def _model_done(self, event: ModelDone) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None or reply.finished:
            return []
        decisions = self._keep(reply, reply.clauses.finish())
        if self._find(event.key) is None or reply.finished:
            return decisions
        return [*decisions, *self._streamed(reply)]

    def _streamed(self, reply: Reply) -> list[Decision]:
        """The model has ended; after a tool it is asked again once that has answered."""
        reply.streamed = True
        tool = reply.tool
        if tool is None or tool.name in LAST_TOOLS:
            return self._written(reply)
        return [] if self._errands.is_using(tool) else self._ask_on(reply)

    def _written(self, reply: Reply) -> list[Decision]:
        """Nothing more will come of the model for this line."""
        reply.finished = True
        if not reply.text:
            if reply.tool is None:
                return self._fail(reply, "empty")
            reply.held.append(self._ours.before(reply.tool.name))
        if self._is_approved(reply):
            return [reply.shown()] if reply.sounds else []
        reply.state = "waiting"
        if self._mode == "approve" and self._profile.veto_seconds is not None:
            reply.until = self._now + self._profile.veto_seconds
        return [reply.shown()]

    def _model_failed(self, event: ModelFailed) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None or reply.finished:
            return []
        if reply.tool is not None and reply.tool.name not in LAST_TOOLS:
            # It is asked again anyway.
            return self._streamed(reply)
        if reply.text:
            # What there is of it is said; that the rest is missing is shown.
            reply.code = event.code
            return self._written(reply)
        return self._fail(reply, event.code)

    def _fail(self, reply: Reply, code: str) -> list[Decision]:
        """Nothing came of a line: say so, bridge the time, try again, or call for people."""
        reply.finished = True
        reply.state, reply.code = "failed", code
        self._errands.known = list(reply.answers)
        self._leave(reply)
        decisions: list[Decision] = [reply.shown(), *self._lose(code)]
        if self._patience.has_ended:
            return [*decisions, *self._give_up(code)]
        self._unanswered = True
        if not self.is_speaking:
            decisions += self._say("holding", self._ours.holding_line)
        return decisions

    def _lose(self, code: str) -> list[Decision]:
        """One more failure in a row; the desk hears of the first."""
        return [VoiceLost(code)] if self._patience.fail() else []

    def _give_up(self, code: str) -> list[Decision]:
        """The voice cannot go on; nothing that was to be said is said."""
        stopped = self._stop("failed")
        self._over = True
        return [*stopped, FetchHuman(code)]

    def _tool_done(self, event: ToolDone) -> list[Decision]:
        using = self._errands.returned(event)
        if using is not None:
            return self._go_on_after(using, event)
        known = self._errands.came_back(event)
        if known is None or self._line is not None:
            return []
        # The model must find another way.
        self._errands.known = known
        return self._ask()

    def _go_on_after(self, tool: UseTool, event: ToolDone) -> list[Decision]:
        """The model is told what came of it; if its line is gone, with the next one."""
        reply, answer = self._find(event.key), answered(tool, event)
        if reply is None:
            self._errands.known.append(answer)
            return []
        reply.answers.append(answer)
        # What it is still writing belongs to this line, and so does its end.
        return self._ask_on(reply) if reply.streamed else []

    # Sound.

    def _speak(self) -> list[Decision]:
        """Let what is ready be spoken, if nobody is in the way."""
        for reply in (self._aside, self._line):
            if reply is None or not reply.held:
                continue
            other = self._spoken()
            if other is not None and other is not reply:
                return []
            if reply.state != "speaking":
                if not self._quiet or not self._is_approved(reply):
                    continue
                reply.state = "speaking"
            return [*reply.speak(), reply.shown(heard=self._heard(reply))]
        return []

    def _is_approved(self, reply: Reply) -> bool:
        if reply.released:
            return True
        due = reply.until is not None and self._now >= reply.until
        if self._mode == "auto":
            return reply.until is None or due
        return due and reply.finished

    def _heard(self, reply: Reply) -> str:
        return reply.playback.heard(self._now)[0] if reply.sounds else ""

    def _sound_sent(self, event: SoundSent) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None:
            return []
        reply.playback.sent(event.clause, event.seconds, event.at, last=event.last)
        reply.stamp(first_audio_at=event.at)
        return []

    def _sound_failed(self, event: SoundFailed) -> list[Decision]:
        """A clause is not to be had: what is missing is said again, or people are asked."""
        reply = self._find(event.key)
        if reply is None:
            return []
        rest = reply.text_from(event.clause)
        reply.playback.failed(event.clause)
        decisions = [
            *self._cut(reply, event.code, state="failed"),
            *self._lose(event.code),
        ]
        if reply.kind == "closing":
            self._over = True
            return [*decisions, HangUp()]
        if self._patience.has_ended:
            return [*decisions, *self._give_up(event.code)]
        if reply.finished:
            self._rest = rest
        else:
            # What was still being written is written anew.
            self._unanswered = True
        return decisions

    def _marked(self, event: Marked) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None:
            return []
        reply.playback.marked(event.clause, event.at)
        reply.stamp(first_mark_at=event.at)
        well: list[Decision] = []
        # A holding line is heard while the model is still away.
        if self._patience.is_failing and reply.kind != "holding":
            self._patience.recover()
            well.append(VoiceBack())
        return [*well, reply.shown(heard=self._heard(reply))]

    def _follow_playback(self) -> list[Decision]:
        reply = self._spoken()
        began = None if reply is None else reply.playback.began_at
        if reply is None or began is None:
            return []
        return [ShowSpoken(reply.key, began, self._heard(reply))]

    def _complete(self) -> list[Decision]:
        """A line that was heard to its end is over, and what was to follow it follows."""
        reply = self._spoken()
        if reply is None or not reply.finished or reply.held:
            return []
        if not reply.playback.is_over(self._now):
            return []
        self._leave(reply)
        reply.state = "said"
        decisions: list[Decision] = [
            *self._remember(reply, reply.playback.text, self._now),
            reply.shown(heard=reply.playback.text),
        ]
        if reply.kind == "closing":
            self._over = True
            return [*decisions, HangUp()]
        if reply.tool is not None:
            decisions.append(self._errands.depart(reply, reply.tool))
        # Somebody may have been waiting for us to finish.
        return [*decisions, *self._go_on()]

    def _leave(self, reply: Reply) -> None:
        """It is not on its way any more."""
        if self._line is reply:
            self._line = None
        else:
            self._aside = None
        self._patience.stir(self._now)

    def _cut(self, reply: Reply, code: str, *, state: State = "cut") -> list[Decision]:
        """It stops in the middle; what was heard of it is what was said."""
        self._leave(reply)
        self._errands.known = list(reply.answers)
        heard, until = reply.playback.heard(self._now)
        reply.state, reply.code = state, code
        remembered = self._remember(reply, heard, until)
        return [Silence(), *reply.stop(), *remembered, reply.shown(heard=heard)]

    def _remember(self, reply: Reply, heard: str, until: float) -> list[Decision]:
        began = reply.playback.began_at
        if not heard or began is None:
            return []
        self.lines.append(Line("assistant", heard))
        self._errands.known = []
        if reply.kind in ("reply", "resume"):
            self._situation = Situation()
        return [StoreSaid(reply.key, began, until, heard)]

    # Time.

    def _lose_patience(self) -> list[Decision]:
        """The model is too slow, or nobody releases a line."""
        reply = self._line
        if reply is None or self._aside is not None:
            return []
        match self._patience.lost_with(reply, self._now):
            case "timeout":
                return [StopAsking(reply.key), *self._fail(reply, "timeout")]
            case "people":
                return self._give_up("approval")
            case "cover":
                return self._say("holding", self._ours.holding_line)
        return []

    def _break_silence(self) -> list[Decision]:
        """Nobody speaks: ask once, ask again, close politely."""
        busy = self._line or self._aside or self._unanswered or self._rest
        if busy or not self._quiet:
            return []
        if not self._patience.is_silent(self._now):
            return []
        question = self._patience.next_of(self._ours.nudges)
        if question:
            return self._say("nudge", question)
        return self._say("closing", self._ours.goodbye)

    # Humans.

    def _released(self, event: Released) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None or reply.state not in ("writing", "waiting"):
            return []
        stop: list[StopAsking] = []
        if event.text is not None:
            stop = reply.stop()
            reply.held = speakable(event.text)
            reply.finished = True
        reply.released = True
        return [*stop, reply.shown()]

    def _dropped(self, event: Dropped) -> list[Decision]:
        reply = self._find(event.key)
        if reply is None:
            return []
        if reply.sounds:
            return self._cut(reply, "dropped")
        self._leave(reply)
        return self._drop(reply, "dropped")

    def _guided(self, event: Guided) -> list[Decision]:
        self._guidance = (*self._guidance, event.guidance)
        reply = self._line
        if reply is None or reply.sounds or reply.kind in FIXED:
            return []
        self._unanswered = True
        return self._drop_draft("guidance")

    def _mode_changed(self, event: ModeChanged) -> list[Decision]:
        self._mode = event.mode
        if event.mode != "human":
            return []
        decisions = self._stop("taken_over")
        self._over = True
        return decisions

    def _ended(self, _event: Ended) -> list[Decision]:
        decisions = self._stop("stream_ended")
        self._over = True
        return decisions

    def _stop(self, code: str) -> list[Decision]:
        decisions: list[Decision] = []
        for reply in (self._aside, self._line):
            if reply is not None and reply.sounds:
                decisions += self._cut(reply, code)
            elif reply is not None:
                self._leave(reply)
                decisions += self._drop(reply, code)
        return decisions
