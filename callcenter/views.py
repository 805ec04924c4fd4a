"""The login page and what a load balancer asks."""

import re
from http import HTTPStatus
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import views as auth
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults

from callcenter.people import DEMO_LOGINS, has_demo_people
from calls.api import errors


class LoginView(auth.LoginView):
    """Login; on a machine with the demo's people it shows how to get in."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["demo_logins"] = DEMO_LOGINS if has_demo_people() else ()
        return context


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Programs are told in their own shape that there is nothing here."""
    if _asks_the_api(request):
        content = errors.body("not_found", _("There is no such address."))
        return JsonResponse(content, status=HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Likewise that something went wrong before a view of theirs was reached."""
    if _asks_the_api(request):
        content = errors.body("internal_error", _("Something went wrong here."))
        return JsonResponse(content, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return defaults.server_error(request)


def _asks_the_api(request: HttpRequest) -> bool:
    path = request.path.rstrip("/")
    return path.startswith("/api") or bool(re.match(settings.CORS_URLS_REGEX, path))


def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """The process can work: database and Redis answer."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    ready = all(parts.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", **parts},
        status=200 if ready else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
    return True
