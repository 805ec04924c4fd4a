"""What Twilio asks and tells about our own doings: keys to play, numbers that were asked to join."""

from django.http import HttpResponse

from calls import twiml
from calls.announcements import own_words
from calls.services import answering, holding, transfer_reports
from calls.services.control import KEYS
from calls.webhooks.door import Form, document, from_twilio, keep


@from_twilio
def digits(form: Form) -> HttpResponse:
    """The keys that an agent has pressed, to be heard by one participant."""
    keys = form.get("d", "")
    if not KEYS.match(keys):
        return HttpResponse(status=400)
    return document(twiml.keys(keys))


@from_twilio
def holding_line(form: Form) -> HttpResponse:
    """What a caller is told whose agent is silent."""
    event = holding.spoken(form.get("event", ""))
    if event is None:
        return HttpResponse(status=400)
    words = own_words(event.data["text"], event.call.line)
    return document(twiml.announcement(words))


@from_twilio
def participant_status(form: Form) -> HttpResponse:
    """How a number is getting on that was called into a conference."""
    keep("participant-status", form, None, "CallSid", "SequenceNumber", "CallStatus")
    sid, transfer = form.get("CallSid", ""), form.get("transfer", "")
    if sid.startswith("CA") and len(sid) <= 34 and transfer.isdecimal():
        transfer_reports.record_leg(
            transfer_id=int(transfer), leg_sid=sid, status=form.get("CallStatus", "")
        )
    return HttpResponse(status=204)


@from_twilio
def machine(form: Form) -> HttpResponse:
    """Whether a person or a machine has answered our call."""
    keep("machine", form, None, "CallSid", "AnsweredBy")
    answering.record_answerer(
        dial_id=form.get("dial", ""),
        sid=form.get("CallSid", ""),
        answered_by=form.get("AnsweredBy", ""),
    )
    return HttpResponse(status=204)
