"""The doors to what is hidden of a call: who may, written down before it is shown."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from analytics import facts, privacy, serving
from analytics.views import seen
from calls.models import Call, User
from calls.roles import signed_in


@require_POST
@login_required
@permission_required("calls.view_call", raise_exception=True)
@permission_required(privacy.PERMISSION, raise_exception=True)
@never_cache
def original(request: HttpRequest, sid: str) -> HttpResponse:
    """The words as they were said: a POST, since each look leaves a row."""
    user = signed_in(request)
    call = seen(user, sid)
    said = privacy.original_text(facts.transcript(call), by=user)
    context = {"call": call, "said": said, "sound": _link(call, user)}
    return render(request, "analytics/original.html", context)


@require_GET
@login_required
@permission_required("calls.view_recording", raise_exception=True)
@permission_required(privacy.PERMISSION, raise_exception=True)
@never_cache
def original_sound(request: HttpRequest, sid: str, token: str) -> HttpResponseBase:
    """The recording as it was made, by a link that expires; 410 when it is too old."""
    user = signed_in(request)
    recording = facts.recording(seen(user, sid))
    if recording is None:
        raise Http404
    try:
        serving.check(token, recording, recording.file, user, at=timezone.now())
    except serving.LinkError:
        return HttpResponse(status=410)
    file = privacy.original_sound(recording, by=user)
    if file is None or not file.storage.exists(str(file.name)):
        raise Http404
    return serving.audio_response(request, file)


def _link(call: Call, user: User) -> str:
    """Where the sound is for this user and the next minutes; empty where it is not for them."""
    recording = facts.recording(call)
    if recording is None or not user.has_perm("calls.view_recording"):
        return ""
    token = serving.signed(recording, recording.file, user, at=timezone.now())
    return reverse("call-original-sound", args=[call.sid, token])
