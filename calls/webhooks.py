"""Twilio's doors: check the signature, read the form, call one service, answer at once."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import services, twiml
from calls.addresses import addresses
from calls.models import Call, CallEvent, User
from vendors.twilio.signature import is_genuine

logger = logging.getLogger(__name__)

Form = dict[str, str]
_CLIENT: Final = "client:"
_MAX_FIELD: Final = 64


def from_twilio(
    view: Callable[[Form], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let only requests with Twilio's signature in; the view gets the form's fields."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        genuine = is_genuine(
            token=settings.TWILIO_AUTH_TOKEN,
            url=f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}",
            params=request.POST,
            signature=request.headers.get("X-Twilio-Signature"),
        )
        if not genuine:
            logger.warning("unsigned request to %s refused", request.path)
            return HttpResponse(status=403)
        # NUL is not storable as text in PostgreSQL.
        return view({k: str(v).replace("\0", "") for k, v in request.POST.items()})

    return door


@from_twilio
def voice(form: Form) -> HttpResponse:
    """What this leg should do now, whoever asks and however often."""
    sid = form.get("CallSid", "")
    if not sid.startswith("CA") or len(sid) > 34:
        return HttpResponse(status=400)
    if form.get("From", "").startswith(_CLIENT):
        return _document(_agent_leg(form, leg_sid=sid))
    call = services.register_call(
        sid=sid,
        from_number=form.get("From", "")[:_MAX_FIELD],
        to_number=form.get("To", "")[:_MAX_FIELD],
        direction="inbound" if form.get("Direction") == "inbound" else "outbound",
    )
    call = services.answer_call(call=call)
    return _document(twiml.customer(_customer_leg(call), addresses()))


@from_twilio
def call_status(form: Form) -> HttpResponse:
    """Twilio's word on how a call is getting on."""
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    _keep("call-status", form, call, "CallSid", "SequenceNumber", "CallStatus")
    if call is not None:
        services.record_status(call=call, status=form.get("CallStatus", ""))
    return HttpResponse(status=204)


@from_twilio
def recording_status(form: Form) -> HttpResponse:
    """A recording runs, is ready, or does not exist."""
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    _keep("recording-status", form, call, "RecordingSid", "RecordingStatus")
    if call is not None and form.get("RecordingSid"):
        services.record_recording(call=call, payload=form)
    return HttpResponse(status=204)


@from_twilio
def conference_status(form: Form) -> HttpResponse:
    """Somebody joined, left, or is on hold."""
    call = Call.objects.filter(legs__sid=form.get("CallSid", "")).first()
    new = _keep(
        "conference-status",
        form,
        call,
        "ConferenceSid",
        "SequenceNumber",
        "StatusCallbackEvent",
    )
    if new:
        services.record_conference_event(payload=form)
    return HttpResponse(status=204)


@from_twilio
def stream_status(form: Form) -> HttpResponse:
    """A media stream started, stopped or failed; a process that was killed cannot tell us."""
    call = Call.objects.filter(sid=form.get("CallSid", "")).first()
    _keep("stream-status", form, call, "StreamSid", "StreamEvent")
    event = form.get("StreamEvent")
    if call is not None and event in ("stream-stopped", "stream-error"):
        services.close_stream(
            call_id=call.pk,
            stream_sid=form.get("StreamSid", ""),
            lost=event == "stream-error",
        )
    return HttpResponse(status=204)


def _keep(kind: str, form: Form, call: Call | None, *fields: str) -> bool:
    """Store the message under the fields that make it this one; False if it was here before."""
    key = ":".join(str(form.get(field)) for field in fields)
    return services.store_webhook(kind=kind, key=key[:160], payload=form, call=call)


def _customer_leg(call: Call) -> twiml.CustomerLeg:
    return twiml.CustomerLeg(
        room=call.room,
        ended=call.has_ended,
        greeting=_greeting(call),
        language="en-US",
        listening=bool(call.stream_sid),
        recorded=call.recordings.exists(),
        stream_token=call.stream_token,
    )


def _greeting(call: Call) -> str:
    """Welcome and consent for a new caller; a word of patience for one whose agent was lost."""
    if CallEvent.objects.filter(call=call, name="call.released").exists():
        return _("One moment please, we are connecting you again.")
    if call.agent_id is not None:
        return ""
    return _(
        "Welcome to %(company)s. This call is recorded to improve our service."
    ) % {"company": settings.COMPANY_NAME}


def _agent_leg(form: Form, *, leg_sid: str) -> str:
    """The document for an agent's browser, or a hang-up if the call is not that agent's."""
    number = form["From"].removeprefix(f"{_CLIENT}agent_")
    agent = User.objects.filter(pk=number).first() if number.isdecimal() else None
    if agent is None:
        return twiml.hang_up()
    try:
        call = services.join_agent_leg(
            sid=form.get("sid", ""), leg_sid=leg_sid, agent=agent
        )
    except services.Refused as refusal:
        logger.info("leg %s may not join: %s", leg_sid, refusal.code)
        return twiml.hang_up()
    return twiml.agent(call.room, addresses())


def _document(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
