"""Carries out what the voice asks for, with the services that people use; each use is a row.

Whom it is about is the call's: nothing that a model writes names a customer or a number.
What was wanted and is not allowed is a row as well, so that the desk sees it.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, Customer, Speaker
from calls.services import callbacks, customers, leash, messages
from calls.services.refusals import Refused, ask_twilio, refuse_if_ended
from calls.telephone import telephone
from copilot.models import ToolUse
from copilot.voice.prompts import as_data
from copilot.voice.tools import (
    MOST_CALLS,
    EndCall,
    LookUpCustomer,
    Offer,
    Rejected,
    Request,
    SendWhatsApp,
    SetCallback,
    TransferToQueue,
    parse,
)

logger = logging.getLogger(__name__)

# In one call; whoever needs more needs a human.
MOST_MESSAGES: Final = 3
# What the model is told of earlier contacts.
RECENT: Final = 5
# Of what a model wrote that is no request, so many characters are kept.
_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Used:
    """What came of it: `output` for the model, and whether it was done."""

    output: str
    done: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`result` is a sentence for people, `told` what the model needs to know."""

    result: str
    told: Mapping[str, Any]


def use(
    *,
    call_id: int,
    line_id: int | None,
    key: str,
    name: str,
    arguments: str,
    offer: Offer,
) -> Used:
    """Do what a model asks for, if it may; the same `key` is carried out once per call.

    `name` and `arguments` (JSON) are the model's own words. It may ask Twilio: blocking.
    """
    request = parse(name, arguments, offer)
    row, new = _begin(call_id, line_id, key, name, _shown(request, arguments))
    if not new:
        return _known(row)
    if isinstance(request, Rejected):
        return _end(row, ToolUse.State.REFUSED, _why(request), why=request.hint)
    try:
        outcome = _carry_out(row, request)
    except Refused as refused:
        failed = refused.code == "telephone_unavailable"
        state = ToolUse.State.FAILED if failed else ToolUse.State.REFUSED
        return _end(row, state, refused.message, why=refused.message)
    return _end(row, ToolUse.State.DONE, outcome.result, **outcome.told)


def fetch_human(*, call_id: int, code: str) -> None:
    """The voice cannot go on: agents are rung. A trial, in which nobody can be, ends."""
    logger.warning("call %s: the voice gives up: %s", call_id, code)
    try:
        leash.fetch_human(call_id=call_id, reason="failed")
    except Refused:
        leash.hang_up(call_id=call_id)


# The row


def _begin(
    call_id: int, line_id: int | None, key: str, name: str, arguments: Mapping[str, Any]
) -> tuple[ToolUse, bool]:
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        row, new = ToolUse.objects.get_or_create(
            call=call,
            key=_short_key(key),
            defaults={
                "line_id": line_id,
                "name": _printable(name)[:64],
                "arguments": arguments,
            },
        )
        if new:
            _tell(row)
    return row, new


def _end(row: ToolUse, state: ToolUse.State, result: str, **told: Any) -> Used:
    row.state, row.result = state, result
    with transaction.atomic():
        row.save(update_fields=["state", "result"])
        _tell(row)
    done = state == ToolUse.State.DONE
    if not done:
        logger.info("call %s: tool %s %s", row.call.sid, row.name, state)
    return Used(as_data(done=done, **told), done)


def _tell(row: ToolUse) -> None:
    publish(call=row.call, name="tool.changed", data=as_json(row))


def as_json(row: ToolUse) -> dict[str, Any]:
    """A use as desks see it."""
    return {
        "id": row.pk,
        "name": row.name,
        "arguments": row.arguments,
        "state": row.state,
        "result": row.result,
        "line": row.line_id,
    }


def _known(row: ToolUse) -> Used:
    """It was asked for before. One that still runs was cut off: nobody knows how far it got."""
    done = row.state == ToolUse.State.DONE
    running = row.state == ToolUse.State.RUNNING
    why = "It is not known whether this was done." if running else row.result
    return Used(as_data(done=done, again=True, result=why), done)


def _shown(request: Request | Rejected, arguments: str) -> dict[str, Any]:
    match request:
        case SendWhatsApp(template, variables):
            return {"template": template.name, "variables": dict(variables)}
        case TransferToQueue(queue, reason):
            return {"queue": queue.name, "reason": reason}
        case Rejected():
            return {"text": _printable(arguments)[:_KEPT]}
        case _:
            return asdict(request)


