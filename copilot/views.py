"""The desk's page; everything that moves on it comes through its socket."""

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from calls.roles import signed_in
from copilot import desk


@require_GET
def home(_request: HttpRequest) -> HttpResponse:
    return redirect("desk")


@require_GET
@login_required
@permission_required("calls.use_desk", raise_exception=True)
@ensure_csrf_cookie
def desk_page(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    context = {
        "snapshot": desk.snapshot(user=user),
        "telephone": {
            "identity": user.telephone_identity,
            "signalling_host": settings.TWILIO_SIGNALLING_HOST,
        },
        "desk_settings": {"dead_air_seconds": settings.DEAD_AIR_SECONDS},
    }
    return render(request, "copilot/desk.html", context)
