"""The doors to what is hidden of a call: who may, written down before it is shown."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from analytics import facts, page, privacy, serving
from analytics.views import seen
from calls.models import Recording, User
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
    recording = facts.recording(call)
    may_hear = recording is not None and user.has_perm("calls.view_recording")
    context = {
        "call": call,
        "said": said,
        "sound": _address(recording, user) if recording and may_hear else "",
        "player_words": page.player_words(),
    }
    return render(request, "analytics/original.html", context)


@require_GET
@login_required
@permission_required("calls.view_recording", raise_exception=True)
@permission_required(privacy.PERMISSION, raise_exception=True)
def original_link(request: HttpRequest, sid: str) -> HttpResponse:
    """Where the recording as it was made is for the next minutes, as JSON; to hear it is what is noted."""
    user = signed_in(request)
    recording = facts.recording(seen(user, sid))
    if recording is None or not recording.file.storage.exists(str(recording.file.name)):
        return serving.gone()
    return serving.link_response(_address(recording, user))


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


def _address(recording: Recording, user: User) -> str:
    """Where the sound is for this user and the next minutes."""
    token = serving.signed(recording, recording.file, user, at=timezone.now())
    return reverse("call-original-sound", args=[recording.call.sid, token])
