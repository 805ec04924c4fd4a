"""Trying an assistant from a browser: the page, and what it shows of the call; the call itself is a real one."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from calls.events import missing_parts
from calls.models import Assistant, Call, Utterance
from calls.roles import signed_in
from copilot.lines import described
from copilot.voice.toolbox import as_json

# A trial is short; nobody reads more at once.
_MOST: Final = 50


@require_GET
@login_required
@permission_required("calls.change_assistant", raise_exception=True)
@ensure_csrf_cookie
def trial_page(request: HttpRequest, assistant_id: int) -> HttpResponse:
    """Talk to the newest version, without a telephone."""
    assistant = get_object_or_404(Assistant, pk=assistant_id)
    user = signed_in(request)
    context = {
        "assistant": assistant,
        "version": assistant.current,
        "telephone": {
            "identity": user.telephone_identity,
            "signalling_host": settings.TWILIO_SIGNALLING_HOST,
        },
    }
    return render(request, "copilot/trial.html", context)


@require_GET
@login_required
@permission_required("calls.change_assistant", raise_exception=True)
def trial_now(request: HttpRequest, assistant_id: int) -> JsonResponse:
    """My latest trial of this assistant, as it stands; `{"call": null}` before the first."""
    caller = f"client:{signed_in(request).telephone_identity}"
    trials = Call.objects.filter(
        trial=True, from_number=caller, assistant__assistant_id=assistant_id
    )
    call = trials.order_by("-created_at").first()
    return JsonResponse({"call": None if call is None else _shown(call)})


def _shown(call: Call) -> dict[str, Any]:
    said = call.utterances.filter(source=Utterance.Source.LIVE).order_by("start")
    lines = call.assistant_lines.select_related("decided_by").order_by("-pk")[:_MOST]
    return {
        "sid": call.sid,
        "status": call.status,
        "ended": call.has_ended,
        "utterances": list(said.values("id", "speaker", "start", "text")),
        "lines": [described(line) for line in reversed(lines)],
        "tools": [as_json(use) for use in call.tool_uses.all()[:_MOST]],
        "trouble": list(missing_parts(call).values()),
    }
