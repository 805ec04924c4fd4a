"""The analytics app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = _("After the call")

    def ready(self) -> None:
        """Listen to what `calls` tells."""
        from analytics import receivers  # noqa: F401, PLC0415  to connect them
