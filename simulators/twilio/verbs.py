"""The verbs that speak, wait, record beside, stream, redirect and end; dialling and collecting keys are elsewhere."""

from urllib.parse import urlsplit

from simulators.twilio import sound_files
from simulators.twilio.errors import ApplicationError
from simulators.twilio.interpreter import Script, wait_or_over
from simulators.twilio.player import Player, silence
from simulators.twilio.recording import Wanted
from simulators.twilio.signing import is_loopback
from simulators.twilio.stream import Wish
from simulators.twilio.twiml import Document, Element
from simulators.twilio.webhooks import Callback


async def say(script: Script, _: Document, element: Element) -> None:
    await looped(script.leg.player, element, await spoken(script, element))


async def play(script: Script, document: Document, element: Element) -> None:
    sound = await played(script, document, element)
    await looped(script.leg.player, element, sound)


async def pause(script: Script, _: Document, element: Element) -> None:
    seconds = element.number("length", 1)
    if script.leg.is_up:
        await script.leg.player.play_through(silence(seconds))
    else:
        await wait_or_over(script.leg, seconds)


async def start(script: Script, document: Document, element: Element) -> None:
    for noun in element.children:
        if noun.tag == "Stream":
            script.exchange.start_stream(script.leg, _wish(document, noun))
        else:
            _start_recording(script, document, noun)


async def stop(script: Script, _: Document, element: Element) -> None:
    exchange, leg = script.exchange, script.leg
    for noun in element.children:
        name = noun.get("name")
        if noun.tag == "Stream":
            for stream in exchange.streams_of(leg):
                if stream.name == name:
                    stream.stop()
        else:
            for recording in exchange.recordings_of(leg):
                if recording.wanted.name == name:
                    recording.finish()


async def connect(
    script: Script, document: Document, element: Element
) -> Document | None:
    noun = next(element.all("Stream"), None)
    if noun is None:
        raise ApplicationError(12200, "<Connect> without a noun")
    leg = script.leg
    stream = script.exchange.start_stream(leg, _wish(document, noun, two_way=True))
    leg.source = stream
    try:
        await stream.closed.wait()
    finally:
        if leg.source is stream:
            leg.source = None
        stream.stop()
    return await action(script, document, element, {"StreamSid": stream.sid})


async def redirect(script: Script, document: Document, element: Element) -> Document:
    return await script.fetch(
        element.get("method", "POST"), document.resolve(element.text)
    )


async def reject(script: Script, _: Document, element: Element) -> None:
    busy = element.get("reason", "rejected") == "busy"
    script.leg.end("completed" if script.leg.is_up else "busy" if busy else "no-answer")


async def hangup(script: Script, _: Document, __: Element) -> None:
    script.leg.end("completed")


async def spoken(script: Script, element: Element) -> bytes:
    language = element.get("language", "en").partition("-")[0].lower()
    if not element.text:
        return b""
    try:
        return await script.exchange.sounds.say(element.text, language)
    except ValueError as unknown:
        raise ApplicationError(13512, "Say: Invalid language attribute") from unknown


async def played(script: Script, document: Document, element: Element) -> bytes:
    if digits := element.get("digits"):
        return script.exchange.sounds.keys(digits)
    url = document.resolve(element.text)
    return await sound_files.fetch(script.exchange.postman, url)


async def looped(player: Player, element: Element, sound: bytes) -> None:
    """Play as often as `loop` says; 0 means until the call ends."""
    times = element.number("loop", 1)
    if times:
        await player.play_through(sound * times)
    else:
        await player.play_through(sound, forever=True)


async def action(
    script: Script, document: Document, element: Element, more: dict[str, str]
) -> Document | None:
    link = element.get("action")
    if not link or script.leg.is_over:
        return None
    return await script.fetch(
        element.get("method", "POST"), document.resolve(link), more
    )


def recording_callback(document: Document, element: Element) -> Callback | None:
    link = element.get("recordingStatusCallback")
    if not link:
        return None
    return Callback(
        document.resolve(link),
        element.words("recordingStatusCallbackEvent", "completed"),
        element.get("recordingStatusCallbackMethod", "POST"),
    )


def _start_recording(script: Script, document: Document, noun: Element) -> None:
    link = noun.get("recordingStatusCallback")
    callback = recording_callback(document, noun)
    if link and not urlsplit(link).scheme:
        # Other verbs take a relative link here; this noun does not.
        script.exchange.warn(
            21609, "recordingStatusCallback is not an absolute URL", script.leg.sid
        )
        callback = None
    script.exchange.start_recording(
        script.leg,
        Wanted(
            source="StartCallRecordingTwiML",
            channels=1 if noun.get("channels") == "mono" else 2,
            track=noun.get("track", "both"),
            trim=noun.get("trim", "trim-silence") == "trim-silence",
            callback=callback,
            name=noun.get("name"),
        ),
    )


def _wish(document: Document, noun: Element, *, two_way: bool = False) -> Wish:
    url = noun.get("url")
    parts = urlsplit(url)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and is_loopback(url)):
        raise ApplicationError(31940, "Stream - Invalid URL scheme")
    if parts.query:
        raise ApplicationError(31940, "Stream - URL must not have a query string")
    parameters = {p.get("name"): p.get("value") for p in noun.all("Parameter")}
    if any(len(name) + len(value) >= 500 for name, value in parameters.items()):
        raise ApplicationError(12200, "A <Parameter> is longer than 500 characters")
    link = noun.get("statusCallback")
    return Wish(
        url=url,
        name=noun.get("name"),
        track=noun.get("track", "inbound_track"),
        parameters=parameters,
        callback=stream_callback(
            document.resolve(link), noun.get("statusCallbackMethod")
        )
        if link
        else None,
        two_way=two_way,
    )


def stream_callback(url: str, method: str) -> Callback:
    events = frozenset({"stream-started", "stream-stopped", "stream-error"})
    return Callback(url, events, method or "POST")
