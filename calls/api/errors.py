"""The one shape of every error: a stable code, a sentence for a person, and the fields at fault."""

import logging
from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from calls.services.refusals import Refused

logger = logging.getLogger(__name__)

# The statuses of refusals. What is not here is a conflict with how things are now.
STATUSES: Final = {
    "bad_request": 400,
    "invalid_number": 400,
    "invalid_url": 400,
    "invalid_idempotency_key": 400,
    "not_yours": 403,
    "not_allowed": 403,
    "unknown_call": 404,
    "no_current_call": 404,
    # Well written, but not to be done, now or ever.
    "denied_number": 422,
    "do_not_call": 422,
    "unknown_agent": 422,
    "unknown_assistant": 422,
    "unknown_queue": 422,
    "unknown_line": 422,
    "unknown_template": 422,
    "missing_variable": 422,
    "window_closed": 422,
    "not_opted_in": 422,
    "too_long": 422,
    "empty": 422,
    "idempotency_key_reused": 422,
    "telephone_refused": 422,
    "daily_limit": 429,
    "not_set_up": 503,
    "telephone_unavailable": 503,
    "outcome_unknown": 504,
}
# Seconds after which asking again may be worth it.
_WAITS: Final = {
    "daily_limit": "3600",
    "request_in_progress": "2",
    "telephone_unavailable": "5",
}
_CODES: Final = {
    400: "invalid_request",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
}
_NON_FIELD: Final = "request"


class TooLarge(exceptions.APIException):
    """More than we read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The request is too large.")
    default_code = "too_large"


def body(
    code: str, message: str, details: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """The error as it is sent."""
    error: dict[str, Any] = {"code": code, "message": message}
    return {"error": error | ({"details": details} if details else {})}


def refused(refusal: Refused) -> Response:
    """What a service would not do."""
    answer = Response(
        body(refusal.code, refusal.message),
        status=STATUSES.get(refusal.code, status.HTTP_409_CONFLICT),
    )
    if refusal.code in _WAITS:
        answer["Retry-After"] = _WAITS[refusal.code]
    return answer


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """Every exception of a view, in our shape; unknown ones are logged as Django logs them."""
    set_rollback()
    match error:
        case Refused():
            return refused(error)
        case Http404():
            return _answer(exceptions.NotFound())
        case PermissionDenied():
            return _answer(exceptions.PermissionDenied())
        case exceptions.APIException():
            return _answer(error)
    request = context["request"]
    got_request_exception.send(sender=type(context["view"]), request=request)
    logger.error("%s failed", request.path, exc_info=error)
    return Response(
        body("internal_error", _("Something went wrong here.")),
        status=status.HTTP_500_INTERNAL_SERVER_ERROR,
    )


def _answer(error: exceptions.APIException) -> Response:
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    content = (
        _invalid(error)
        if isinstance(error, exceptions.ValidationError)
        else body(_code(error), str(error.detail))
    )
    return Response(content, status=error.status_code, headers=headers)


def _code(error: exceptions.APIException) -> str:
    """Ours for the status, unless whoever raised it says more."""
    own = str(getattr(error.detail, "code", error.default_code))
    usual = _CODES.get(error.status_code, own)
    return own if own in ("csrf_failed", "malformed_json", "invalid_token") else usual


def _invalid(error: exceptions.ValidationError) -> dict[str, Any]:
    found = list(_flat(error.detail))
    details: dict[str, list[str]] = {}
    for field, sentence in found:
        details.setdefault(field, []).append(str(sentence))
    codes = {getattr(sentence, "code", "") for _field, sentence in found}
    special = codes & STATUSES.keys()
    if codes == special and len(special) == 1:
        return body(special.pop(), str(found[0][1]), details)
    return body("invalid_request", _("The request is not as it should be."), details)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Field and sentence for each fault, however deep the frame that found it."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, (path, own))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path or _NON_FIELD, detail
