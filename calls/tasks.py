"""What the telephone room does in the background."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from calls.addresses import media_url, public
from calls.models import Call
from calls.services import (
    answering,
    delivery,
    dials,
    leash,
    offers,
    participants,
    presence,
    routing,
    streams,
    transfer_reports,
    treatments,
    trials,
)
from calls.telephone import telephone
from vendors.errors import VendorError

logger = logging.getLogger(__name__)


@shared_task
def tick() -> None:
    """Every second: whose telephone stops ringing, who is free, who has waited or been alone too long, who is next."""
    routing.expire()
    presence.expire()
    for call in Call.objects.overdue(now=timezone.now()):
        if treatments.overflow(call=call):
            treatments.redirect(call=call)
    offers.route()
    answering.hang_up_on_machines()
    gone = timezone.now() - timedelta(seconds=settings.AGENT_LOST_SECONDS)
    for call in Call.objects.lost_after_takeover(since=gone):
        if not transfer_reports.take_over(call=call):
            leash.agent_lost(call=call)


@shared_task
def sweep() -> None:
    """Look after live calls: whose agent stayed away, that nobody hears, that should have ended."""
    since = timezone.now() - timedelta(seconds=settings.REJOIN_SECONDS)
    for call in Call.objects.left_alone(since=since):
        if transfer_reports.take_over(call=call) or answering.let_go(call=call):
            continue
        if routing.release_call(call=call).agent is None:
            treatments.redirect(call=call)
    for call in Call.objects.unfetched(by=timezone.now()):
        treatments.redirect(call=call)
    for call in Call.objects.unheard(by=timezone.now()):
        if streams.claim_stream(call=call):
            call.refresh_from_db(fields=["mode"])
            if call.is_led:
                # Its stream is part of the document.
                treatments.redirect(call=call)
            else:
                _listen_again(call)
    leash.hang_up_again()
    transfer_reports.expire()
    participants.hang_up_strays()
    dials.resolve_doubts()
    trials.settle()


@shared_task
def send_message(message_id: str) -> None:
    """Hand a WhatsApp message to Twilio, and what waits before it for the same customer."""
    delivery.transmit(message_id=UUID(message_id))


@shared_task
def look_after_messages() -> None:
    """Every few seconds: messages of which nobody knows whether Twilio has them."""
    delivery.resolve_doubts()


def _listen_again(call: Call) -> None:
    """Have Twilio open a new stream; if it does not, the next round asks again."""
    try:
        telephone().start_stream(
            call_sid=call.sid,
            url=media_url(),
            token=call.stream_token,
            status_callback=public("stream-status"),
        )
    except VendorError as error:
        logger.warning("call %s has no stream: %s", call.sid, error.code)
