"""The desk's questions about customers: who it is, what was before, and WhatsApp.

Every agent may see every customer: they answer for each other. Whether the page of a
call may be opened is another question, and answered for each entry.
"""

from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from calls.models import Customer, MessageTemplate
from calls.roles import signed_in
from calls.services import customers, messages, voicemail
from calls.services.refusals import Refused
from calls.services.threads import as_json
from copilot.door import Json, body_of, desk_json, malformed

_CHANGES: Final = {
    "name": (str,),
    "notes": (str,),
    "whatsapp_opt_in": (bool, type(None)),
    "do_not_call": (bool,),
}
_WISH: Final = {"body": (str,), "template": (int,), "variables": (dict,)}


@desk_json("GET", "POST")
def customer(request: HttpRequest, customer_id: int) -> Json:
    """All that the desk shows of a customer, or an earlier page of the timeline; POST changes."""
    if request.method == "POST":
        changes: Any = body_of(request, _CHANGES)
        by = signed_in(request)
        changed = customers.update(customer_id=customer_id, by=by, **changes)
        return {"customer": _card(changed)}
    found = _found(customer_id)
    before = _moment(request.GET.get("before"))
    timeline = customers.timeline(found, before=before)
    _mark_readable(timeline, request)
    page = {
        "timeline": timeline,
        # What to ask for next, if there may be more.
        "more": timeline[-1]["at"] if len(timeline) == customers.PAGE else None,
    }
    return page if before else page | _whole(found)


@desk_json("POST")
def send(request: HttpRequest, customer_id: int) -> Json:
    """Write to the customer: free text, or a template with its variables by name."""
    wish = body_of(request, _WISH)
    variables = wish.get("variables", {})
    if ("body" in wish) == ("template" in wish):
        raise malformed()
    if not all(isinstance(value, str) for value in variables.values()):
        raise malformed()
    message = messages.send(
        to=_found(customer_id),
        by=signed_in(request),
        body=wish.get("body", ""),
        template=wish.get("template"),
        variables=variables,
    )
    return as_json(message)


@desk_json("POST")
def read(request: HttpRequest, customer_id: int) -> Json:
    """What the customer wrote has been seen."""
    by = signed_in(request)
    return {"read": messages.mark_read(customer_id=_found(customer_id).pk, by=by)}


def _found(customer_id: int) -> Customer:
    found = Customer.objects.filter(pk=customer_id).first()
    if found is None:
        raise Refused("unknown_customer", _("There is no such customer."))
    return found


def _whole(found: Customer) -> Json:
    window = messages.window(found)
    templates = MessageTemplate.objects.filter(active=True)
    return {
        "customer": _card(found),
        "window": {
            "open": window.open,
            "until": None if window.until is None else window.until.timestamp(),
        },
        "templates": list(templates.values("id", "name", "body", "variables")),
    }


def _card(found: Customer) -> Json:
    return {
        "id": found.pk,
        "number": found.number,
        "name": found.name,
        "notes": found.notes,
        "whatsapp_opt_in": found.whatsapp_opt_in,
        "do_not_call": found.do_not_call,
    }


def _mark_readable(timeline: list[Json], request: HttpRequest) -> None:
    """Which calls' pages this person may open; words of others are not theirs to read."""
    sids = {entry["sid"] for entry in timeline if "sid" in entry}
    mine = voicemail.readable_calls(signed_in(request)).filter(sid__in=sids)
    readable = set(mine.values_list("sid", flat=True))
    for entry in timeline:
        if "sid" in entry:
            entry["readable"] = entry["sid"] in readable
            if "transcript" in entry and not entry["readable"]:
                entry["transcript"] = ""


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise malformed() from None
