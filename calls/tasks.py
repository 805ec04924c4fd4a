"""What the telephone room does in the background."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from calls import services
from calls.addresses import public
from calls.models import Call
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """Offer calls again whose agent's telephone stayed away."""
    since = timezone.now() - timedelta(seconds=settings.REJOIN_SECONDS)
    for call in Call.objects.left_alone(since=since):
        if services.release_call(call=call).agent is None:
            _back_to_waiting(call)


def _back_to_waiting(call: Call) -> None:
    """Let Twilio fetch the document again, so that the caller hears more than silence."""
    try:
        telephone().redirect(call_sid=call.sid, url=public("voice"))
    except VendorError as error:
        logger.warning("call %s not redirected: %s", call.sid, error.code)
