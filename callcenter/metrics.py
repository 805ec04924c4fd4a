"""`/metrics` for Prometheus: what waits, by the records as they are now, and what processes have counted."""

import ipaddress
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from secrets import compare_digest
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, models
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, Metric, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from analytics import pipeline
from analytics.models import Step
from calls.models import Call, Message
from copilot import figures  # noqa: F401  told from the beginning, as zeros

# The library's own name for the folder in which processes leave what they have counted.
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_UNFINISHED: Final = (*sorted(pipeline.UNFINISHED), pipeline.FAILED)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; without one only on a machine that serves itself alone."""
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            return HttpResponse(
                status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}
            )
    elif not _is_from_here(request):
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and right


def _is_from_here(request: HttpRequest) -> bool:
    """To a proxy on this machine everybody is from here: so only where none can be."""
    return (
        _is_loopback(urlsplit(settings.PUBLIC_BASE_URL).hostname or "")
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and "X-Forwarded-For" not in request.headers
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Records())
    folder = os.environ.get(_SHARED)
    if folder is None:
        registry.register(REGISTRY)
    else:
        _forget_the_dead(Path(folder))
        # The library has types, but not for this.
        multiprocess.MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return registry


def _forget_the_dead(folder: Path) -> None:
    """Whoever was killed has no sockets any more; what it counted still counts."""
    for process in {
        int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")
    }:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            multiprocess.mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # it lives, as somebody else's


class _Records(Collector):
    """What the database knows: the same whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        try:
            found += _queues()
        except DatabaseError:
            found.clear()
        yield GaugeMetricFamily(
            "callcopilot_database_up",
            "Whether the figures of the records could be read.",
            value=float(bool(found)),
        )
        yield from found


def _queues() -> Iterator[Metric]:
    live = GaugeMetricFamily(
        "callcopilot_calls_live", "Calls that are going on.", labels=["mode"]
    )
    by_mode = _counted(Call.objects.live(), "mode")
    for mode in Call.Mode.values:
        live.add_metric([mode], by_mode.get((mode,), 0))
    yield live
    yield GaugeMetricFamily(
        "callcopilot_calls_waiting",
        "Callers who wait for an agent.",
        value=Call.objects.waiting().count(),
    )
    steps = GaugeMetricFamily(
        "callcopilot_steps",
        "Steps after calls that are not done.",
        labels=["step", "state"],
    )
    by_step = _counted(Step.objects.filter(state__in=_UNFINISHED), "name", "state")
    for name in pipeline.STEPS:
        for state in _UNFINISHED:
            steps.add_metric([name, state], by_step.get((name, state), 0))
    yield steps
    yield GaugeMetricFamily(
        "callcopilot_messages_undecided",
        "Messages of which Twilio's word is missing.",
        value=Message.objects.undecided().count(),
    )


def _counted(
    rows: models.QuerySet[models.Model], *fields: str
) -> dict[tuple[str, ...], int]:
    counted = rows.order_by().values_list(*fields).annotate(models.Count("pk"))
    return {tuple(row[:-1]): row[-1] for row in counted}
