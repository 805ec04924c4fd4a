"""What a telephone should do now."""

import logging
from typing import Final, cast

from django.http import HttpResponse

from calls import twiml
from calls.addresses import addresses
from calls.announcements import texts
from calls.models import Call, CallbackRequest, CallEvent, User, Voicemail
from calls.services import conference, dials, lifecycle, transfer_states, treatments
from calls.services.refusals import Refused
from calls.webhooks.door import Form, document, from_twilio

logger = logging.getLogger(__name__)

_CLIENT: Final = "client:"
_MAX_FIELD: Final = 64
_STEPS: Final = ("call.queued", "call.released", "treatment.started")
_REASONS: Final[dict[str, twiml.Opening]] = {"closed": "closed", "overflow": "overflow"}


@from_twilio
def voice(form: Form) -> HttpResponse:
    """What this leg should do now, whoever asks and however often."""
    sid = form.get("CallSid", "")
    if not sid.startswith("CA") or len(sid) > 34:
        return HttpResponse(status=400)
    if form.get("From", "").startswith(_CLIENT):
        return document(_agent_leg(form, leg_sid=sid))
    if "dial" in form:
        dials.adopt(dial_id=form["dial"], sid=sid)
    call = lifecycle.register_call(
        sid=sid,
        from_number=form.get("From", "")[:_MAX_FIELD],
        to_number=form.get("To", "")[:_MAX_FIELD],
        direction="inbound" if form.get("Direction") == "inbound" else "outbound",
    )
    call = lifecycle.answer_call(call=call)
    treatments.settle_document(call=call)
    return document(customer_document(call))


def customer_document(call: Call) -> str:
    """What the customer's telephone does in the state that the call is in."""
    return twiml.customer(_customer_leg(call), addresses())


def _customer_leg(call: Call) -> twiml.CustomerLeg:
    return twiml.CustomerLeg(
        sid=call.sid,
        room=call.room,
        # Whoever was handed the call has hung up.
        ended=call.has_ended or transfer_states.is_handed_over(call),
        treatment=cast("twiml.Treatment", call.treatment),
        opening=_opening(call),
        left_message=Voicemail.objects.filter(call=call).exists(),
        wants_callback=CallbackRequest.objects.filter(call=call).exists(),
        listening=bool(call.stream_sid),
        recorded=call.recordings.exists(),
        stream_token=call.stream_token,
        texts=texts(call.line),
    )


def _opening(call: Call) -> twiml.Opening:
    """What is to be said first, from what has happened so far."""
    told = CallEvent.objects.filter(call=call, name__in=_STEPS).order_by("number")
    steps = list(told.values_list("name", "data"))
    name, data = steps[-1] if steps else ("", {})
    names = [step for step, _data in steps]
    if name == "treatment.started":
        return _REASONS.get(data["reason"], "")
    if "call.released" in names:
        return "again"
    is_new = call.agent_id is None and names.count("call.queued") <= 1
    return "greeting" if is_new else ""


def _agent_leg(form: Form, *, leg_sid: str) -> str:
    """The document for an agent's browser, or a hang-up if the call is not that agent's."""
    number = form["From"].removeprefix(f"{_CLIENT}agent_")
    agent = User.objects.filter(pk=number).first() if number.isdecimal() else None
    if agent is None:
        return twiml.hang_up()
    try:
        call = conference.join_agent_leg(
            sid=form.get("sid", ""), leg_sid=leg_sid, agent=agent
        )
    except Refused as refusal:
        logger.info("leg %s may not join: %s", leg_sid, refusal.code)
        return twiml.hang_up()
    return twiml.agent(call.room, addresses())
