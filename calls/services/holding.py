"""A sentence to a caller whose agent is silent: the caller hears it in the middle of the conversation."""

from django.db import transaction
from django.utils.translation import gettext as _

from calls.addresses import public
from calls.events import publish
from calls.models import Call, CallEvent
from calls.models.routing import LONGEST_TEXT
from calls.services.refusals import (
    Refused,
    ask_twilio,
    locked,
    refuse_if_ended,
    refuse_unless_connected,
)
from calls.telephone import telephone

SPOKEN = "holding.spoken"


def speak_to_caller(*, call_id: int, text: str) -> CallEvent:
    """Say this to the customer alone, in the language of the line; the event that tells so.

    Each call of this says it once more. The words travel to Twilio in a document that
    is asked for by the event's id, and not in its address.
    """
    _refuse_unsayable(text)
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        refuse_if_ended(call)
        refuse_unless_connected(call)
        event = publish(call=call, name=SPOKEN, text=text)
    try:
        ask_twilio(
            lambda: telephone().announce(
                conference_sid=call.conference_sid,
                participant=call.sid,
                url=f"{public('holding')}?event={event.pk}",
            )
        )
    except Refused:
        with transaction.atomic():
            publish(call=locked(call.sid), name="holding.failed", number=event.number)
        raise
    return event


def spoken(event_id: str) -> CallEvent | None:
    """The event by which something was to be said, if there is one of this id."""
    if not event_id.isdecimal() or len(event_id) > 18:
        return None
    told = CallEvent.objects.filter(pk=int(event_id), name=SPOKEN)
    return told.select_related("call__line").first()


def _refuse_unsayable(text: str) -> None:
    if not text.strip():
        raise Refused("empty", _("There is nothing to say."))
    if len(text) > LONGEST_TEXT:
        raise Refused("too_long", _("This is too long to be said."))
