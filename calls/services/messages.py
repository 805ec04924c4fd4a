"""WhatsApp: writing to customers, hearing from them; how a message travels is in delivery."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import inbound
from calls.models import Call, Customer, Message, MessageTemplate, User
from calls.services.customers import LONGEST_NAME, customer_of
from calls.services.delivery import enqueue
from calls.services.refusals import Refused
from calls.services.threads import tell

logger = logging.getLogger(__name__)

WINDOW: Final = timedelta(hours=24)
LONGEST: Final = 1600
LONGEST_TEMPLATE: Final = 1024
LONGEST_VARIABLE: Final = 600
_WHATSAPP: Final = "whatsapp:"
_PLACE: Final = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True, slots=True)
class Window:
    """Whether WhatsApp takes free text for a customer, and until when."""

    open: bool
    until: datetime | None


def window(customer: Customer) -> Window:
    """24 hours from the customer's last message."""
    if customer.wrote_at is None:
        return Window(open=False, until=None)
    until = customer.wrote_at + WINDOW
    return Window(open=timezone.now() < until, until=until)


# Sending


def send(  # noqa: PLR0913  by keyword only
    *,
    to: Customer,
    by: User | None,
    body: str = "",
    template: int | None = None,
    variables: Mapping[str, str] | None = None,
    call: Call | None = None,
    key: str | None = None,
) -> Message:
    """Write a message down and have it sent; the same key twice is the same message.

    Either free text, which WhatsApp takes for 24 hours after the customer's last
    message, or a template with its variables by name. All that can be known before
    Twilio is asked is refused here.
    """
    if not settings.TWILIO_WHATSAPP_NUMBER:
        raise Refused("not_set_up", _("We have no WhatsApp number yet."))
    customer = Customer.objects.get(pk=to.pk)
    values: dict[str, str] = {}
    if template is None:
        text = _free_text(customer, body)
    else:
        text, values = _from_template(customer, _template(template), variables or {})
    fields: dict[str, Any] = {
        "customer": customer,
        "direction": Message.Direction.OUTBOUND,
        "status": Message.Status.WAITING,
        "body": text,
        "template_id": template,
        "variables": values,
        "call": call,
        "by": by,
        "created_at": timezone.now(),
    }
    with transaction.atomic():
        if key is None:
            message, made = Message.objects.create(**fields), True
        else:
            message, made = Message.objects.get_or_create(key=key, defaults=fields)
        if made:
            tell(message)
            transaction.on_commit(lambda: enqueue(message.pk))
    return message


def rendered(body: str, values: list[str]) -> str:
    """A template's text with {{1}}, {{2}} … filled in."""

    def fill(place: re.Match[str]) -> str:
        number = int(place[1])
        return values[number - 1] if 0 < number <= len(values) else place[0]

    return _PLACE.sub(fill, body)


def _free_text(customer: Customer, body: str) -> str:
    text = body.strip()
    if not text:
        raise Refused("empty", _("Please write something first."))
    _refuse_long(text, LONGEST)
    if not window(customer).open:
        raise Refused(
            "window_closed",
            _(
                "WhatsApp takes free text only within 24 hours of the customer's last "
                "message. Please use a template."
            ),
        )
    return text


def _template(template_id: int) -> MessageTemplate:
    found = MessageTemplate.objects.filter(pk=template_id, active=True).first()
    if found is None:
        raise Refused("unknown_template", _("There is no such template."))
    return found


def _from_template(
    customer: Customer, template: MessageTemplate, given: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The whole text, and the variables by number, as they are sent."""
    if customer.whatsapp_opt_in is False:
        raise Refused(
            "not_opted_in",
            _("This customer does not want messages on WhatsApp."),
        )
    values = {
        # WhatsApp takes no line breaks and no rows of spaces in a variable.
        name: " ".join((given.get(name) or _known(customer, name)).split())
        for name in template.variables
    }
    for name, value in values.items():
        if not value:
            raise Refused(
                "missing_variable",
                _("The template needs a value for “%(name)s”.") % {"name": name},
            )
        _refuse_long(value, LONGEST_VARIABLE)
    text = rendered(template.body, list(values.values()))
    _refuse_long(text, LONGEST_TEMPLATE)
    numbered = enumerate(values.values(), start=1)
    return text, {str(number): value for number, value in numbered}


def _known(customer: Customer, name: str) -> str:
    return customer.name if name == "name" else ""


def _refuse_long(text: str, longest: int) -> None:
    if len(text) > longest:
        raise Refused(
            "too_long",
            _("That is too long: %(length)s characters, and %(longest)s are possible.")
            % {"length": len(text), "longest": longest},
        )


# Receiving


def receive(*, form: Mapping[str, str]) -> Message | None:
    """Keep what a customer wrote, once; None for what did not come by WhatsApp from a number."""
    from_ = form.get("From", "")
    sid = form.get("MessageSid", "")
    if not sid or not from_.startswith(_WHATSAPP):
        return None
    customer = customer_of(from_.removeprefix(_WHATSAPP))
    if customer is None:
        logger.warning("message %s came from no number", sid)
        return None
    with transaction.atomic():
        message, new = Message.objects.get_or_create(
            sid=sid,
            defaults={
                "customer": customer,
                "direction": Message.Direction.INBOUND,
                "status": Message.Status.RECEIVED,
                "body": inbound.text(form),
                "media": inbound.media(form),
                "created_at": timezone.now(),
            },
        )
        if new:
            _learn(message, form)
            tell(message)
    return message


def _learn(message: Message, form: Mapping[str, str]) -> None:
    """The window opens, a name is known, and the customer may have said stop or start."""
    customer = Customer.objects.select_for_update(no_key=True).get(
        pk=message.customer_id
    )
    customer.wrote_at = message.created_at
    customer.name = customer.name or form.get("ProfileName", "").strip()[:LONGEST_NAME]
    wish = inbound.wish(message.body)
    if wish is not None:
        customer.whatsapp_opt_in = wish
        logger.info("customer %s: messages wanted: %s", customer.pk, wish)
    customer.save(update_fields=["wrote_at", "name", "whatsapp_opt_in"])
    message.customer = customer


def mark_read(*, customer_id: int, by: User) -> int:
    """An agent has seen what the customer wrote; how many messages that were."""
    with transaction.atomic():
        unread = Message.objects.unread().filter(customer=customer_id)
        newest = unread.order_by("-created_at").first()
        if newest is None:
            return 0
        seen = unread.update(read_at=timezone.now())
        newest.refresh_from_db()
        logger.info("customer %s: user %s read %s messages", customer_id, by.pk, seen)
        tell(newest)
    return seen
