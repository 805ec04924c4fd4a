"""<Dial>: numbers, clients and conferences; who hears whom in a conference is told there."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

from simulators.twilio import verbs
from simulators.twilio.conference import Entry, events_of
from simulators.twilio.errors import ApiError, ApplicationError
from simulators.twilio.interpreter import Script
from simulators.twilio.legs import Leg
from simulators.twilio.names import E164, IDENTITY
from simulators.twilio.player import SILENT
from simulators.twilio.recording import Recording, Wanted
from simulators.twilio.twiml import Document, Element
from simulators.twilio.webhooks import Callback

PROGRESS = "completed"


@dataclass(slots=True)
class Bridge:
    """Two legs that hear each other. `released` is set when one was moved away."""

    one: Leg
    two: Leg
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def frame_for(self, leg: Leg) -> bytes:
        other = self.two if leg is self.one else self.one
        return other.said if other.is_up else SILENT

    def open(self) -> None:
        self.one.source = self.two.source = self

    def close(self) -> None:
        for leg in (self.one, self.two):
            if leg.source is self:
                leg.source = None


async def dial(script: Script, document: Document, element: Element) -> Document | None:
    """Connect the call to somebody; go on with `action`, or the next verb."""
    outcome: dict[str, str] = {"DialCallStatus": "failed"}
    try:
        room = next(element.all("Conference"), None)
        if room is not None:
            outcome = {"DialCallStatus": "answered"}
            await _into_conference(script, document, element, room)
        else:
            outcome = await _to_people(script, document, element)
    finally:
        if script.leg.is_over:
            _report_after_hangup(script, document, element, outcome)
    return await verbs.action(script, document, element, outcome)


def _report_after_hangup(
    script: Script, document: Document, element: Element, outcome: dict[str, str]
) -> None:
    """The action is asked even when the caller has gone; its answer is not used."""
    link = element.get("action")
    if link:
        url = document.resolve(link)
        callback = Callback(url, frozenset(), element.get("method", "POST"))
        params = script.params() | {"DialCallStatus": "completed"} | outcome
        script.exchange.report(f"action of {script.leg.sid}", callback, params)


# -- conferences ------------------------------------------------------------------


async def _into_conference(
    script: Script, document: Document, element: Element, noun: Element
) -> None:
    exchange, leg = script.exchange, script.leg
    if not noun.text:
        raise ApplicationError(13223, "A conference needs a name")
    leg.answer()
    room = exchange.conference(noun.text)
    try:
        who = room.join(leg, entry_of(document, noun))
    except ApiError as refused:
        raise ApplicationError(refused.code, refused.message) from refused
    if noun.get("record", "do-not-record") in {"record-from-start", "true"}:
        exchange.record_conference(
            room,
            Wanted(
                source="Conference",
                trim=noun.get("trim", "trim-silence") == "trim-silence",
                callback=verbs.recording_callback(document, noun),
            ),
        )
    stars = _Stars(leg, listen=element.flag("hangupOnStar", default=False))
    try:
        await _first(who.gone.wait(), stars.pressed.wait(), limit=_limit(element))
    finally:
        stars.forget()
        room.leave(leg, _reason(leg, moved=not stars.pressed.is_set()))


def _reason(leg: Leg, *, moved: bool) -> str:
    by_rest = leg.ended_by_rest if leg.is_over else moved
    return "participant_updated_via_api" if by_rest else "participant_hung_up"


def entry_of(document: Document, noun: Element) -> Entry:
    link = noun.get("statusCallback")
    wait = noun.attributes.get("waitUrl")
    return Entry(
        label=noun.get("participantLabel"),
        muted=noun.flag("muted", default=False),
        beep=noun.get("beep", "true"),
        start_on_enter=noun.flag("startConferenceOnEnter", default=True),
        end_on_exit=noun.flag("endConferenceOnExit", default=False),
        wait_url=document.resolve(wait) if wait else wait,
        wait_method=noun.get("waitMethod", "POST"),
        coach=noun.get("coach"),
        coaching=bool(noun.get("coach")),
        max_participants=noun.number("maxParticipants", 250),
        callback=Callback(
            document.resolve(link),
            events_of(noun.words("statusCallbackEvent", "")),
            noun.get("statusCallbackMethod", "POST"),
        )
        if link
        else None,
    )


# -- people -----------------------------------------------------------------------


async def _to_people(
    script: Script, document: Document, element: Element
) -> dict[str, str]:
    leg, exchange = script.leg, script.exchange
    nouns = [n for n in element.children if n.tag in {"Number", "Client"}]
    if element.text:
        nouns = [Element("Number", {}, element.text, ())]
    if not 1 <= len(nouns) <= 10:
        raise ApplicationError(12200, "<Dial> rings one to ten nouns")
    children = {exchange.add(_child(script, document, element, n)): n for n in nouns}
    ringback = None
    if leg.is_up:
        ringback = leg.player.play(exchange.sounds.ringback(), forever=True)
    winner = None
    try:
        winner = await _ring_all(script, list(children), element)
    finally:
        if ringback:
            leg.player.stop(ringback)
        # Also those who picked up a moment too late, or after the caller had gone.
        for child in children:
            if child is not winner:
                child.end("completed" if child.is_up else "canceled")
    if winner is None:
        return _outcome(next(iter(children)))
    await _talk(script, document, element, winner, children[winner])
    return _outcome(winner)


def _outcome(child: Leg) -> dict[str, str]:
    outcome = {"DialCallSid": child.sid, "DialCallStatus": child.status}
    if child.started:
        outcome["DialCallDuration"] = str(child.duration)
        outcome["DialBridged"] = "true"
    else:
        outcome["DialBridged"] = "false"
    return outcome


def _child(script: Script, document: Document, element: Element, noun: Element) -> Leg:
    leg = script.leg
    identity = next(noun.all("Identity"), noun).text
    to = f"client:{identity}" if noun.tag == "Client" else identity
    if noun.tag == "Client" and not IDENTITY.match(to):
        raise ApplicationError(13230, "Dial: Invalid client identity")
    if noun.tag == "Number" and not E164.match(to):
        raise ApplicationError(13224, "Dial: Invalid phone number")
    link = noun.get("statusCallback")
    child = Leg(
        script.exchange,
        direction="outbound-dial",
        from_=element.get("callerId") or leg.from_,
        to=to,
        parent=leg,
        callback=Callback(
            document.resolve(link),
            noun.words("statusCallbackEvent", PROGRESS),
            noun.get("statusCallbackMethod", "POST"),
        )
        if link
        else None,
    )
    child.custom = {p.get("name"): p.get("value") for p in noun.all("Parameter")}
    return child


async def _ring_all(
    script: Script, children: list[Leg], element: Element
) -> Leg | None:
    """Ring all at once, or one after another; the first who answers wins."""
    patience = float(element.number("timeout", 30))
    exchange = script.exchange
    if element.flag("sequential", default=False):
        for child in children:
            if await exchange.place(child, patience=patience) == "in-progress":
                return child
        return None
    ringing = [
        exchange.tasks.start(exchange.place(child, patience=patience), child.sid)
        for child in children
    ]
    try:
        for done in asyncio.as_completed(ringing):
            await done
            winner = next((c for c in children if c.is_up), None)
            if winner is not None:
                return winner
    finally:
        for task in ringing:
            task.cancel()
    return None


async def _talk(
    script: Script, document: Document, element: Element, child: Leg, noun: Element
) -> None:
    leg = script.leg
    bridge = Bridge(leg, child)
    recording = None
    stars = _Stars(leg, listen=element.flag("hangupOnStar", default=False))
    try:
        await _before_talking(script, document, child, noun)
        if child.is_over:
            return
        leg.answer()
        bridge.open()
        recording = _record(script, document, element)
        await _first(
            child.over.wait(),
            leg.over.wait(),
            bridge.released.wait(),
            stars.pressed.wait(),
            limit=_limit(element),
        )
    finally:
        stars.forget()
        bridge.close()
        if recording is not None:
            recording.finish()
        # A call that was moved elsewhere drops whom it had dialled; one whose child was
        # moved goes on by itself.
        if not bridge.released.is_set():
            child.end("completed")


async def _before_talking(
    script: Script, document: Document, child: Leg, noun: Element
) -> None:
    """What only the child hears, before the two are connected: keys, a document."""
    if digits := noun.get("sendDigits"):
        await child.player.play_through(script.exchange.sounds.keys(digits))
    if link := noun.get("url"):
        aside = Script(script.exchange, child)
        before = await aside.fetch(noun.get("method", "POST"), document.resolve(link))
        await script.exchange.interpreter.perform(aside, before)


def _record(script: Script, document: Document, element: Element) -> Recording | None:
    how = element.get("record", "do-not-record")
    if how in {"do-not-record", "false"}:
        return None
    return script.exchange.start_recording(
        script.leg,
        Wanted(
            source="DialVerb",
            channels=2 if how.endswith("dual") else 1,
            track=element.get("recordingTrack", "both"),
            trim=element.get("trim", "do-not-trim") == "trim-silence",
            callback=verbs.recording_callback(document, element),
        ),
    )


class _Stars:
    """Listens for the * that ends a <Dial>."""

    def __init__(self, leg: Leg, *, listen: bool) -> None:
        self.pressed = asyncio.Event()
        self.forget = leg.on_key(self._press) if listen else _nothing

    def _press(self, digit: str) -> None:
        if digit == "*":
            self.pressed.set()


def _nothing() -> None:
    return None


def _limit(element: Element) -> float | None:
    limit = element.number("timeLimit", 0)
    return float(limit) if limit else None


async def _first(
    *waits: Coroutine[object, object, object], limit: float | None
) -> None:
    """Wait for the first of several events, or for the time to be up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
