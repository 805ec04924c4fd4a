"""What the desk's JSON doors share: who comes in, what a body may be, how a refusal looks."""

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calls.models import User
from calls.services.refusals import Refused

Json = dict[str, Any]
# Answers with an object, or a response of its own, or raises Refused.
View = Callable[..., Json | HttpResponse]
LONGEST_BODY: Final = 64 * 1024
# The statuses of refusals; what is not here is a conflict with how things are now.
_STATUS: Final = {
    "signed_out": 401,
    "not_allowed": 403,
    "unknown_customer": 404,
    "unknown_voicemail": 404,
    "unknown_callback": 404,
    "unknown_media": 404,
    "media_gone": 404,
    "media_unavailable": 502,
    "too_large": 413,
    "malformed": 400,
    "too_long": 400,
    "empty": 400,
    "missing_variable": 400,
    "unknown_template": 400,
}
_CONFLICT: Final = 409
_BROKEN: Final = re.compile("[\0\ud800-\udfff]")


def desk_json(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Let in whoever works at a desk; what goes wrong is told in JSON."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @require_http_methods(methods)
        @wraps(view)
        def door(request: HttpRequest, **about: Any) -> HttpResponse:
            try:
                _refuse_strangers(request)
                answer = view(request, **about)
                return JsonResponse(answer) if isinstance(answer, dict) else answer
            except Refused as refusal:
                error = {"code": refusal.code, "message": refusal.message}
                status = _STATUS.get(refusal.code, _CONFLICT)
                return JsonResponse({"error": error}, status=status)

        return door

    return decorate


def body_of(request: HttpRequest, allowed: Mapping[str, tuple[type, ...]]) -> Json:
    """The request's object: known fields of the right types, and no more than is bearable."""
    declared = request.headers.get("Content-Length") or "0"
    if not declared.isdecimal() or int(declared) > LONGEST_BODY:
        raise _too_large()
    if len(request.body) > LONGEST_BODY:
        raise _too_large()
    try:
        body = json.loads(request.body)
    except ValueError:
        raise malformed() from None
    if not isinstance(body, dict) or not body.keys() <= allowed.keys():
        raise malformed()
    for name, value in body.items():
        # A bool is an int in Python, but not in JSON.
        if type(value) not in allowed[name] or not _is_storable(value):
            raise malformed()
    return body


def malformed() -> Refused:
    return Refused("malformed", _("The request was not understood."))


def _is_storable(value: object) -> bool:
    """NUL is not storable as text in PostgreSQL, and half a character nowhere."""
    texts = [*value, *value.values()] if isinstance(value, dict) else [value]
    return not any(_BROKEN.search(text) for text in texts if isinstance(text, str))


def _too_large() -> Refused:
    return Refused("too_large", _("That is too much at once."))


def _refuse_strangers(request: HttpRequest) -> None:
    if not isinstance(request.user, User):
        raise Refused("signed_out", _("Please log in again."))
    if not request.user.has_perm("calls.use_desk"):
        raise Refused("not_allowed", _("You may not use the desk."))
