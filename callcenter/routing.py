"""Which socket goes where; here `copilot` hands its session to the media door of `calls`."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from calls.addresses import MEDIA_PATH
from calls.consumers import MediaConsumer
from copilot.consumers import DeskConsumer
from copilot.session import open_session

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def with_session(application: Application) -> Application:
    """Who is logged in, in the scope; what is sent goes out untouched.

    The session's middleware looks at every message whether to save itself with it, as it
    would with a page, and never does with a socket: a fifth of what a delivery costs.
    """

    async def untouched(scope: Scope, receive: Receive, send: Send) -> None:
        await application(scope, receive, scope["own_send"])

    stack = AuthMiddlewareStack(untouched)

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        await stack({**scope, "own_send": send}, receive, send)

    return outermost


# Browsers are checked by origin and session, Twilio by signature and token.
websocket = URLRouter(
    [
        path(
            MEDIA_PATH.removeprefix("/"),
            MediaConsumer.as_asgi(open_session=open_session),
        ),
        path(
            "ws/desk/",
            AllowedHostsOriginValidator(with_session(DeskConsumer.as_asgi())),
        ),
    ]
)
