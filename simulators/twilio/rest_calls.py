"""REST: calls and their streams; recordings of calls are in rest_recordings."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from simulators.twilio import detection, resources
from simulators.twilio.detection import Detection
from simulators.twilio.dial import Bridge
from simulators.twilio.door import answered, form_of, listed, query_of
from simulators.twilio.errors import (
    ApplicationError,
    invalid,
    not_found,
    not_in_progress,
)
from simulators.twilio.exchange import Exchange, Opening
from simulators.twilio.forms import Form
from simulators.twilio.interpreter import wait_or_over
from simulators.twilio.legs import Leg
from simulators.twilio.names import E164, IDENTITY, is_sid
from simulators.twilio.recording import Wanted
from simulators.twilio.schema import KEYS
from simulators.twilio.signing import is_loopback
from simulators.twilio.stream import MediaStream, Wish
from simulators.twilio.twiml import parse
from simulators.twilio.webhooks import Callback

PROGRESS = ("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = ("in-progress", "completed", "absent")
STREAM_EVENTS = frozenset({"stream-started", "stream-stopped", "stream-error"})
LONGEST_TWIML = 4000

CREATE = (
    "To From Url Twiml ApplicationSid Method FallbackUrl FallbackMethod StatusCallback "
    "StatusCallbackEvent StatusCallbackMethod SendDigits Timeout Record "
    "RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod "
    "RecordingStatusCallbackEvent RecordingTrack RecordingConfigurationId Trim CallerId "
    "MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold "
    "MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd "
    "AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod CallReason CallToken TimeLimit "
    "SipAuthUsername SipAuthPassword Byoc Passports ClientNotificationUrl"
)
UPDATE = (
    "Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod "
    "Twiml TimeLimit"
)
FILTERS = (
    "To From Status ParentCallSid StartTime StartTime< StartTime> EndTime EndTime< "
    "EndTime>"
)
STOP_STREAM = "Status"
STREAM = "Url Name Track StatusCallback StatusCallbackMethod " + " ".join(
    f"Parameter{n}.{part}" for n in range(1, 100) for part in ("Name", "Value")
)


def leg_of(exchange: Exchange, request: web.Request) -> Leg:
    leg = exchange.legs.get(request.match_info["call"])
    if leg is None:
        raise not_found(request.path)
    return leg


async def create(exchange: Exchange, request: web.Request) -> web.Response:
    """Dial out; the call rings in the background after this has answered."""
    form = await form_of(request, CREATE)
    to = address(form, "To", 21201, 21211)
    from_ = caller(exchange, form)
    opening = _opening(exchange, form)
    if opening is None:
        raise invalid("One of 'Url', 'Twiml' and 'ApplicationSid' is required", 21205)
    leg = Leg(
        exchange,
        direction="outbound-api",
        from_=from_,
        to=to.partition("?")[0],
        callback=form.callback("StatusCallback", PROGRESS, "completed"),
    )
    leg.custom = dict(parse_qsl(to.partition("?")[2]))
    if fallback := form.url("FallbackUrl"):
        leg.fallback = (fallback, form.method("FallbackMethod"))
    plan = _Plan(
        opening=opening,
        patience=form.number("Timeout", 60, 1, 600),
        time_limit=form.number("TimeLimit", 0, 1, 86400),
        record=_record_of(form) if form.flag("Record") else None,
        keys=_keys(form),
        detection=detection.of_call(form),
    )
    exchange.add(leg)
    exchange.tasks.start(_call(exchange, leg, plan), leg.sid)
    return answered(resources.call(exchange, leg), 201)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a call out goes on; times in seconds, no limit is 0."""

    opening: Opening
    patience: float
    time_limit: int
    record: Wanted | None
    keys: str
    detection: Detection | None