def _why(rejected: Rejected) -> str:
    return {
        "not_offered": _("The assistant may not do this."),
        "not_allowed": _("The assistant chose what it may not choose."),
        "malformed": _("The assistant asked for it in a wrong way."),
    }[rejected.reason]


def _short_key(key: str) -> str:
    return key if len(key) <= 80 else sha256(key.encode()).hexdigest()


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))


# What is done


def _carry_out(row: ToolUse, request: Request) -> _Outcome:
    """Raises Refused."""
    call = _led(row)
    match request:
        case LookUpCustomer():
            return _look_up(call)
        case SendWhatsApp():
            return _send(call, row, request)
        case SetCallback():
            return _note_callback(call, request)
        case TransferToQueue():
            return _transfer(call, request)
        case EndCall():
            return _end_call(call)


def _led(row: ToolUse) -> Call:
    """The call as it is now; an assistant whose call was taken over does nothing more."""
    call = Call.objects.select_related("customer").get(pk=row.call_id)
    refuse_if_ended(call)
    if not call.is_led:
        raise Refused("taken_over", _("A human has the call now."))
    if row.line is not None and row.line.tool_uses.count() > MOST_CALLS:
        raise Refused("too_many", _("Too many tools were used for one answer."))
    return call


def _look_up(call: Call) -> _Outcome:
    customer = call.customer
    if customer is None:
        return _Outcome(_("The caller's number is withheld."), {"known": False})
    # A number can be forged: nothing is told that only the customer may hear.
    contacts = [
        _contact(entry)
        for entry in customers.timeline(customer, size=RECENT + 1)
        if entry.get("sid") != call.sid
    ]
    told = {
        "known": bool(customer.name or contacts),
        "name": customer.name,
        "wants_whatsapp": customer.whatsapp_opt_in,
        "contacts": contacts[:RECENT],
    }
    return _Outcome(_("The caller is %(customer)s.") % {"customer": customer}, told)


def _contact(entry: Mapping[str, Any]) -> dict[str, Any]:
    at = timezone.localtime(datetime.fromtimestamp(entry["at"], tz=UTC))
    told = {"what": entry["kind"], "at": f"{at:%A, %d %B %Y, %H:%M}"}
    for name in ("direction", "outcome", "disposition", "template", "handled"):
        if entry.get(name) not in (None, ""):
            told[name] = entry[name]
    return told


def _send(call: Call, row: ToolUse, request: SendWhatsApp) -> _Outcome:
    to = _reachable(call)
    sent = call.tool_uses.filter(name=row.name, state=ToolUse.State.DONE)
    if sent.count() >= MOST_MESSAGES:
        raise Refused("too_many", _("Enough messages were sent in this call."))
    message = messages.send(
        to=to,
        by=None,
        template=request.template.id,
        variables=request.variables,
        call=call,
        key=f"tool:{row.pk}",
    )
    name = request.template.name
    result = _("“%(template)s” is on its way.") % {"template": name}
    return _Outcome(result, {"on_its_way": name, "text": message.body})


def _note_callback(call: Call, request: SetCallback) -> _Outcome:
    _reachable(call)
    if not callbacks.is_possible(call):
        raise Refused("not_callable", _("This caller cannot be called back."))
    with transaction.atomic():
        callbacks.request(
            call=Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        )
    wish = ": ".join(part for part in (request.when, request.about) if part)
    result = _("A callback is noted (%(wish)s).") % {"wish": wish}
    return _Outcome(result, {"noted": True, "number": "the one of this call"})


def _transfer(call: Call, request: TransferToQueue) -> _Outcome:
    leash.fetch_human(call_id=call.pk, queue_id=request.queue.id)
    name = request.queue.name
    result = _("The call was given to %(queue)s.") % {"queue": name}
    return _Outcome(result, {"given_to": name})


def _end_call(call: Call) -> _Outcome:
    if not call.utterances.filter(speaker=Speaker.ASSISTANT).exists():
        raise Refused("too_early", _("The caller has not been told anything yet."))
    ask_twilio(lambda: telephone().end(call_sid=call.sid))
    return _Outcome(_("The call was ended."), {"ended": True})


def _reachable(call: Call) -> Customer:
    if call.customer is None:
        raise Refused("withheld", _("The caller's number is withheld."))
    return call.customer
