"""AssemblyAI's door: check the secret, keep the message, wake the step that waits for it."""

import json
import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from analytics import clients, pipeline, services
from analytics.models import Transcript
from analytics.work.transcribe import WEBHOOK_KIND
from calls.services.lifecycle import store_webhook
from vendors.assemblyai.recordings import WEBHOOK_HEADER

logger = logging.getLogger(__name__)

_LONGEST: Final = 4096


@csrf_exempt
@require_POST
def assemblyai_webhook(request: HttpRequest) -> HttpResponse:
    """`{"transcript_id", "status"}`: only a hint to look, the transcript is fetched by us."""
    shown = request.headers.get(WEBHOOK_HEADER, "")
    if not constant_time_compare(shown, clients.webhook_secret()):
        logger.warning("transcription webhook without the secret refused")
        return HttpResponse(status=403)
    message = _read(request)
    if message is None:
        return HttpResponse(status=400)
    vendor_id, status = message
    order = (
        Transcript.objects.select_related("call").filter(vendor_id=vendor_id).first()
    )
    store_webhook(
        kind=WEBHOOK_KIND,
        key=f"{vendor_id}:{status}",
        payload={"transcript_id": vendor_id, "status": status},
        call=order.call if order else None,
    )
    if order is not None:
        services.wake(call_id=order.call_id, name=pipeline.TRANSCRIBE)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> tuple[str, str] | None:
    """The job's id and status; None for anything else."""
    if len(request.body) > _LONGEST:
        return None
    try:
        body = json.loads(request.body)
        fields = body["transcript_id"], body["status"]
    except (ValueError, KeyError, TypeError):
        return None
    if not all(isinstance(field, str) and 0 < len(field) <= 64 for field in fields):
        return None
    vendor_id, status = (field.replace("\0", "") for field in fields)
    return vendor_id, status
