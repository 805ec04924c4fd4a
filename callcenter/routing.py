"""Which socket goes where; here `copilot` hands its session to the media door of `calls`."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from calls.addresses import MEDIA_PATH
from calls.consumers import MediaConsumer
from copilot.consumers import DeskConsumer
from copilot.session import open_session

# Browsers are checked by origin and session, Twilio by signature and token.
websocket = URLRouter(
    [
        path(
            MEDIA_PATH.removeprefix("/"),
            MediaConsumer.as_asgi(open_session=open_session),
        ),
        path(
            "ws/desk/",
            AllowedHostsOriginValidator(AuthMiddlewareStack(DeskConsumer.as_asgi())),
        ),
    ]
)
