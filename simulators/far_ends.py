"""Who is at the numbers that the call centre may call: the busy, the absent, a machine, a menu."""

import asyncio
from dataclasses import dataclass
from typing import Final

from simulators import voices
from simulators.parties import SILENT, ScriptedParty, Track
from simulators.tones import KeyEar
from simulators.twilio import Engine, Leg, Party
from simulators.twilio.directory import Machine

RINGS: Final = 1.0  # seconds until a machine picks up
BUSY: Final = "+15550102001"
NOBODY: Final = "+15550102002"
FAILS: Final = "+15550102003"
MACHINE: Final = "+15550102004"
MENU: Final = "+15550102006"
NUMBERS: Final = {
    BUSY: "Busy",
    NOBODY: "Nobody answers",
    FAILS: "Cannot be connected",
    MACHINE: "An answering machine",
    MENU: "A menu that understands keys",
}

_SECOND: Final = 50  # frames
_FOREVER: Final = 3600.0
_GREETING: Final = (
    "Hi, this is Lena. I cannot come to the phone right now."
    " Please leave me a message after the tone."
)
_TAKES: Final = 60  # seconds of message
_MENU: Final = (
    "Thank you for calling Quick Parcels. Press 1 to track a parcel."
    " Press 2 for our opening hours. Press 0 to hear this again."
)
_ANSWERS: Final = {
    "1": "You pressed one. Your parcel is on its way, and it will arrive on Friday.",
    "2": "You pressed two. We are open every day from eight to six.",
}
_WRONG: Final = "Sorry, that is not a choice."
_AGAIN: Final = 8 * _SECOND  # of nothing pressed
_ROUNDS: Final = 6
_VOICE: Final = "sage"


@dataclass(slots=True)
class _Sounds:
    """What the machines say, rendered once."""

    greeting: bytes
    menu: bytes
    answers: dict[str, bytes]
    wrong: bytes


class _AnsweringMachine:
    """Greets, beeps, listens for a minute, and hangs up."""

    def __init__(self, leg: Leg, greeting: bytes) -> None:
        self._leg = leg
        self._track = Track()
        self._tick = -1
        self._until = len(greeting) // len(SILENT) + _TAKES * _SECOND
        self._track.play(0, greeting)
        self.party = ScriptedParty(
            says=self._says,
            hears=lambda _frame: None,
            on_answer=lambda: None,
            on_end=lambda _status: None,
        )

    def _says(self) -> bytes:
        self._tick += 1
        if self._tick == self._until:
            self._leg.hangup()
        return self._track.frame(self._tick)


class _Menu:
    """Says what may be pressed, and does what is pressed."""

    def __init__(self, leg: Leg, sounds: _Sounds) -> None:
        self._leg = leg
        self._sounds = sounds
        self._ear = KeyEar()
        self._track = Track()
        self._tick = -1
        self._rounds = 0
        self._quiet_from = 0
        self.party = ScriptedParty(
            says=self._says,
            hears=self._hears,
            on_answer=lambda: self._say(sounds.menu, after=_SECOND // 2),
            on_end=lambda _status: None,
        )

    def _says(self) -> bytes:
        self._tick += 1
        if self._tick == self._quiet_from + _AGAIN:
            self._rounds += 1
            self._say(self._sounds.menu)
            if self._rounds == _ROUNDS:
                self._leg.hangup()
        return self._track.frame(self._tick)

    def _hears(self, frame: bytes) -> None:
        if key := self._ear.hear(frame):
            self._rounds = 0
            answers = self._sounds.answers
            self._say(answers.get(key, self._sounds.wrong), after=_SECOND // 5)

    def _say(self, sound: bytes, after: int = 0) -> None:
        at = max(self._tick, 0) + after
        self._track.play(at, sound)
        self._quiet_from = at + len(sound) // len(SILENT)


def install(engine: Engine) -> None:
    """Let them be called."""

    async def machine(leg: Leg) -> Machine:
        greeting = (await asyncio.to_thread(_rendered)).greeting
        await asyncio.sleep(RINGS)
        party = _AnsweringMachine(leg, greeting).party
        return Machine(party, len(greeting) / len(SILENT) / _SECOND)

    async def menu(leg: Leg) -> Party:
        sounds = await asyncio.to_thread(_rendered)
        await asyncio.sleep(RINGS)
        return _Menu(leg, sounds).party

    async def nobody(_: Leg) -> None:
        await asyncio.sleep(_FOREVER)

    engine.register_number(BUSY, lambda _: "busy")
    engine.register_number(FAILS, lambda _: "failed")
    engine.register_number(NOBODY, nobody)
    engine.register_number(MACHINE, machine)
    engine.register_number(MENU, menu)


def _rendered() -> _Sounds:
    def said(text: str) -> bytes:
        return voices.render(text, voice=_VOICE).mulaw

    menu = said(_MENU)
    return _Sounds(
        greeting=said(_GREETING) + SILENT * (_SECOND // 2) + voices.beep(),
        menu=menu,
        answers={key: said(text) for key, text in _ANSWERS.items()} | {"0": menu},
        wrong=said(_WRONG),
    )
