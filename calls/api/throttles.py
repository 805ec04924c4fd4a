"""How often one user may ask: counted in Redis for all processes; without Redis nobody is refused."""

import logging
import time
from typing import Final

import redis
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)

_WINDOW: Final = 60
_complained = [0.0]


class PerMinute(BaseThrottle):
    """So many requests a minute and user of the kind that the view names in `rate`."""

    def __init__(self) -> None:
        self._waits = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        rate: str = getattr(view, "rate", "read")
        now = time.time()
        window, passed = divmod(now, _WINDOW)
        self._waits = _WINDOW - passed
        who = request.user.pk
        try:
            count = _counted(f"api:{rate}:{who}:{window:.0f}")
        except (redis.RedisError, OSError) as error:
            _complain(error, now)
            return True
        return count <= int(settings.API_PER_MINUTE[rate])

    def wait(self) -> float:
        return self._waits


def _counted(key: str) -> int:
    cache.add(key, 0, timeout=2 * _WINDOW)
    return cache.incr(key)


def _complain(error: Exception, now: float) -> None:
    """Once a minute: it would be said with every request."""
    if now - _complained[0] >= _WINDOW:
        _complained[0] = now
        logger.warning(
            "requests are not counted, Redis is away: %s", type(error).__name__
        )
