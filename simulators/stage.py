"""Where calls are asked for and looked at: rings scenarios and files, keeps the records."""

import asyncio
import logging
from pathlib import Path
from typing import Final, Protocol

from audio import mulaw
from simulators import accounts, scenarios, truth, voices
from simulators.performance import Performance
from simulators.recorded import RecordedPerformance, SoundFile, UnplayableError
from simulators.scenarios import STRANGER, Line, Scenario, ScenarioError
from simulators.scripted import ScriptedPerformance, Spoken
from simulators.twilio import Leg, Party
from simulators.twilio.conference import Conference
from simulators.twilio.dial import Bridge
from simulators.twilio.names import E164
from simulators.twilio.stream import MediaStream
from simulators.twilio.tasks import Tasks

log = logging.getLogger(__name__)

PATIENT: Final = 600.0  # seconds a caller waits for a promised colleague
KEPT: Final = 200  # records of the latest calls
RINGS: Final = 1.0  # seconds until somebody whom we call picks up


class RingError(Exception):
    """A ring that cannot be; the message is for who asked."""


class Exchange(Protocol):
    """What the stage needs of the played telephone network."""

    def dial_in(self, *, from_: str, to: str, party: Party) -> Leg:
        """Somebody calls our number."""


class EngineLine:
    """The caller's leg in the played network, seen from the stage."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    @property
    def sid(self) -> str:
        """The CallSid."""
        return self._leg.sid

    @property
    def connected(self) -> bool:
        """In a conference with somebody, on the line with him, or on a stream that answers."""
        room = self._leg.source
        if isinstance(room, Conference):
            return room.is_started and len(room.people) > 1
        return isinstance(room, MediaStream | Bridge)

    @property
    def on_hold(self) -> bool:
        """The caller hears music because somebody put him on hold."""
        room = self._leg.source
        if not isinstance(room, Conference):
            return False
        me = room.people.get(self._leg.sid)
        return me is not None and me.hold

    def hangup(self) -> None:
        """The caller hangs up."""
        self._leg.hangup()

    def press(self, digits: str) -> None:
        """The caller presses keys."""
        self._leg.press(digits)


class Stage:
    """All calls that the simulators have placed, by CallSid."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        colleagues: bool = False,
        folder: Path = scenarios.FOLDER,
    ) -> None:
        self.performances: dict[str, Performance] = {}
        self._exchange = exchange
        self._has_colleagues = colleagues
        self._folder = folder
        self._tasks = Tasks()

    def get(self, sid: str) -> Performance | None:
        """The performance of that customer leg."""
        return self.performances.get(sid)

    async def ring(
        self,
        *,
        scenario: str | Scenario | None = None,
        audio: Path | None = None,
        from_: str | None = None,
        to: str | None = None,
        taken_after: float | None = None,
    ) -> Performance:
        """Let somebody call: a scenario, by name or as such, or a sound file.

        A colleague takes it after `taken_after` seconds, if given; at once if it is a
        file with both sides of a conversation.

        Raises RingError.
        """
        _check_numbers(from_, to)
        if taken_after is not None and not self._has_colleagues:
            raise RingError(
                "There is no simulated colleague; start one, or leave it out"
            )
        if audio is not None:
            performance, is_dialogue = await self._recorded(audio)
            number, dialled = STRANGER, None
            if is_dialogue and taken_after is None and self._has_colleagues:
                taken_after = 0.0  # somebody must play the agent's side
        else:
            performance = await self._scripted(scenario)
            caller = performance.scenario.caller
            number, dialled = caller.number, caller.to
            if taken_after is not None:
                taken_after = max(taken_after, performance.scenario.taken_after)
        if taken_after is not None:
            performance.taken_after = taken_after
            # A colleague was promised, and may have other calls before this one.
            performance.patience = max(performance.patience, PATIENT)
        try:
            leg = self._exchange.dial_in(
                from_=from_ or number,
                to=to or dialled or accounts.TWILIO_NUMBER,
                party=performance.caller,
            )
        except LookupError as wrong:
            raise RingError(str(wrong)) from wrong
        performance.line = EngineLine(leg)
        self._keep(leg.sid, performance)
        log.info("ring %s", leg.sid)
        return performance

    async def pick_up(self, leg: Leg, scenario: Scenario) -> Party:
        """Somebody of a scenario is called by us, and plays his part as if he had rung."""
        performance = await asyncio.to_thread(rehearse, scenario)
        performance.line = EngineLine(leg)
        if self._has_colleagues and scenario.answered:
            performance.taken_after = 0.0  # unless an agent has called
        await asyncio.sleep(RINGS)
        self._keep(leg.sid, performance)
        log.info("picked up %s", leg.sid)
        return performance.caller

    async def close(self) -> None:
        """Stop reading sound files."""
        await self._tasks.close()

    async def _recorded(self, path: Path) -> tuple[Performance, bool]:
        try:
            sound = await asyncio.to_thread(SoundFile, path)
            await sound.more()
        except UnplayableError as error:
            raise RingError(str(error)) from error
        performance = RecordedPerformance(sound)
        self._tasks.start(_feed(sound, performance.over), f"reading {path.name}")
        return performance, sound.channels == 2

    async def _scripted(self, wanted: str | Scenario | None) -> ScriptedPerformance:
        if isinstance(wanted, Scenario):
            return await asyncio.to_thread(rehearse, wanted)
        try:
            scenario = scenarios.load(wanted or "", self._folder)
        except ScenarioError as error:
            raise RingError(str(error)) from error
        return await asyncio.to_thread(rehearse, scenario)

    def _keep(self, sid: str, performance: Performance) -> None:
        self.performances[sid] = performance
        finished = [sid for sid, p in self.performances.items() if p.over.is_set()]
        for old in finished[: max(0, len(self.performances) - KEPT)]:
            del self.performances[old]


def _check_numbers(*numbers: str | None) -> None:
    for number in numbers:
        if number is not None and not E164.match(number):
            raise RingError(f"{number!r} is not a telephone number like +15550101000")


async def _feed(sound: SoundFile, until: asyncio.Event) -> None:
    try:
        await sound.feed(until)
    except UnplayableError as error:
        log.warning("the call goes on without the rest: %s", error)


def rehearse(scenario: Scenario) -> ScriptedPerformance:
    """Render all that will be said; slow the first time, so keep it off the loop."""
    nudge = scenario.nudge and Line(
        speaker="caller",
        text=scenario.nudge,
        pause=0.0,
        interrupt=None,
        overlap=None,
        announces=False,
        language=scenario.language,
    )
    return ScriptedPerformance(
        scenario,
        [spoken(scenario, line) for line in scenario.lines],
        spoken(scenario, nudge) if nudge else None,
        [spoken(scenario, line) for line in scenario.alone.lines]
        if scenario.alone
        else (),
    )


def spoken(scenario: Scenario, line: Line) -> Spoken:
    """One line in its speaker's voice."""
    voice = scenario.agent_voice
    if line.speaker == "caller":
        voice = scenario.caller.voice
    speech = voices.render(line.text, voice=voice, language=line.language)
    return Spoken(line, speech.mulaw, truth.voicing(mulaw.decode(speech.mulaw)))


def planned(scenario: Scenario) -> truth.Plan:
    """The scenario on paper: zero is the moment both sides are connected."""
    return truth.plan(
        scenario, [spoken(scenario, line).voice for line in scenario.lines]
    )
