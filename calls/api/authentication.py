"""Who asks: an integrator by its key, or somebody who is logged in."""

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from calls.models import Call, CallQuerySet, User
from calls.services import tokens
from calls.services.refusals import Refused


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = tokens.owner(secret=secret.strip())
        if user is None:
            raise exceptions.AuthenticationFailed(
                _("This key is not good, or not any more."), code="invalid_token"
            )
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class Session(SessionAuthentication):
    """The login of the pages, with its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as refusal:
            raise exceptions.PermissionDenied(
                _("The CSRF token is missing or wrong."), code="csrf_failed"
            ) from refusal


class MayUseApi(BasePermission):
    """Integrators and supervisors; agents read what is theirs."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.user.has_perm("calls.use_api"):
            return True
        reads = request.method == "GET" and getattr(view, "for_agents", False)
        return reads and request.user.has_perm("calls.view_call")


def calls_seen_by(user: User) -> CallQuerySet:
    """Every call for whoever uses the API, one's own for agents."""
    if user.has_perm("calls.use_api"):
        return Call.objects.all()
    return Call.objects.seen_by(user)


def call_seen_by(user: User, sid: str) -> Call:
    """The call of this SID; one that is not to be seen is as unknown as one that is not."""
    call = calls_seen_by(user).filter(sid=sid).first()
    if call is None:
        raise Refused("unknown_call", _("There is no such call."))
    return call
