"""REST: conferences and who is in them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from simulators.twilio import detection, resources, waiting
from simulators.twilio.conference import (
    EVENTS_OF,
    Conference,
    Entry,
    Participant,
    events_of,
)
from simulators.twilio.detection import Detection
from simulators.twilio.door import answered, form_of, listed, query_of
from simulators.twilio.errors import ApiError, not_found
from simulators.twilio.exchange import Exchange
from simulators.twilio.forms import Form
from simulators.twilio.interpreter import wait_or_over
from simulators.twilio.legs import Leg
from simulators.twilio.names import is_sid
from simulators.twilio.recording import Wanted
from simulators.twilio.rest_calls import PROGRESS, RECORDING_EVENTS, address, caller
from simulators.twilio.webhooks import Callback

FILTERS = (
    "FriendlyName Status DateCreated DateCreated< DateCreated> DateUpdated DateUpdated< "
    "DateUpdated>"
)
OF_PARTICIPANTS = "Muted Hold Coaching"
END = "Status AnnounceUrl AnnounceMethod"
UPDATE = (
    "Muted Hold HoldUrl HoldMethod AnnounceUrl AnnounceMethod WaitUrl WaitMethod "
    "BeepOnExit EndConferenceOnExit Coaching CallSidToCoach"
)
CREATE = (
    "From To StatusCallback StatusCallbackMethod StatusCallbackEvent Label Timeout Record "
    "Muted Beep StartConferenceOnEnter EndConferenceOnExit WaitUrl WaitMethod EarlyMedia "
    "MaxParticipants ConferenceRecord ConferenceTrim ConferenceStatusCallback "
    "ConferenceStatusCallbackMethod ConferenceStatusCallbackEvent RecordingChannels "
    "RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent "
    "ConferenceRecordingStatusCallback ConferenceRecordingStatusCallbackMethod "
    "ConferenceRecordingStatusCallbackEvent Region Coaching CallSidToCoach "
    "JitterBufferSize Byoc CallerId CallReason RecordingTrack RecordingConfigurationId "
    "TimeLimit MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold "
    "MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AmdStatusCallback "
    "AmdStatusCallbackMethod Trim CallToken Passports ClientNotificationUrl "
    "CallerDisplayName SipAuthUsername SipAuthPassword EmergencyCallerPosition "
    "EmergencyCallerLocation EmergencyName EmergencyAddress EmergencyZipCode "
    "EmergencyCity EmergencyState EmergencyCountry"
)


def room_of(exchange: Exchange, request: web.Request) -> Conference:
    room = exchange.conferences.get(request.match_info["conference"])
    if room is None:
        raise not_found(request.path)
    return room


def _who(room: Conference, request: web.Request) -> Participant:
    who = room.find(request.match_info["participant"])
    if who is None:
        raise not_found(request.path)
    return who


def _expected(room: Conference, request: web.Request) -> Participant | None:
    """Somebody who is still being called; there is little that can be done about him."""
    key = request.match_info["participant"]
    people = room.expected.values()
    return next((who for who in people if key in {who.leg.sid, who.label}), None)


async def listing(exchange: Exchange, request: web.Request) -> web.Response:
    query = query_of(request, FILTERS)
    name, status = query.text("FriendlyName"), query.text("Status")
    rows = [
        room
        for room in exchange.conferences.values()
        if name in {"", room.name} and status in {"", room.status}
    ]
    return listed(
        request, "conferences", rows, lambda room: resources.conference(exchange, room)
    )


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    return answered(resources.conference(exchange, room_of(exchange, request)))


async def update(exchange: Exchange, request: web.Request) -> web.Response:
    room = room_of(exchange, request)
    form = await form_of(request, END)
    if not room.is_open:
        raise not_found(request.path)
    if form.choice("Status", ("completed",)):
        room.close()
    if url := form.url("AnnounceUrl"):
        for who in room.people.values():
            _announce(exchange, room, who, url, form.method("AnnounceMethod"))
    return answered(resources.conference(exchange, room))


async def participants(exchange: Exchange, request: web.Request) -> web.Response:
    room = room_of(exchange, request)
    query = query_of(request, OF_PARTICIPANTS)
    rows = [
        who
        for who in room.people.values()
        if who.muted == query.flag("Muted", default=who.muted)
        and who.hold == query.flag("Hold", default=who.hold)
        and who.coaching == query.flag("Coaching", default=who.coaching)
    ]
    return listed(
        request,
        "participants",
        rows,
        lambda who: resources.participant(exchange, room, who),
    )


async def fetch_participant(exchange: Exchange, request: web.Request) -> web.Response:
    room = room_of(exchange, request)
    who = _expected(room, request) or _who(room, request)
    return answered(resources.participant(exchange, room, who))


async def remove(exchange: Exchange, request: web.Request) -> web.Response:
    """Kick somebody out; the call goes on with its document, or rings no more."""
    room = room_of(exchange, request)
    if expected := _expected(room, request):
        expected.leg.end("canceled", by_rest=True)
        return web.Response(status=204)
    room.leave(_who(room, request).leg, "participant_updated_via_api")
    return web.Response(status=204)


async def update_participant(exchange: Exchange, request: web.Request) -> web.Response:
    """Mute, hold, coach, announce: whatever was named, in one request."""
    room = room_of(exchange, request)
    who = _who(room, request)
    form = await form_of(request, UPDATE)
    _coach(room, who, form)
    if "Muted" in form and form.flag("Muted") != who.muted:
        who.muted = form.flag("Muted")
        room.modify(who, "participant-mute" if who.muted else "participant-unmute")
    if "EndConferenceOnExit" in form:
        who.end_on_exit = form.flag("EndConferenceOnExit")
        room.modify(who, "participant-modify")
    if "Hold" in form:
        _hold(room, who, form)
    if url := form.url("AnnounceUrl"):
        _announce(exchange, room, who, url, form.method("AnnounceMethod"))
    return answered(resources.participant(exchange, room, who))


def _hold(room: Conference, who: Participant, form: Form) -> None:
    url = form.url("HoldUrl") if "HoldUrl" in form else None
    on = form.flag("Hold")
    if on != who.hold or url:
        room.hold(who, on=on, url=url, method=form.method("HoldMethod", "GET"))


def _coach(room: Conference, who: Participant, form: Form) -> None:
    if "Coaching" not in form and "CallSidToCoach" not in form:
        return
    coach = form.text("CallSidToCoach")
    coaching = form.flag("Coaching", default=bool(coach))
    if coaching and (coach or who.coach) not in room.people:
        raise ApiError(400, 13240, "Call to coach is not in the conference")
    who.coaching = coaching
    who.coach = (coach or who.coach) if coaching else ""
    room.modify(who, "participant-modify")


def _announce(
    exchange: Exchange, room: Conference, who: Participant, url: str, method: str
) -> None:
    async def play() -> None:
        await waiting.once(exchange, waiting.Guest(who.leg, who.announcer), url, method)
        room.modify(who, "announcement-end")

    exchange.tasks.start(play(), f"announcement to {who.leg.sid}")


async def create_participant(exchange: Exchange, request: web.Request) -> web.Response:
    """Ring somebody and let him into the conference when he answers."""
    form = await form_of(request, CREATE)
    room = _room_to_join(exchange, request)
    entry = _entry(form)
    room.check(entry)
    amd = detection.of_participant(form)
    to = address(form, "To", 21201, 21211)
    leg = Leg(
        exchange,
        direction="outbound-api",
        from_=caller(exchange, form),
        to=to.partition("?")[0],
        callback=form.callback("StatusCallback", PROGRESS, "completed"),
    )
    patience = form.number("Timeout", 60, 5, 600)
    leg.custom = dict(parse_qsl(to.partition("?")[2]))
    exchange.add(leg)
    called = _Called(
        who=Participant.of(leg, entry),
        record=_conference_recording(form),
        patience=patience,
        time_limit=form.number("TimeLimit", 0, 1, 86400),
        is_heard=form.flag("EarlyMedia", default=True),
        detection=amd,
    )
    room.expected[leg.sid] = called.who
    exchange.tasks.start(_call_in(exchange, room, called), leg.sid)
    return answered(resources.participant(exchange, room, called.who), 201)


@dataclass(frozen=True, slots=True)
class _Called:
    """Somebody who is being called into a conference; times in seconds, no limit is 0."""

    who: Participant
    record: Wanted | None
    patience: float
    time_limit: int
    is_heard: bool  # the others hear it ring
    detection: Detection | None


def _room_to_join(exchange: Exchange, request: web.Request) -> Conference:
    key = request.match_info["conference"]
    if not is_sid(key, "CF"):
        return exchange.conference(key)
    room = room_of(exchange, request)
    if not room.is_open:
        raise not_found(request.path)
    return room


async def _call_in(exchange: Exchange, room: Conference, called: _Called) -> None:
    leg = called.who.leg
    ringback = None
    if called.is_heard:
        ringback = room.common.play(exchange.sounds.ringback(), forever=True)

    def give_up() -> None:
        if not leg.is_up:
            leg.end("canceled")

    room.when_over.append(give_up)
    try:
        status = await exchange.place(leg, patience=called.patience)
    finally:
        room.expected.pop(leg.sid, None)
        if ringback is not None:
            room.common.stop(ringback)
    if status == "in-progress":
        _let_in(exchange, room, called)


def _let_in(exchange: Exchange, room: Conference, called: _Called) -> None:
    leg = called.who.leg
    try:
        who = room.join(leg, called.who.entry)
    except ApiError as refused:
        exchange.warn(refused.code, refused.message, leg.sid)
        leg.end("failed")
        return
    if called.record is not None:
        exchange.record_conference(room, called.record)
    if called.detection is not None:
        exchange.tasks.start(
            called.detection.run(exchange, leg), f"detection of {leg.sid}"
        )
    if called.time_limit:
        exchange.tasks.start(_limit(leg, called.time_limit), f"limit of {leg.sid}")
    leg.script = exchange.tasks.start(_stay(room, who), f"stay of {leg.sid}")


async def _limit(leg: Leg, seconds: float) -> None:
    await wait_or_over(leg, seconds)
    leg.end("completed")


async def _stay(room: Conference, who: Participant) -> None:
    """A call that REST brought in has no document: it ends when it leaves the room."""
    try:
        await who.gone.wait()
    finally:
        room.leave(who.leg, "participant_hung_up")
    who.leg.end("completed")


def _entry(form: Form) -> Entry:
    callback = form.callback("ConferenceStatusCallback", EVENTS_OF, "start")
    if callback is not None:
        callback = Callback(callback.url, events_of(callback.events), callback.method)
    coach = form.text("CallSidToCoach")
    return Entry(
        label=form.text("Label"),
        muted=form.flag("Muted"),
        beep=form.choice("Beep", ("true", "false", "onEnter", "onExit"), "true"),
        start_on_enter=form.flag("StartConferenceOnEnter", default=True),
        end_on_exit=form.flag("EndConferenceOnExit"),
        wait_url=form.text("WaitUrl") if "WaitUrl" in form else None,
        wait_method=form.method("WaitMethod"),
        coach=coach,
        coaching=form.flag("Coaching", default=bool(coach)),
        max_participants=form.number("MaxParticipants", 250, 2, 250),
        callback=callback,
    )


def _conference_recording(form: Form) -> Wanted | None:
    how = form.choice(
        "ConferenceRecord",
        ("true", "false", "record-from-start", "do-not-record"),
        "false",
    )
    if how in {"false", "do-not-record"}:
        return None
    trim = form.choice(
        "ConferenceTrim", ("trim-silence", "do-not-trim"), "trim-silence"
    )
    return Wanted(
        source="Conference",
        trim=trim == "trim-silence",
        callback=form.callback(
            "ConferenceRecordingStatusCallback", RECORDING_EVENTS, "completed"
        ),
    )
