"""The doors of a call's sound: a link to it that expires, the sound itself, and its outline."""

import logging

from django.contrib.auth.decorators import login_required, permission_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from analytics import facts, privacy, serving, waveform
from analytics.views import seen
from audio.wav import UnreadableError
from calls.models import Recording, User
from calls.roles import signed_in

logger = logging.getLogger(__name__)


@require_GET
@login_required
@permission_required("calls.view_recording", raise_exception=True)
def link(request: HttpRequest, sid: str) -> HttpResponse:
    """Where the sound of the call is for this user and the next minutes, as JSON."""
    user = signed_in(request)
    recording = _recording(user, sid)
    file = privacy.sound(recording, original=False)
    if file is None:
        return _hidden()
    if not file.storage.exists(str(file.name)):
        return serving.gone()
    logger.info("recording %s opened by user %s", recording.sid, user.pk)
    token = serving.signed(recording, file, user, at=timezone.now())
    return serving.link_response(reverse("call-recording", args=[sid, token]))


@require_safe
@login_required
@permission_required("calls.view_recording", raise_exception=True)
def recording(request: HttpRequest, sid: str, token: str) -> HttpResponseBase:
    """The sound, for whom the link was made, as long as that user may hear it; 410 when it is too old."""
    user = signed_in(request)
    found = _recording(user, sid)
    file = privacy.sound(found, original=False)
    if file is None:
        raise Http404
    try:
        serving.check(token, found, file, user, at=timezone.now())
    except serving.LinkError:
        return HttpResponse(status=410, headers={"Cache-Control": "no-store"})
    if not file.storage.exists(str(file.name)):
        raise Http404
    return serving.audio_response(request, file)


@require_GET
@login_required
@permission_required("calls.view_recording", raise_exception=True)
def peaks(request: HttpRequest, sid: str) -> HttpResponseBase:
    """The outline of the sound as JSON: its length, and 0 to 255 for each stretch of each channel."""
    user = signed_in(request)
    found = _recording(user, sid)
    file = privacy.sound(found, original=False)
    if file is None:
        return _hidden()
    try:
        outline = waveform.of(recording=found, file=file)
    except FileNotFoundError:
        return serving.gone()
    except UnreadableError:
        return serving.refused(
            "unreadable", _("The recording is not a readable sound file.")
        )
    etag = f'"{outline.pk}"'
    answer = get_conditional_response(request, etag=etag) or JsonResponse(
        {"seconds": outline.seconds, "channels": outline.by_channel()}
    )
    answer["ETag"] = etag
    # Kept by the browser, and shown again only with our leave.
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _recording(user: User, sid: str) -> Recording:
    found = facts.recording(seen(user, sid))
    if found is None:
        raise Http404
    return found


def _hidden() -> JsonResponse:
    return serving.refused(
        "hidden", _("What is personal in the recording has not been silenced yet.")
    )
