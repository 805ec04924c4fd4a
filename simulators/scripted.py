"""A scenario played line by line with a colleague, or with a live agent it listens to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from simulators import truth
from simulators.parties import Track
from simulators.performance import Mode, Performance
from simulators.scenarios import (
    SPEAKERS,
    HangUp,
    Hold,
    Line,
    Press,
    Scenario,
    Speaker,
    Step,
)
from simulators.tones import BeepEar
from simulators.truth import TICK

HUSH: Final = 0.8  # silence after which a live agent's turn has ended
BEARABLE: Final = 8.0  # silence of a live agent before the caller goes on
UNHEEDED: Final = 10.0  # before a command that had no effect is given up
LINGER: Final = 20.0  # after the last line, for a live agent to hang up

Waiting = Iterator[None]  # each step of it is one tick


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line with its sound: µ-law at 8 kHz, and where the voice is in it."""

    line: Line
    sound: bytes
    voice: truth.Voicing


class ScriptedPerformance(Performance):
    """Plays a scenario; `lines` are its lines in order, `nudge` the caller's prompt.

    `alone` are the lines that the caller says while nobody talks to her.
    """

    def __init__(
        self,
        scenario: Scenario,
        lines: Sequence[Spoken],
        nudge: Spoken | None = None,
        alone: Sequence[Spoken] = (),
    ) -> None:
        super().__init__(scenario.title, patience=scenario.caller.patience)
        self.scenario = scenario
        self._nudge = nudge
        self._tracks = {speaker: Track() for speaker in SPEAKERS}
        self._timeline = truth.Timeline(0.0)
        self._listened = False  # to the live agent, since the caller's last line
        self._beep_ear = BeepEar()
        self._has_beeped = False
        self._script = self._whole_script(iter(lines))
        self._lonely = self._lonely_script(iter(alone))

    def begin(self) -> None:
        """The script goes on from here."""
        self._timeline.waited(self.now)

    def play_on(self) -> bool:
        """From here on a colleague says the agent's lines."""
        self._colleague(on_line=True)
        if self.mode is not Mode.WAITING:
            self.mode = Mode.SCRIPTED
            self.begin()
        return True

    def play(self) -> None:
        """Do what is due in this tick."""
        next(self._script, None)

    def wait(self) -> None:
        """Do what is due in this tick although nobody is there."""
        next(self._lonely, None)

    def overhear(self, frame: bytes) -> None:
        """Wait for the beep."""
        if self.scenario.alone is not None and self._beep_ear.hear(frame):
            self._has_beeped = True

    def frame(self, speaker: Speaker) -> bytes:
        """The 160 µ-law bytes that this side says in the present tick."""
        return self._tracks[speaker].frame(self.tick)

    def _whole_script(self, lines: Iterator[Spoken]) -> Waiting:
        for step in self.scenario.steps:
            yield from self._perform(step, lines)

    def _lonely_script(self, lines: Iterator[Spoken]) -> Waiting:
        alone = self.scenario.alone
        if alone is None:
            return
        while not self._has_beeped if alone.begin is None else self.now < alone.begin:
            yield
        self._timeline.waited(self.now)
        for step in alone.steps:
            yield from self._perform(step, lines)

    def _perform(self, step: Step, lines: Iterator[Spoken]) -> Waiting:
        if isinstance(step, Line):
            spoken = next(lines)
            if self.mode is Mode.LIVE and step.speaker == "agent":
                yield from self._listen()
                if self.mode is Mode.LIVE:
                    return
            yield from self._say(spoken)
        elif isinstance(step, Hold):
            yield from self._hold(step)
        elif isinstance(step, Press):
            yield from self._until(self._timeline.due(step))
            if self.line is not None:
                self.line.press(step.digits)
            self._timeline.waited(self.now)
        else:
            yield from self._end(step)

    def _say(self, spoken: Spoken) -> Waiting:
        due = truth.first_tick(self._timeline.due(spoken.line), spoken.voice)
        while self.tick < due or (self.on_hold and self.mode is Mode.LIVE):
            yield
        self._tracks[spoken.line.speaker].play(self.tick, spoken.sound)
        utterance = truth.place(spoken.line, spoken.voice, self.tick)
        self.spoken.append(utterance)
        self._timeline.said(utterance)
        self._listened = False

    def _listen(self) -> Waiting:
        """Let a live agent take his turn; nudge him once when he says nothing."""
        if self._listened:
            return
        since, patient_until = self._timeline.end / TICK, self.now + BEARABLE
        nudge = self._nudge
        while self.mode is not Mode.SCRIPTED and not self._agent_is_done(since):
            yield
            if self.on_hold or self._agent_speaks():
                patient_until = self.now + BEARABLE
            elif self.now >= patient_until:
                if nudge is None:
                    break
                yield from self._say(nudge)
                patient_until, nudge = self._timeline.end + BEARABLE, None
        self._timeline.waited(self.now)
        self._listened = True

    def _agent_speaks(self) -> bool:
        last = self.ear.last
        return last is not None and (self.tick - last) * TICK < HUSH

    def _agent_is_done(self, since: float) -> bool:
        last = self.ear.last
        return last is not None and last > since and not self._agent_speaks()

    def _hold(self, step: Hold) -> Waiting:
        if self.mode is Mode.LIVE:
            return
        yield from self._until(self._timeline.due(step))
        self.commands.put_nowait("hold")
        yield from self._until_true(lambda: self.on_hold)
        if self.on_hold:
            yield from self._until(self.now + step.seconds)
            self.commands.put_nowait("resume")
            yield from self._until_true(lambda: not self.on_hold)
        self._timeline.waited(self.now)

    def _end(self, step: HangUp) -> Waiting:
        yield from self._until(self._timeline.due(step))
        if step.by == "agent" and self.mode is Mode.SCRIPTED:
            self.hang_up("agent")
            yield from self._until(self.now + UNHEEDED)
        elif step.by == "agent":
            yield from self._until(self.now + LINGER)
        self.hang_up("caller")

    def _until(self, moment: float) -> Waiting:
        while self.now < moment:
            yield

    def _until_true(self, condition: Callable[[], bool]) -> Waiting:
        tired = self.now + UNHEEDED
        while not condition() and self.now < tired:
            yield
