"""A scenario played line by line with a colleague, or with a live agent it listens to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audio.intervals import Interval
from simulators import truth, voices
from simulators.parties import FRAME, Echo, Track
from simulators.performance import Mode, Performance
from simulators.scenarios import (
    HUSH,
    SPEAKERS,
    HangUp,
    Hold,
    Line,
    Listen,
    Press,
    Scenario,
    Sound,
    Speaker,
    Step,
)
from simulators.tones import BeepEar
from simulators.truth import TICK

BEARABLE: Final = 8.0  # silence of a live agent before the caller goes on
UNHEEDED: Final = 10.0  # before a command that had no effect is given up
LINGER: Final = 20.0  # after the last line, for a live agent to hang up
_SOUNDS: Final = {"cough": voices.cough}

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
        wanted = scenario.caller.echo
        super().__init__(
            scenario.title,
            patience=scenario.caller.patience,
            echo=Echo(wanted.gain, wanted.delay) if wanted else None,
        )
        self.scenario = scenario
        self._nudge = nudge
        self._tracks = {speaker: Track() for speaker in SPEAKERS}
        self._timeline = truth.Timeline(0.0)
        self._listened = False  # to the live agent, since the caller's last line
        self._since = 0.0  # when the live agent's turn began: the caller had spoken
        self._patient_until = 0.0
        self._beep_ear = BeepEar()
        self._has_beeped = False
        self._script = self._whole_script(iter(lines))
        self._lonely = self._lonely_script(iter(alone))

    def begin(self) -> None:
        """The script goes on from here, with whoever is there now."""
        self._timeline.waited(self.now)
        self._since = self._timeline.end
        self._patient_until = self._since + BEARABLE

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
        yield from self._perform_all(self.scenario.steps, lines)

    def _lonely_script(self, lines: Iterator[Spoken]) -> Waiting:
        alone = self.scenario.alone
        if alone is None:
            return
        while not self._has_beeped if alone.begin is None else self.now < alone.begin:
            yield
        self._timeline.waited(self.now)
        yield from self._perform_all(alone.steps, lines)

    def _perform_all(self, steps: Sequence[Step], lines: Iterator[Spoken]) -> Waiting:
        for number, step in enumerate(steps):
            cuts_in = _cuts_in(steps[number + 1 :])
            if isinstance(step, Line):
                yield from self._speak(next(lines), cuts_in=cuts_in)
            elif isinstance(step, Listen):
                yield from self._listen(step.silence, cuts_in=cuts_in)
            else:
                yield from self._do(step)

    def _speak(self, spoken: Spoken, *, cuts_in: bool) -> Waiting:
        """A line of the script, or what a live agent says in its place."""
        if self.mode is Mode.LIVE and spoken.line.speaker == "agent":
            yield from self._listen(HUSH, cuts_in=cuts_in)
            if self.mode is Mode.LIVE:
                return
        yield from self._say(spoken)

    def _do(self, step: Sound | Hold | Press | HangUp) -> Waiting:
        if isinstance(step, Sound):
            yield from self._make(step)
        elif isinstance(step, Hold):
            yield from self._hold(step)
        elif isinstance(step, Press):
            yield from self._until(self._timeline.due(step))
            if self.line is not None:
                self.line.press(step.digits)
            self._timeline.waited(self.now)
            self._took_a_turn()
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
        if spoken.line.aside:
            self._listened = False
        else:
            self._took_a_turn()

    def _make(self, step: Sound) -> Waiting:
        yield from self._until(self._timeline.due(step))
        sound = _SOUNDS[step.name]()
        self._tracks["caller"].play(self.tick, sound)
        end = self.now + len(sound) / FRAME * TICK
        self.sounds.append((step.name, Interval(self.now, end)))
        self._timeline.waited(end)
        self._listened = False

    def _took_a_turn(self) -> None:
        self._since = self._timeline.end
        self._listened = False

    def _listen(self, hush: float, *, cuts_in: bool) -> Waiting:
        """Let a live agent take his turn; nudge him once when he says nothing.

        A caller who `cuts_in` only waits for its beginning.
        """
        if self._listened:
            return
        self._patient_until, nudge = self.now + BEARABLE, self._nudge
        while self.mode is not Mode.SCRIPTED and not self._has_heard(
            hush, only_the_beginning=cuts_in
        ):
            yield
            if self.on_hold or self._agent_speaks(hush):
                self._patient_until = self.now + BEARABLE
            elif self.now >= self._patient_until:
                if nudge is None:
                    break
                yield from self._say(nudge)
                self._patient_until, nudge = self._timeline.end + BEARABLE, None
        self._heard_out()

    def _has_heard(self, hush: float, *, only_the_beginning: bool) -> bool:
        if only_the_beginning:
            return self._agent_began() is not None
        return self._agent_is_done(hush)

    def _heard_out(self) -> None:
        self._timeline.waited(self.now)
        began = self._agent_began()
        if self.mode is Mode.LIVE and began is not None:
            self._timeline.began(began)
        self._listened = True

    def _agent_speaks(self, hush: float) -> bool:
        last = self.ear.last
        return last is not None and (self.tick - last) * TICK < hush

    def _agent_began(self) -> float | None:
        """When the live agent began this turn, if he has."""
        starts = (start * TICK for start, _ in self.ear.segments)
        return next((start for start in starts if start >= self._since), None)

    def _agent_is_done(self, hush: float) -> bool:
        last = self.ear.last
        begun = last is not None and last * TICK > self._since
        return begun and not self._agent_speaks(hush)

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


def _cuts_in(steps: Sequence[Step]) -> bool:
    """Whether the caller does something before the other side's turn is over."""
    for step in steps:
        if not isinstance(step, Listen) and not (
            isinstance(step, Line) and step.speaker == "agent"
        ):
            return isinstance(step, truth.Overlapping) and step.overlap is not None
    return False
