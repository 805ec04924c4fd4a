"""What a telephone should do now."""

import logging
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from calls import twiml
from calls.addresses import addresses
from calls.models import Call, CallEvent, User
from calls.services import conference, lifecycle, outbound, transfers
from calls.services.refusals import Refused
from calls.webhooks.door import Form, document, from_twilio

logger = logging.getLogger(__name__)

_CLIENT: Final = "client:"
_MAX_FIELD: Final = 64


@from_twilio
def voice(form: Form) -> HttpResponse:
    """What this leg should do now, whoever asks and however often."""
    sid = form.get("CallSid", "")
    if not sid.startswith("CA") or len(sid) > 34:
        return HttpResponse(status=400)
    if form.get("From", "").startswith(_CLIENT):
        return document(_agent_leg(form, leg_sid=sid))
    if "dial" in form:
        outbound.adopt(dial_id=form["dial"], sid=sid)
    call = lifecycle.register_call(
        sid=sid,
        from_number=form.get("From", "")[:_MAX_FIELD],
        to_number=form.get("To", "")[:_MAX_FIELD],
        direction="inbound" if form.get("Direction") == "inbound" else "outbound",
    )
    call = lifecycle.answer_call(call=call)
    return document(twiml.customer(_customer_leg(call), addresses()))


def _customer_leg(call: Call) -> twiml.CustomerLeg:
    return twiml.CustomerLeg(
        room=call.room,
        # Whoever was handed the call has hung up.
        ended=call.has_ended or transfers.is_handed_over(call),
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
        call = conference.join_agent_leg(
            sid=form.get("sid", ""), leg_sid=leg_sid, agent=agent
        )
    except Refused as refusal:
        logger.info("leg %s may not join: %s", leg_sid, refusal.code)
        return twiml.hang_up()
    return twiml.agent(call.room, addresses())
