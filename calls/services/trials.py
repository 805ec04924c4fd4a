"""Trying an assistant from a browser, without a telephone and without anybody being rung."""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import status as call_status
from calls.events import publish
from calls.models import Assistant, Call, Leg, User
from calls.services import lifecycle
from calls.services.refusals import Refused
from calls.telephone import telephone
from vendors.errors import VendorError
from vendors.twilio.failures import already_over

logger = logging.getLogger(__name__)

# Without a stream after so long it is mostly over, and Twilio's word on that was lost.
_DOUBTFUL: Final = timedelta(seconds=20)


def of(sid: str) -> Call | None:
    """The trial of this SID, if it is one."""
    return Call.objects.filter(sid=sid, trial=True).first()


def register(*, sid: str, assistant_id: str, by: User) -> Call:
    """This browser's call is a trial of the assistant's newest version, in use or not."""
    if not by.has_perm("calls.change_assistant"):
        raise Refused("not_allowed", _("Only who may edit assistants may try them."))
    key = int(assistant_id) if assistant_id.isdecimal() else 0
    found = Assistant.objects.filter(pk=key).first()
    version = None if found is None else found.current
    if version is None:
        raise Refused("unknown_assistant", _("There is no such assistant."))
    with transaction.atomic():
        call, made = Call.objects.get_or_create(
            sid=sid,
            defaults={
                "trial": True,
                "direction": Call.Direction.INBOUND,
                "from_number": f"client:{by.telephone_identity}",
                "to_number": "",
                "assistant": version,
                # Of it, only who tries it and supervisors hear.
                "also_seen_by": [by.pk],
                "created_at": timezone.now(),
                "status": call_status.RINGING,
            },
        )
        if made:
            Leg.objects.create(call=call, sid=sid, kind=Leg.Kind.CUSTOMER)
            data = lifecycle.introduction(call) | {"trial": True}
            publish(call=call, name="call.created", data=data)
    if not call.trial:
        raise Refused("not_yours", _("This call is not yours."))
    return call


def settle() -> None:
    """End trials in our records whose browsers are gone, where Twilio does not tell of them."""
    silent = Call.objects.live().filter(
        trial=True, stream_sid="", created_at__lt=timezone.now() - _DOUBTFUL
    )
    for call in silent:
        lifecycle.record_status(call=call, status=_status(call))


def _status(call: Call) -> str:
    """What Twilio knows of it; what Twilio does not know any more is over."""
    try:
        return telephone().call_status(call_sid=call.sid)
    except VendorError as error:
        if already_over(error):
            return call_status.COMPLETED
        logger.warning("trial %s not looked at: %s", call.sid, error.code)
        return call.status
