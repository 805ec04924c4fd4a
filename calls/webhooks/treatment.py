"""What a caller hears and does while nobody talks to them: waiting, a message, a key."""

import time
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from calls import twiml
from calls.addresses import public, wait_music
from calls.announcements import position
from calls.models import Call
from calls.services import treatments, voicemail
from calls.webhooks.door import Form, document, from_twilio, keep
from calls.webhooks.voice import customer_document

ANNOUNCED_EVERY: Final = 30  # seconds


@from_twilio
def waiting(form: Form) -> HttpResponse:
    """One round of music, with the position in line before it when that is due.

    The address says when it was last announced: nothing else needs to remember it.
    """
    call = _call(form.get("call", ""))
    if call is None:
        return document(twiml.hang_up())
    said = _moment(form.get("said", ""))
    now = int(time.time())
    number = call.place_in_line() if now - said >= ANNOUNCED_EVERY else None
    state = twiml.Waiting(
        announcement=None if number is None else position(number, call.line),
        music=wait_music(call.queue),
        again=_next_round(call, said if number is None else now),
    )
    return document(twiml.waiting(state))


@from_twilio
def voicemail_left(form: Form) -> HttpResponse:
    """The caller has spoken, and is waiting for what comes next, or has hung up."""
    call = _call(form.get("CallSid", ""))
    if call is None:
        return document(twiml.hang_up())
    keep("voicemail-left", form, call, "CallSid", "RecordingSid")
    voicemail.record(sid=call.sid, form=form)
    return document(customer_document(treatments.finish_message(sid=call.sid)))


@from_twilio
def voicemail_status(form: Form) -> HttpResponse:
    """The recording of a message is ready, or there is none."""
    call = _call(form.get("CallSid", ""))
    keep("voicemail-status", form, call, "RecordingSid", "RecordingStatus")
    if call is not None:
        voicemail.record(sid=call.sid, form=form)
    return HttpResponse(status=204)


@from_twilio
def callback_choice(form: Form) -> HttpResponse:
    """The caller was offered a callback and has pressed a key, or none."""
    call = _call(form.get("CallSid", ""))
    if call is None:
        return document(twiml.hang_up())
    chosen = treatments.choose(sid=call.sid, key=form.get("Digits", ""))
    return document(customer_document(chosen))


def _call(sid: str) -> Call | None:
    return Call.objects.select_related("line", "queue").filter(sid=sid).first()


def _next_round(call: Call, said: int) -> str:
    return f"{public('waiting')}?{urlencode({'call': call.sid, 'said': said})}"


def _moment(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 12 else 0
