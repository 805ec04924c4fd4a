"""<Gather> and <Record>: what the caller presses and says into the line; nothing here understands speech."""

import asyncio
from typing import Any

from simulators.twilio import verbs
from simulators.twilio.errors import ApplicationError
from simulators.twilio.interpreter import Script
from simulators.twilio.legs import Leg
from simulators.twilio.mixing import is_quiet
from simulators.twilio.player import silence
from simulators.twilio.recording import Wanted
from simulators.twilio.reports import call_params
from simulators.twilio.twiml import Document, Element
from simulators.twilio.webhooks import Callback

# A second in frames of 20 ms.
SECOND = 50


class Keys:
    """The keys pressed so far, and whether they are all."""

    def __init__(self, leg: Leg, *, finish_on: str, enough: int | None) -> None:
        self.digits = ""
        self.last = ""
        self.finisher = ""
        self.pressed = asyncio.Event()
        self.complete = asyncio.Event()
        self._finish_on = finish_on
        self._enough = enough
        self.forget = leg.on_key(self._press)

    def _press(self, digit: str) -> None:
        self.last = digit
        if digit in self._finish_on:
            self.finisher = digit
            self.complete.set()
        else:
            self.digits += digit
            if self._enough is not None and len(self.digits) >= self._enough:
                self.complete.set()
        self.pressed.set()


async def gather(
    script: Script, document: Document, element: Element
) -> Document | None:
    """Collect keys while nested verbs play; the first key stops the playing."""
    if element.get("input", "dtmf") != "dtmf":
        # Twilio would listen to words as well; to wait in silence instead would be a lie.
        raise ApplicationError(12200, "Only input='dtmf' of <Gather> is played here")
    enough = element.number("numDigits", 0) or None
    keys = Keys(script.leg, finish_on=element.get("finishOnKey", "#"), enough=enough)
    prompts = asyncio.ensure_future(_prompt(script, document, element))
    try:
        await _either(prompts, keys.pressed)
        prompts.cancel()
        await _collect(keys, _timeout(element))
    finally:
        prompts.cancel()
        keys.forget()
    if not keys.digits and not element.flag("actionOnEmptyResult", default=False):
        return None
    link = element.get("action")
    url = document.resolve(link) if link else document.url
    return await script.fetch(
        element.get("method", "POST"),
        url,
        {"Digits": keys.digits, "FinishedOnKey": keys.finisher},
    )


async def _prompt(script: Script, document: Document, element: Element) -> None:
    deeds = {"Say": verbs.say, "Play": verbs.play, "Pause": verbs.pause}
    for child in element.children:
        await deeds[child.tag](script, document, child)


async def _either(work: "asyncio.Task[Any]", event: asyncio.Event) -> None:
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        waiting.cancel()


async def _collect(keys: Keys, patience: float) -> None:
    """Each key starts the waiting anew."""
    while not keys.complete.is_set():
        keys.pressed.clear()
        try:
            async with asyncio.timeout(patience):
                await keys.pressed.wait()
        except TimeoutError:
            return


def _timeout(element: Element) -> float:
    value = element.get("timeout", "5")
    return 5.0 if value == "auto" else float(value)


class Voicemail:
    """Watches the line while a message is recorded: too quiet, too long, a key."""

    def __init__(self, *, quiet: int, longest: int) -> None:
        self.finished = asyncio.Event()
        self.heard_anything = False
        self._quiet_left = self._quiet = quiet * SECOND
        self._left = longest * SECOND

    def tap(self, said: bytes, _: bytes) -> None:
        self._left -= 1
        if is_quiet(said):
            self._quiet_left -= 1
        else:
            self._quiet_left = self._quiet
            self.heard_anything = True
        if self._left <= 0 or (self._quiet and self._quiet_left <= 0):
            self.finished.set()

    def leg_over(self) -> None:
        self.finished.set()


async def record(
    script: Script, document: Document, element: Element
) -> Document | None:
    """Take a message; with nothing said the next verb follows instead of the action."""
    leg, exchange = script.leg, script.exchange
    if element.flag("playBeep", default=True):
        await leg.player.play_through(exchange.sounds.beep() + silence(0.1))
    finish_on = element.get("finishOnKey", "1234567890*#")
    keys = Keys(leg, finish_on=finish_on, enough=None)
    voicemail = Voicemail(
        quiet=element.number("timeout", 5), longest=element.number("maxLength", 3600)
    )
    recording = exchange.start_recording(
        leg,
        Wanted(
            source="RecordVerb",
            channels=1,
            track="inbound",
            trim=element.get("trim", "trim-silence") == "trim-silence",
            callback=verbs.recording_callback(document, element),
        ),
    )
    leg.taps.append(voicemail)
    try:
        finished = asyncio.ensure_future(voicemail.finished.wait())
        await _either(finished, keys.complete)
    finally:
        keys.forget()
        leg.untap(voicemail)
        recording.finish()
        outcome = {
            "RecordingUrl": exchange.recording_url(recording),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.duration),
            "Digits": "hangup" if leg.is_over else keys.last,
        }
        if leg.is_over and voicemail.heard_anything:
            _report_after_hangup(script, document, element, outcome)
    if not voicemail.heard_anything or leg.is_over:
        return None
    link = element.get("action")
    url = document.resolve(link) if link else document.url
    return await script.fetch(element.get("method", "POST"), url, outcome)


def _report_after_hangup(
    script: Script, document: Document, element: Element, outcome: dict[str, str]
) -> None:
    exchange, leg = script.exchange, script.leg
    link = element.get("action")
    url = document.resolve(link) if link else document.url
    callback = Callback(url, frozenset(), element.get("method", "POST"))
    params = call_params(exchange.account_sid, leg) | outcome
    exchange.report(f"action of {leg.sid}", callback, params)
