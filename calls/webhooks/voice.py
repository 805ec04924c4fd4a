"""What a telephone should do now."""

import logging
from typing import Final, cast

from django.http import HttpResponse

from calls import twiml
from calls.addresses import addresses
from calls.announcements import texts
from calls.models import Call, CallbackRequest, CallEvent, User, Voicemail
from calls.services import (
    conference,
    dials,
    lifecycle,
    transfer_states,
    treatments,
    trials,
)
from calls.services.refusals import Refused
from calls.webhooks.door import Form, document, from_twilio

logger = logging.getLogger(__name__)

_CLIENT: Final = "client:"
_MAX_FIELD: Final = 64
_STEPS: Final = ("call.queued", "call.released", "call.mode", "treatment.started")
_REASONS: Final[dict[str, twiml.Opening]] = {"closed": "closed", "overflow": "overflow"}
# What a caller is told who waits after having talked.
_INTERRUPTIONS: Final[dict[str, twiml.Opening]] = {
    "call.released": "again",
    "call.mode": "connecting",
}


@from_twilio
def voice(form: Form) -> HttpResponse:
    """What this leg should do now, whoever asks and however often."""
    sid = form.get("CallSid", "")
    if not sid.startswith("CA") or len(sid) > 34:
        return HttpResponse(status=400)
    if form.get("From", "").startswith(_CLIENT):
        trial = _trial(form, sid)
        if trial is None:
            return document(_agent_leg(form, leg_sid=sid))
        return document(_answered(trial))
    if "dial" in form:
        dials.adopt(dial_id=form["dial"], sid=sid)
    call = lifecycle.register_call(
        sid=sid,
        from_number=form.get("From", "")[:_MAX_FIELD],
        to_number=form.get("To", "")[:_MAX_FIELD],
        direction="inbound" if form.get("Direction") == "inbound" else "outbound",
    )
    return document(_answered(call))


def _answered(call: Call) -> str:
    call = lifecycle.answer_call(call=call)
    treatments.settle_document(call=call)
    return customer_document(call)


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
        led=call.is_led,
        taken=_is_taken_over(call),
        listening=call.listens_one_way,
        recorded=call.recordings.exists(),
        stream_token=call.stream_token,
        texts=texts(call.line),
    )


def _opening(call: Call) -> twiml.Opening:
    """What is to be said first, from what has happened so far."""
    if call.is_led:
        return "assistant"
    if _is_taken_over(call):
        return ""
    told = CallEvent.objects.filter(call=call, name__in=_STEPS).order_by("number")
    steps = list(told.values_list("name", "data"))
    name, data = steps[-1] if steps else ("", {})
    names = [step for step, _data in steps]
    if name == "treatment.started":
        return _REASONS.get(data["reason"], "")
    for step in reversed(names):
        if step in _INTERRUPTIONS:
            return _INTERRUPTIONS[step]
    is_new = call.agent_id is None and names.count("call.queued") <= 1
    return "greeting" if is_new else ""


def _is_taken_over(call: Call) -> bool:
    """Whether the caller is about to be joined with the agent who has taken the call over."""
    if call.agent_id is None or call.assistant_id is None:
        return False
    # Whoever is being handed on waits, and shall hear so.
    return not call.transfers.open().exists()


def _trial(form: Form, sid: str) -> Call | None:
    """The call by which somebody of ours tries an assistant, if it is one."""
    known = trials.of(sid)
    caller = _caller(form)
    if known is not None or caller is None or "assistant" not in form:
        return known
    try:
        return trials.register(sid=sid, assistant_id=form["assistant"], by=caller)
    except Refused as refusal:
        logger.info("trial %s refused: %s", sid, refusal.code)
        return None


def _caller(form: Form) -> User | None:
    """Whose browser it is."""
    number = form["From"].removeprefix(f"{_CLIENT}agent_")
    people = User.objects.filter(is_active=True)
    return people.filter(pk=number).first() if number.isdecimal() else None


def _agent_leg(form: Form, *, leg_sid: str) -> str:
    """The document for an agent's browser, or a hang-up if the call is not that agent's."""
    agent = _caller(form)
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
