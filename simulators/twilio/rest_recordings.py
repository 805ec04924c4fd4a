"""REST: recordings and their sound."""

import asyncio
import io

import soundfile
from aiohttp import web

from simulators.twilio import resources
from simulators.twilio.door import answered, form_of, listed, query_of
from simulators.twilio.errors import invalid, not_found, not_in_progress
from simulators.twilio.exchange import Exchange
from simulators.twilio.recording import Recording, Wanted, as_mono
from simulators.twilio.rest_calls import RECORDING_EVENTS, leg_of

CREATE = (
    "RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent "
    "Trim RecordingChannels RecordingTrack RecordingConfigurationId"
)
UPDATE = "Status PauseBehavior"
CURRENT = "Twilio.CURRENT"


async def create(exchange: Exchange, request: web.Request) -> web.Response:
    leg = leg_of(exchange, request)
    form = await form_of(request, CREATE)
    if not leg.is_up:
        raise not_in_progress()
    channels = form.choice("RecordingChannels", ("mono", "dual"), "mono")
    trim = form.choice("Trim", ("trim-silence", "do-not-trim"), "do-not-trim")
    track = form.choice("RecordingTrack", ("inbound", "outbound", "both"), "both")
    wanted = Wanted(
        source="StartCallRecordingAPI",
        channels=2 if channels == "dual" else 1,
        track=track,
        trim=trim == "trim-silence",
        callback=form.callback(
            "RecordingStatusCallback", RECORDING_EVENTS, "completed"
        ),
    )
    recording = exchange.start_recording(leg, wanted)
    return answered(resources.recording(exchange, recording, of_call=True), 201)


def _of_call(exchange: Exchange, request: web.Request) -> Recording:
    leg = leg_of(exchange, request)
    key = request.match_info["recording"]
    for recording in reversed(exchange.recordings_of(leg)):
        if key == recording.sid or (key == CURRENT and recording.is_running):
            return recording
    raise not_found(request.path)


def _of_account(exchange: Exchange, request: web.Request) -> Recording:
    recording = exchange.recordings.get(request.match_info["recording"])
    if recording is None:
        raise not_found(request.path)
    return recording


async def update(exchange: Exchange, request: web.Request) -> web.Response:
    """Pause, go on, or stop for good."""
    recording = _of_call(exchange, request)
    form = await form_of(request, UPDATE)
    status = form.choice("Status", ("paused", "in-progress", "stopped"))
    behavior = form.choice("PauseBehavior", ("silence", "skip"), "silence")
    if not status:
        raise invalid("Parameter 'Status' is required", 20001)
    if not recording.is_running:
        raise invalid("Recording is not in progress", 21220)
    match status:
        case "paused":
            recording.pause(behavior)
        case "in-progress":
            recording.resume()
        case _:
            recording.finish()
    return answered(resources.recording(exchange, recording, of_call=True))


async def fetch_of_call(exchange: Exchange, request: web.Request) -> web.Response:
    found = _of_call(exchange, request)
    return answered(resources.recording(exchange, found, of_call=True))


async def list_of_call(exchange: Exchange, request: web.Request) -> web.Response:
    leg = leg_of(exchange, request)
    query_of(request, "DateCreated DateCreated< DateCreated>")
    return listed(
        request,
        "recordings",
        exchange.recordings_of(leg),
        lambda found: resources.recording(exchange, found, of_call=True),
    )


async def delete_of_call(exchange: Exchange, request: web.Request) -> web.Response:
    return _delete(exchange, _of_call(exchange, request))


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    query_of(request, "IncludeSoftDeleted")
    found = _of_account(exchange, request)
    return answered(resources.recording(exchange, found, of_call=False))


async def listing(exchange: Exchange, request: web.Request) -> web.Response:
    query = query_of(
        request,
        "DateCreated DateCreated< DateCreated> CallSid ConferenceSid IncludeSoftDeleted",
    )
    call, room = query.text("CallSid"), query.text("ConferenceSid")
    rows = [
        recording
        for recording in exchange.recordings.values()
        if call in {"", recording.call_sid} and room in {"", recording.conference_sid}
    ]
    return listed(
        request,
        "recordings",
        rows,
        lambda found: resources.recording(exchange, found, of_call=False),
    )


async def delete(exchange: Exchange, request: web.Request) -> web.Response:
    return _delete(exchange, _of_account(exchange, request))


def _delete(exchange: Exchange, recording: Recording) -> web.Response:
    if recording.is_running:
        raise invalid("Recording is still in progress", 20009)
    recording.path.unlink(missing_ok=True)
    del exchange.recordings[recording.sid]
    return web.Response(status=204)


async def media(exchange: Exchange, request: web.Request) -> web.StreamResponse:
    """The sound: WAV by default, two channels only where two were recorded."""
    recording = _of_account(exchange, request)
    wanted = request.query.get("RequestedChannels", "")
    if recording.status != "completed" or not recording.path.exists():
        raise not_found(request.path)
    if wanted not in {"", "1", "2"} or (
        wanted == "2" and recording.wanted.channels < 2
    ):
        raise invalid("Requested channels are not available", 21233)
    is_mp3 = request.match_info["extension"] == ".mp3"
    if not is_mp3 and wanted != "1":
        return web.FileResponse(recording.path, headers={"Content-Type": "audio/x-wav"})
    body = await asyncio.to_thread(
        _converted, recording, mono=wanted == "1", mp3=is_mp3
    )
    kind = "audio/mpeg" if is_mp3 else "audio/x-wav"
    return web.Response(body=body, content_type=kind)


def _converted(recording: Recording, *, mono: bool, mp3: bool) -> bytes:
    data = as_mono(recording.path) if mono else recording.path.read_bytes()
    if not mp3:
        return data
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="MP3")
    return out.getvalue()