async def _call(exchange: Exchange, leg: Leg, plan: _Plan) -> None:
    if await exchange.place(leg, patience=plan.patience) != "in-progress":
        return
    if plan.record is not None:
        exchange.start_recording(leg, plan.record)
    if plan.keys:
        await leg.player.play_through(exchange.sounds.keys(plan.keys))
    await _detect(exchange, leg, plan.detection)
    if leg.is_over:
        return
    exchange.begin(leg, plan.opening)
    if plan.time_limit:
        await wait_or_over(leg, plan.time_limit)
        leg.end("completed")


async def _detect(exchange: Exchange, leg: Leg, wanted: Detection | None) -> None:
    """In the background, or before the call goes on."""
    if wanted is None:
        return
    work = wanted.run(exchange, leg)
    if wanted.callback is None:
        await work
    else:
        exchange.tasks.start(work, f"detection of {leg.sid}")


def _keys(form: Form) -> str:
    keys = form.text("SendDigits")
    if keys and not KEYS.fullmatch(keys):
        raise invalid("Parameter 'SendDigits' holds what is no key")
    return keys


def address(form: Form, name: str, missing: int, wrong: int) -> str:
    """A telephone number or a client; its error codes differ by parameter."""
    value = form.required(name, missing)
    if not E164.match(value) and not IDENTITY.match(value.partition("?")[0]):
        raise invalid(f"Invalid '{name}' Phone Number: not E.164 nor a client", wrong)
    return value


def caller(exchange: Exchange, form: Form) -> str:
    value = address(form, "From", 21213, 21212)
    if E164.match(value) and value not in exchange.numbers:
        raise invalid("The source phone number provided is not yet verified", 21210)
    return value


def _record_of(form: Form) -> Wanted:
    channels = form.choice("RecordingChannels", ("mono", "dual"), "mono")
    trim = form.choice("Trim", ("trim-silence", "do-not-trim"), "trim-silence")
    return Wanted(
        source="OutboundAPI",
        channels=2 if channels == "dual" else 1,
        track=form.choice("RecordingTrack", ("inbound", "outbound", "both"), "both"),
        trim=trim == "trim-silence",
        callback=form.callback(
            "RecordingStatusCallback", RECORDING_EVENTS, "completed"
        ),
    )


def _opening(exchange: Exchange, form: Form) -> Opening | None:
    """Where the call goes on: exactly one of url, twiml and application, or none."""
    ways = [n for n in ("Url", "Twiml", "ApplicationSid") if form.text(n)]
    if len(ways) > 1:
        raise invalid(f"'{ways[0]}' and '{ways[1]}' cannot be given together", 21218)
    if not ways:
        return None
    if ways == ["Url"]:
        return Opening(form.url("Url"), form.method("Method"))
    if ways == ["Twiml"]:
        # No URL: in such a document a relative link leads nowhere.
        return Opening("", twiml=checked_twiml(form.text("Twiml")))
    if not is_sid(form.text("ApplicationSid"), "AP"):
        raise invalid("Invalid ApplicationSid", 21218)
    return Opening(f"{exchange.web_url}/voice")


def checked_twiml(twiml: str) -> str:
    if len(twiml) > LONGEST_TWIML:
        raise invalid("Twiml is longer than 4000 characters", 21603)
    try:
        parse(twiml, "")
    except ApplicationError as error:
        if error.code == 12100:
            raise invalid(error.message, 12100) from error
    return twiml


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    return answered(resources.call(exchange, leg_of(exchange, request)))


async def update(exchange: Exchange, request: web.Request) -> web.Response:
    """Move a live call to another document, or end it."""
    leg = leg_of(exchange, request)
    form = await form_of(request, UPDATE)
    status = form.choice("Status", ("completed", "canceled"))
    opening = _opening(exchange, form)
    if status and opening:
        raise invalid("'Status' cannot be given with a document", 21218)
    if leg.is_over:
        raise not_in_progress()
    if callback := form.url("StatusCallback", 21609):
        leg.callback = Callback(
            callback, frozenset({"completed"}), form.method("StatusCallbackMethod")
        )
    if opening:
        if not leg.is_up:
            raise not_in_progress()
        _move(exchange, leg, opening)
    elif status == "completed":
        leg.end("completed" if leg.is_up else "canceled", by_rest=True)
    elif status == "canceled" and not leg.is_up:
        leg.end("canceled", by_rest=True)
    return answered(resources.call(exchange, leg))


