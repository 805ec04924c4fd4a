"""The wiring: settings, routes, processes. It imports everything and nobody imports it."""

# Tasks are queued from the web processes too: they need the configured application.
from callcenter.celery import app as celery_app

__all__ = ["celery_app"]
