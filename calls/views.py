"""What the desk's browser asks of the telephone."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from calls.roles import signed_in
from calls.telephone import twilio_config
from vendors.twilio.tokens import voice_token as new_voice_token

TOKEN_SECONDS = 3600


@require_POST
@login_required
@permission_required("calls.use_desk", raise_exception=True)
def voice_token(request: HttpRequest) -> JsonResponse:
    """`{"token", "identity"}` for the browser's telephone, good for an hour."""
    identity = signed_in(request).telephone_identity
    token = new_voice_token(twilio_config(), identity=identity, ttl=TOKEN_SECONDS)
    return JsonResponse({"token": token, "identity": identity})
