"""Writing to the customer after a call, where the queue does so and the customer has agreed."""

import textwrap
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import reasons
from analytics.models import QualityReport
from analytics.outcome import Done, Failed, Outcome
from calls.models import Call, Customer, MessageTemplate
from calls.services import messages
from calls.services.refusals import Refused

# Work that is done again much later must not surprise anybody.
_WHILE_FRESH: Final = timedelta(hours=12)


def run(call: Call) -> Outcome:
    """The summary by WhatsApp, once for each call however often this runs."""
    template = call.queue and call.queue.whatsapp_after_call
    if not template:
        return Done(reasons.NO_FOLLOW_UP)
    customer = call.customer
    if customer is None or customer.whatsapp_opt_in is not True:
        return Done(reasons.NOT_AGREED)
    report = QualityReport.objects.filter(call=call, current=True).first()
    if report is None or not report.summary.strip():
        return Done(reasons.NO_SUMMARY)
    if call.ended_at is None or timezone.now() - call.ended_at > _WHILE_FRESH:
        return Done(reasons.TOO_LATE)
    return _write(call, customer, template, report.summary)


def _write(
    call: Call, customer: Customer, template: MessageTemplate, summary: str
) -> Outcome:
    name = customer.name or _("there")
    try:
        messages.send(
            to=customer,
            by=None,
            template=template.pk,
            variables={"name": name, "summary": _fitting(summary, template, name)},
            call=call,
            key=f"after-call:{call.pk}",
        )
    except Refused as refusal:
        return Failed(reasons.NOT_WRITTEN, refusal.message)
    return Done()


def _fitting(summary: str, template: MessageTemplate, name: str) -> str:
    """As much of the summary as the message has room for."""
    room = messages.LONGEST_TEMPLATE - len(template.body) - len(name)
    width = max(1, min(room, messages.LONGEST_VARIABLE))
    return textwrap.shorten(summary, width, placeholder="…")
