"""The project package as an app, for its management commands and checks."""

from django.apps import AppConfig


class CallCenterConfig(AppConfig):
    name = "callcenter"

    def ready(self) -> None:
        from callcenter import checks  # noqa: F401, PLC0415  registers them
