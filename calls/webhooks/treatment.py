"""What a caller hears and does while nobody talks to them: waiting, a message, a key."""

import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from calls import twiml
from calls.addresses import hold_music, public, wait_music
from calls.announcements import position
from calls.models import Call
from calls.services import treatments, voicemail
from calls.webhooks.door import Form, document, from_twilio, keep
from calls.webhooks.voice import customer_document

ANNOUNCED_EVERY: Final = 30  # seconds
# A round that was over faster had no music in it: the file could not be fetched.
SHORTEST_ROUND: Final = 3  # seconds
_REST: Final = 1  # seconds
_LONG_REST: Final = 10
_BUILT_IN: Final = "built-in"


@dataclass(frozen=True, slots=True)
class _Music:
    """What is played in this round."""

    url: str
    built_in: bool  # for the queue's own did not play, or there is none
    rest: int


@from_twilio
def waiting(form: Form) -> HttpResponse:
    """One round of music, with the position in line before it when that is due.

    The address says when it was last announced, and when the round before this one
    began: nothing else needs to remember it.
    """
    call = _call(form.get("call", ""))
    if call is None:
        return document(twiml.hang_up())
    said = _moment(form.get("said", ""))
    now = int(time.time())
    number = call.place_in_line() if now - said >= ANNOUNCED_EVERY else None
    music = _music(call, form, now)
    onward: dict[str, str | int] = {
        "call": call.sid,
        "said": said if number is None else now,
        "since": now,
    }
    if music.built_in:
        onward["music"] = _BUILT_IN
    state = twiml.Waiting(
        announcement=None if number is None else position(number, call.line),
        music=music.url,
        again=f"{public('waiting')}?{urlencode(onward)}",
        rest=music.rest,
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


def _music(call: Call, form: Form, now: int) -> _Music:
    """The queue's own, from then on ours when that did not play, and a rest when ours did not."""
    was_silent = now - _moment(form.get("since", "")) < SHORTEST_ROUND
    chosen, ours = wait_music(call.queue), hold_music()
    was_built_in = form.get("music") == _BUILT_IN
    if was_built_in or was_silent or chosen == ours:
        failed = was_silent and was_built_in
        return _Music(ours, built_in=True, rest=_LONG_REST if failed else _REST)
    return _Music(chosen, built_in=False, rest=_REST)


def _moment(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 12 else 0
