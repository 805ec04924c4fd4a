"""A call on which the voice speaks, in virtual time: the caller, the model and the telephone, played.

Nothing waits: `run` lets seconds pass, and whatever is due in them happens at its moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from copilot.vocabulary import Line
from copilot.voice.dialogue import Dialogue
from copilot.voice.guard import Guard
from copilot.voice.prompts import Persona
from copilot.voice.vocabulary import (
    Ask,
    Beginning,
    CallerInsists,
    CallerSaid,
    CallerStarted,
    CallerStopped,
    CallerWords,
    Decision,
    Happening,
    Marked,
    Mode,
    ModelDone,
    ModelFailed,
    ModelText,
    ModelTool,
    Passed,
    Profile,
    ShowLine,
    Silence,
    SoundFailed,
    SoundSent,
    Speak,
    StopAsking,
    StoreSaid,
    ToolDone,
    UseTool,
)

BEAT = 0.1
TURN_OVER = 0.6
INSISTING = 0.7
WRITTEN_AFTER = 0.1
SECONDS_PER_CHARACTER = 0.06
PROFILE = Profile(
    name="Robin",
    language="en-US",
    greeting="Hello, this is Robin.",
    holding_line="One moment, please.",
    goodbye="Goodbye for now.",
    silence_seconds=8.0,
    veto_seconds=None,
)


@dataclass(frozen=True)
class Heard:
    """A stretch in which the caller heard a clause, or a part of it."""

    start: float
    end: float
    text: str
    whole: bool


@dataclass
class Model:
    """Answers with what it is told to, word by word."""

    answers: list[Any] = field(default_factory=list)
    first_after: float = 0.3
    per_word: float = 0.02
    # After the last it has to say or to use.
    ends_after: float = 0.0
    breaks_off: bool = False  # instead of ending, where it uses tools
    asked: list[Ask] = field(default_factory=list)

    def events(self, ask: Ask) -> Iterable[tuple[float, Callable[[float], Happening]]]:
        """What comes of a request, and how long after it."""
        self.asked.append(ask)
        answer = self.answers.pop(0) if self.answers else "I see."
        after = self.first_after
        if isinstance(answer, Failure):
            yield after, lambda at: ModelFailed(ask.key, answer.code, at)
            return
        if isinstance(answer, Never):
            return
        text, tools = (answer, ()) if isinstance(answer, str) else answer
        for word in text.split():
            yield after, lambda at, word=word: ModelText(ask.key, f"{word} ", at)
            after += self.per_word
        for number, (name, arguments) in enumerate(tools):
            yield (
                after,
                lambda at, n=number, name=name, a=arguments: ModelTool(
                    ask.key, f"call-{len(self.asked)}-{n}", name, a, at
                ),
            )
        after += self.ends_after
        if len(tools) and self.breaks_off:
            yield after, lambda at: ModelFailed(ask.key, "connection", at)
            return
        yield after, lambda at: ModelDone(ask.key, at)


@dataclass(frozen=True)
class Failure:
    """The model fails with this code."""

    code: str


@dataclass(frozen=True)
class Never:
    """The model says nothing at all."""


class Stage:
    """Begin with `begin`; `run` lets time pass."""

    def __init__(
        self,
        *answers: Any,
        mode: Mode = "auto",
        lines: Iterable[Line] = (),
        profile: Profile = PROFILE,
        guard: Guard | None = None,
    ) -> None:
        self.now = 0.0
        self.model = Model(list(answers))
        self.dialogue = Dialogue(
            profile, name="MZ", mode=mode, guard=guard or plain_guard(), lines=lines
        )
        self.decisions: list[tuple[float, Decision]] = []
        self.heard: list[Heard] = []
        self.speech_fails: list[str] = []
        self.tools: dict[str, tuple[str, bool]] = {}
        self.marks = True
        self.speech_after = 0.2
        self.tool_after = 0.2
        self.quiet = True
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._stopped: set[str] = set()
        self._silences = 0
        self._talking = 0
        self._played_until = 0.0
        self._pending: list[tuple[str, int]] = []

    def begin(self, why: Beginning = "call", **more: Any) -> "Stage":
        """The stream begins, and beats from now on."""
        self._take(self.dialogue.begin(self.now, why, **more))
        self._in(BEAT, self._beat)
        return self

    def run(self, seconds: float) -> "Stage":
        """Let time pass."""
        end = round(self.now + seconds, 6)
        while self._due and self._due[0][0] <= end:
            self.now, _, act = heappop(self._due)
            act()
        self.now = end
        return self

    def tell(self, happening: Happening) -> "Stage":
        """Something happens now."""
        self._take(self.dialogue.take(happening))
        return self

    def caller(
        self, text: str, seconds: float = 1.0, *, words: str | None = None
    ) -> "Stage":
        """The caller speaks from now on for so long; without text it is a noise.

        `words`: what is understood of it half-way.
        """
        start, end = self.now, self.now + seconds
        self._in(0.06, lambda: self._caller_starts(start))
        if seconds >= INSISTING:
            self._in(INSISTING, lambda: self.tell(CallerInsists(start)))
        if words is not None:
            self._in(seconds / 2, lambda: self.tell(CallerWords(words, self.now)))
        self._in(
            seconds + 0.2,
            lambda: self.tell(CallerStopped(end)),
        )
        self._in(
            seconds + TURN_OVER + WRITTEN_AFTER,
            lambda: self._caller_is_over(text, start, end),
        )
        return self

    # What the tests ask.

    def of(self, kind: type[Any]) -> list[Any]:
        """All decisions of a kind so far."""
        return [
            decision for _, decision in self.decisions if isinstance(decision, kind)
        ]

    @property
    def said(self) -> list[str]:
        """What was written down as said by the assistant."""
        return [stored.text for stored in self.of(StoreSaid)]

    @property
    def last(self) -> ShowLine:
        """The latest state of the latest line."""
        return self.of(ShowLine)[-1]

    @property
    def sounded(self) -> str:
        """All that the caller heard, in words or begun words."""
        return " ".join(one.text for one in self.heard)

    def states(self, number: int = -1) -> list[str]:
        """The states through which a line went, each once."""
        keys = list(dict.fromkeys(line.key for line in self.of(ShowLine)))
        states = [line.state for line in self.of(ShowLine) if line.key == keys[number]]
        return list(dict.fromkeys(states))

    # How it works.

    def _in(self, seconds: float, act: Callable[[], Any]) -> None:
        heappush(self._due, (round(self.now + seconds, 6), next(self._order), act))

    def _beat(self) -> None:
        self.tell(Passed(self.now, self.quiet))
        self._in(BEAT, self._beat)

    def _caller_starts(self, at: float) -> None:
        self._talking += 1
        self.quiet = False
        self.tell(CallerStarted(at))

    def _caller_is_over(self, text: str, start: float, end: float) -> None:
        if text:
            self.tell(CallerSaid(text, start, end, self.now))
        self._talking -= 1
        self.quiet = not self._talking

    def _take(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            self.decisions.append((self.now, decision))
            match decision:
                case Ask():
                    self._write(decision)
                case StopAsking(key):
                    self._stopped.add(key)
                case Speak(key, clause, text):
                    self._say(key, clause, text)
                case Silence():
                    self._silence()
                case UseTool(key, call_id, name):
                    self._use(key, call_id, name)

    def _write(self, ask: Ask) -> None:
        for after, make in self.model.events(ask):
            self._in(after, lambda make=make: self._unless_stopped(ask.key, make))

    def _unless_stopped(self, key: str, make: Callable[[float], Happening]) -> None:
        if key not in self._stopped:
            self.tell(make(self.now))

    def _use(self, key: str, call_id: str, name: str) -> None:
        output, done = self.tools.get(name, ("done", True))
        self._in(
            self.tool_after,
            lambda: self.tell(ToolDone(key, call_id, output, done, self.now)),
        )

    def _say(self, key: str, clause: int, text: str) -> None:
        before = self._silences
        if self.speech_fails:
            code = self.speech_fails.pop(0)
            self._in(
                self.speech_after,
                lambda: self.tell(SoundFailed(key, clause, code, self.now)),
            )
            return
        self._pending.append((key, clause))
        seconds = len(text) * SECONDS_PER_CHARACTER
        self._in(
            self.speech_after,
            lambda: self._sound(before, key, clause, text, seconds),
        )

    def _sound(
        self, before: int, key: str, clause: int, text: str, seconds: float
    ) -> None:
        if self._silences != before:
            return
        start = max(self.now, self._played_until)
        self._played_until = start + seconds
        self.heard.append(Heard(start, start + seconds, text, whole=True))
        self.tell(SoundSent(key, clause, seconds, self.now, last=True))
        if self.marks:
            self._in(
                self._played_until - self.now,
                lambda: self._mark(before, key, clause),
            )

    def _mark(self, before: int, key: str, clause: int) -> None:
        if self._silences == before:
            self._pending.remove((key, clause))
            self.tell(Marked(key, clause, self.now))

    def _silence(self) -> None:
        """What was not played is thrown away, and every mark comes back."""
        self._silences += 1
        self._played_until = self.now
        self.heard = [one for each in self.heard if (one := _until(each, self.now))]
        for key, clause in self._pending:
            if self.marks:
                self._in(
                    0.02,
                    lambda key=key, clause=clause: self.tell(
                        Marked(key, clause, self.now)
                    ),
                )
        self._pending.clear()


def plain_guard() -> Guard:
    """One that has nothing to protect."""
    return Guard(Persona(name="Robin", instructions="", languages=("en-US", "de-DE")))


def _until(heard: Heard, at: float) -> Heard | None:
    if heard.end <= at:
        return heard
    if heard.start >= at:
        return None
    share = (at - heard.start) / (heard.end - heard.start)
    text = heard.text[: round(share * len(heard.text))]
    return Heard(heard.start, at, text, whole=False)
