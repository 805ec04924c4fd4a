"""Answering machine detection: when Twilio has made up its mind, and how it says so."""

import asyncio
from dataclasses import dataclass

from simulators.twilio.exchange import Exchange
from simulators.twilio.forms import Form
from simulators.twilio.legs import Leg
from simulators.twilio.webhooks import Callback

# Seconds of listening until a person, or a machine, is known by its greeting.
PERSON = 1.2
MACHINE = 2.0
WAYS = ("Enable", "DetectMessageEnd")


@dataclass(frozen=True, slots=True)
class Detection:
    """How it was asked for. With a callback the call goes on meanwhile."""

    until_end: bool
    callback: Callback | None

    async def run(self, exchange: Exchange, leg: Leg) -> None:
        """Listen, decide and tell; nothing if the call is over before."""
        seconds, verdict = self._verdict(leg)
        try:
            async with asyncio.timeout(seconds):
                await leg.over.wait()
        except TimeoutError:
            leg.answered_by = verdict
        else:
            return
        if self.callback is not None:
            params = {
                "CallSid": leg.sid,
                "AccountSid": exchange.account_sid,
                "AnsweredBy": verdict,
                "MachineDetectionDuration": str(round(seconds * 1000)),
            }
            exchange.report(f"detection of {leg.sid}", self.callback, params)

    def _verdict(self, leg: Leg) -> tuple[float, str]:
        if leg.greeting_seconds is None:
            return PERSON, "human"
        if self.until_end:
            return leg.greeting_seconds, "machine_end_beep"
        return MACHINE, "machine_start"


def of_call(form: Form) -> Detection | None:
    """As a new call asks for it; keys to be pressed exclude it."""
    way = form.choice("MachineDetection", WAYS)
    is_async = form.choice("AsyncAmd", ("true", "false")) == "true"
    link = form.url("AsyncAmdStatusCallback", 21609)
    method = form.method("AsyncAmdStatusCallbackMethod")
    _check_numbers(form)
    if not way or form.text("SendDigits"):
        return None
    # In the background and with nobody to be told, it has no effect that could be seen.
    callback = Callback(link, frozenset(), method) if is_async else None
    return Detection(way == "DetectMessageEnd", callback)


def of_participant(form: Form) -> Detection | None:
    """As somebody who is called into a conference has it: always in the background."""
    way = form.choice("MachineDetection", WAYS)
    link = form.url("AmdStatusCallback", 21609)
    method = form.method("AmdStatusCallbackMethod")
    _check_numbers(form)
    if not way or not link:
        return None
    return Detection(way == "DetectMessageEnd", Callback(link, frozenset(), method))


def _check_numbers(form: Form) -> None:
    form.number("MachineDetectionTimeout", 30, 3, 59)
    form.number("MachineDetectionSpeechThreshold", 2400, 1000, 6000)
    form.number("MachineDetectionSpeechEndThreshold", 1200, 500, 5000)
    form.number("MachineDetectionSilenceTimeout", 5000, 2000, 10000)
