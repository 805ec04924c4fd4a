"""WhatsApp: what customers write, and how far what we wrote has got."""

from typing import Final

from django.http import HttpResponse

from calls.services import delivery, messages
from calls.webhooks.door import Form, document, from_twilio, keep

_NOTHING: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@from_twilio
def whatsapp(form: Form) -> HttpResponse:
    """A customer wrote; answers are given by people, not here."""
    keep("whatsapp", form, None, "MessageSid")
    messages.receive(form=form)
    return document(_NOTHING)


@from_twilio
def message_status(form: Form) -> HttpResponse:
    """Twilio's word on how far one of our messages has got."""
    keep("message-status", form, None, "MessageSid", "MessageStatus")
    delivery.record_status(form=form)
    return HttpResponse(status=204)
