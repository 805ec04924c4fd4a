"""How calls, recordings, conferences and streams are getting on."""

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from calls import reported
from calls.models import Call
from calls.services import conference, dials, lifecycle, streams
from calls.webhooks.door import Form, from_twilio, keep, key_of


@from_twilio
def call_status(form: Form) -> HttpResponse:
    """Twilio's word on how a call is getting on; it may be the first that we hear of it."""
    if "dial" in form:
        dials.adopt(dial_id=form["dial"], sid=form.get("CallSid", ""))
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    keep("call-status", form, call, "CallSid", "SequenceNumber", "CallStatus")
    if call is not None:
        lifecycle.record_status(
            call=call,
            status=form.get("CallStatus", ""),
            at=reported.moment(form, came=timezone.now()),
        )
    return HttpResponse(status=204)


@from_twilio
def recording_status(form: Form) -> HttpResponse:
    """A recording runs, is ready, or does not exist."""
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    keep("recording-status", form, call, "RecordingSid", "RecordingStatus")
    if call is not None and form.get("RecordingSid"):
        lifecycle.record_recording(call=call, payload=form)
    return HttpResponse(status=204)


@from_twilio
def conference_status(form: Form) -> HttpResponse:
    """Somebody joined, left, is on hold or muted: kept and carried out, or neither."""
    fields = ("ConferenceSid", "SequenceNumber", "StatusCallbackEvent")
    with transaction.atomic():
        call = conference.lock_call_of(form)
        if keep(conference.KIND, form, call, *fields) and call is not None:
            conference.record_conference_event(
                call=call, key=key_of(form, *fields), payload=form
            )
    return HttpResponse(status=204)


@from_twilio
def stream_status(form: Form) -> HttpResponse:
    """A media stream started, stopped or failed; a process that was killed cannot tell us."""
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    keep("stream-status", form, call, "StreamSid", "StreamEvent")
    event = form.get("StreamEvent")
    if call is not None and event in ("stream-stopped", "stream-error"):
        streams.close_stream(
            call_id=call.pk,
            stream_sid=form.get("StreamSid", ""),
            lost=event == "stream-error",
        )
    return HttpResponse(status=204)
