"""The ASGI application: pages by Django, sockets by Channels."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
http = get_asgi_application()

from callcenter.routing import websocket  # noqa: E402  needs the apps to be ready

application = ProtocolTypeRouter({"http": http, "websocket": websocket})
