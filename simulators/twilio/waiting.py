"""What somebody hears who waits for a conference or is on hold: music, or the product's own document over and over."""

import asyncio
from dataclasses import dataclass

from simulators.twilio import sound_files, verbs
from simulators.twilio.conference import Participant
from simulators.twilio.errors import ApplicationError
from simulators.twilio.exchange import Exchange
from simulators.twilio.interpreter import Script, read
from simulators.twilio.legs import Leg
from simulators.twilio.player import Player, silence
from simulators.twilio.twiml import Document, Element

ALLOWED = frozenset({"Say", "Play", "Pause", "Redirect"})
# A document that plays nothing would otherwise be asked for without a pause.
BREATH = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """Where to ask for sound, or for a document."""

    url: str
    method: str


@dataclass(slots=True)
class Guest:
    """A leg with the player that shall be used for it."""

    leg: Leg
    player: Player


async def entertain(
    exchange: Exchange,
    who: Guest | Participant,
    url: str | None,
    method: str,
    more: dict[str, str],
) -> None:
    """Play until cancelled. No URL: the built-in music. An empty one: silence."""
    if url is None:
        await who.player.play_through(exchange.sounds.hold_music(), forever=True)
        return
    if not url:
        return
    script = Script(exchange, who.leg)
    start = link = Link(url, method)
    try:
        while True:
            before = who.player.played
            link = await _round(script, who.player, link, more) or start
            if who.player.played == before:
                await asyncio.sleep(BREATH)
    except ApplicationError as error:
        exchange.warn(error.code, error.message, who.leg.sid)


async def once(
    exchange: Exchange, who: Guest | Participant, url: str, method: str
) -> None:
    """Play an announcement a single time."""
    script = Script(exchange, who.leg)
    link: Link | None = Link(url, method)
    try:
        while link is not None:
            link = await _round(script, who.player, link, {})
    except ApplicationError as error:
        exchange.warn(error.code, error.message, who.leg.sid)


async def _round(
    script: Script, player: Player, link: Link, more: dict[str, str]
) -> Link | None:
    """Play what is there; where it sends us on to, if it does."""
    params = script.params() | more
    answer = await script.exchange.postman.ask(link.method, link.url, params)
    if answer.status < 400 and answer.content_type.startswith("audio/"):
        await player.play_through(await sound_files.decoded(answer))
        return None
    document = read(answer)
    for element in document.verbs:
        if element.tag not in ALLOWED:
            raise ApplicationError(13333, f"<{element.tag}> is not allowed here")
        if element.tag == "Redirect":
            onward = document.resolve(element.text)
            return Link(onward, element.get("method", "POST"))
        await verbs.looped(player, element, await _sound(script, document, element))
    return None


async def _sound(script: Script, document: Document, element: Element) -> bytes:
    match element.tag:
        case "Say":
            return await verbs.spoken(script, element)
        case "Play":
            return await verbs.played(script, document, element)
        case _:
            return silence(element.number("length", 1))