def _move(exchange: Exchange, leg: Leg, opening: Opening) -> None:
    room = exchange.conference_of(leg)
    if room is not None:
        room.leave(leg, "participant_updated_via_api")
    if isinstance(leg.source, Bridge) and leg is leg.source.two:
        leg.source.released.set()
    leg.source = None
    exchange.begin(leg, opening)


async def listing(exchange: Exchange, request: web.Request) -> web.Response:
    query = query_of(request, FILTERS)
    rows = [leg for leg in exchange.legs.values() if _matches(leg, query)]
    return listed(request, "calls", rows, lambda leg: resources.call(exchange, leg))


def _matches(leg: Leg, query: Form) -> bool:
    """Whether a leg passes the filters; dates are days, as `2026-11-20`."""
    is_same = {
        "To": leg.to,
        "From": leg.from_,
        "Status": leg.status,
        "ParentCallSid": leg.parent.sid if leg.parent else "",
    }
    if any(query.text(k) and query.text(k) != v for k, v in is_same.items()):
        return False
    for name, moment in (("StartTime", leg.started), ("EndTime", leg.ended)):
        at = moment.isoformat() if moment else ""
        on, before, after = (query.text(name + sign) for sign in ("", "<", ">"))
        if on and at[:10] != on[:10]:
            return False
        if (before and not at < before) or (after and not at > after):
            return False
    return True


async def delete(exchange: Exchange, request: web.Request) -> web.Response:
    leg = leg_of(exchange, request)
    if not leg.is_over:
        raise invalid("Call is still in progress", 20009)
    del exchange.legs[leg.sid]
    return web.Response(status=204)


# -- streams ----------------------------------------------------------------------


async def create_stream(exchange: Exchange, request: web.Request) -> web.Response:
    leg = leg_of(exchange, request)
    form = await form_of(request, STREAM)
    if not leg.is_up:
        raise not_in_progress()
    url = form.required("Url")
    if not url.startswith("wss://") and not (
        url.startswith("ws://") and is_loopback(url)
    ):
        raise invalid("Stream url must begin with wss://", 31940)
    if "?" in url:
        raise invalid("Stream url must not have a query string", 31940)
    link = form.url("StatusCallback", 21609)
    method = form.method("StatusCallbackMethod")
    wish = Wish(
        url=url,
        name=form.text("Name"),
        track=form.choice(
            "Track", ("inbound_track", "outbound_track", "both_tracks"), "inbound_track"
        ),
        parameters={
            form.text(f"Parameter{n}.Name"): form.text(f"Parameter{n}.Value")
            for n in range(1, 100)
            if form.text(f"Parameter{n}.Name")
        },
        callback=Callback(link, STREAM_EVENTS, method) if link else None,
    )
    try:
        stream = exchange.start_stream(leg, wish)
    except ApplicationError as error:
        raise invalid(error.message, error.code) from error
    return answered(resources.stream(exchange, stream), 201)


async def update_stream(exchange: Exchange, request: web.Request) -> web.Response:
    leg = leg_of(exchange, request)
    form = await form_of(request, STOP_STREAM)
    stream = _stream_of(exchange, leg, request)
    if form.choice("Status", ("stopped",)) != "stopped":
        raise invalid("Parameter 'Status' is required", 20001)
    stream.stop()
    stream.status = "stopped"
    return answered(resources.stream(exchange, stream))


def _stream_of(exchange: Exchange, leg: Leg, request: web.Request) -> MediaStream:
    key = request.match_info["stream"]
    for stream in exchange.streams_of(leg):
        if key in {stream.sid, stream.wish.name}:
            return stream
    raise not_found(request.path)
