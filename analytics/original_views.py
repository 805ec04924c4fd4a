"""The doors to what is hidden of a call: who may, written down before it is shown."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from analytics import facts, privacy
from analytics.serving import audio_response
from analytics.work.transcribe import fetched_recording
from calls.models import Call
from calls.roles import signed_in
from calls.services import voicemail


@require_POST
@login_required
@permission_required("calls.view_call", raise_exception=True)
@permission_required(privacy.PERMISSION, raise_exception=True)
@never_cache
def original(request: HttpRequest, sid: str) -> HttpResponse:
    """The words as they were said: a POST, since each look leaves a row."""
    call = _seen(request, sid)
    said = privacy.original_text(facts.transcript(call), by=signed_in(request))
    context = {"call": call, "said": said, "recording": fetched_recording(call)}
    return render(request, "analytics/original.html", context)


@require_GET
@login_required
@permission_required("calls.view_recording", raise_exception=True)
@permission_required(privacy.PERMISSION, raise_exception=True)
@never_cache
def original_sound(request: HttpRequest, sid: str) -> HttpResponseBase:
    """The recording as it was made."""
    recording = fetched_recording(_seen(request, sid))
    if recording is None:
        raise Http404
    file = privacy.original_sound(recording, by=signed_in(request))
    if file is None or not file.storage.exists(str(file.name)):
        raise Http404
    return audio_response(request, file)


def _seen(request: HttpRequest, sid: str) -> Call:
    return get_object_or_404(voicemail.readable_calls(signed_in(request)), sid=sid)
