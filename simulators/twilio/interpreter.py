"""Runs documents on legs and ends the call when they end; what a verb does is elsewhere."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from simulators.twilio.errors import ApplicationError
from simulators.twilio.exchange import Exchange, Opening
from simulators.twilio.legs import Leg
from simulators.twilio.reports import call_params
from simulators.twilio.twiml import Document, Element, parse
from simulators.twilio.webhooks import Answer

log = logging.getLogger(__name__)

XML_TYPES = frozenset(
    {"text/xml", "application/xml", "text/html", "application/xhtml+xml"}
)
SORRY = "We are sorry, an application error has occurred. Goodbye."
# These come before the line is open; every other verb answers the call first.
BEFORE_ANSWER = frozenset({"Reject", "Pause", "Redirect"})


class Script:
    """One leg's run through its documents. A verb returns the document to go on with."""

    def __init__(self, exchange: Exchange, leg: Leg) -> None:
        self.exchange = exchange
        self.leg = leg

    def params(self) -> dict[str, str]:
        return call_params(self.exchange.account_sid, self.leg)

    async def fetch(
        self, method: str, url: str, more: dict[str, str] | None = None
    ) -> Document:
        """Ask the product for a document; ApplicationError when it has none for us."""
        params = self.params() | (more or {})
        try:
            answer = await self.exchange.postman.ask(method, url, params)
            return read(answer)
        except ApplicationError as error:
            error.url = url
            raise


def read(answer: Answer) -> Document:
    """The document in an answer; ApplicationError when there is none."""
    if answer.status >= 400:
        raise ApplicationError(11200, f"Got HTTP {answer.status} response")
    if answer.content_type not in XML_TYPES:
        raise ApplicationError(12300, "Invalid Content-Type")
    return parse(answer.body, answer.url)


Verb = Callable[[Script, Document, Element], Awaitable[Document | None]]


class Player:
    """The interpreter that the exchange starts on a leg."""

    def __init__(self, exchange: Exchange, verbs: dict[str, Verb]) -> None:
        self._exchange = exchange
        self._verbs = verbs

    async def run(self, leg: Leg, opening: Opening) -> None:
        if leg.is_over:
            return
        script = Script(self._exchange, leg)
        try:
            await self._run(script, lambda: self._open(script, opening))
        except ApplicationError as error:
            self._exchange.warn(error.code, error.message, leg.sid)
            await self._run_fallback(script, error)
        if not leg.is_over:
            leg.end("completed" if leg.is_up else "failed")

    async def _run(
        self, script: Script, first: Callable[[], Awaitable[Document]]
    ) -> None:
        document: Document | None = await first()
        while document is not None:
            document = await self.perform(script, document)

    async def _run_fallback(self, script: Script, error: ApplicationError) -> None:
        """The number's second URL, when it has one; else Twilio's own apology."""
        leg = script.leg
        if leg.fallback is None or leg.is_over:
            await self._apologise(leg)
            return
        url, method = leg.fallback
        more = {"ErrorCode": str(error.code), "ErrorUrl": error.url}
        try:
            await self._run(script, lambda: script.fetch(method, url, more))
        except ApplicationError as again:
            self._exchange.warn(again.code, again.message, leg.sid)
            await self._apologise(leg)

    async def perform(self, script: Script, document: Document) -> Document | None:
        """Walk through the verbs; the document that one of them leads to, if any."""
        for element in document.verbs:
            leg = script.leg
            if leg.is_over:
                return None
            if not leg.is_up and element.tag not in BEFORE_ANSWER:
                answers_later = element.flag("answerOnBridge", default=False)
                if not (element.tag == "Dial" and answers_later):
                    leg.answer()
            onward = await self._verbs[element.tag](script, document, element)
            if onward is not None:
                return onward
        return None

    async def _open(self, script: Script, opening: Opening) -> Document:
        if opening.twiml is not None:
            return parse(opening.twiml, opening.url)
        return await script.fetch(opening.method, opening.url)

    async def _apologise(self, leg: Leg) -> None:
        if not leg.is_up:
            leg.end("failed")
            return
        leg.source = None
        sorry = await self._exchange.sounds.say(SORRY, "en")
        await leg.player.play_through(sorry)


async def wait_or_over(leg: Leg, seconds: float) -> None:
    """Let time pass, but not beyond the leg's end."""
    try:
        async with asyncio.timeout(seconds):
            await leg.over.wait()
    except TimeoutError:
        return
