"""`/metrics` for Prometheus: what waits, by the records as they are now, and what processes have counted."""

import ipaddress
import os
from collections.abc import Iterator, Mapping
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
from calls.media_server import Answer
from calls.models import Call, Message
from copilot import figures  # noqa: F401  told from the beginning, as zeros

# The library's own name for the folder in which processes leave what they have counted.
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
_UNFINISHED: Final = (*sorted(pipeline.UNFINISHED), pipeline.FAILED)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Of the records and of this process, for whoever may read it."""
    here = request.META.get("REMOTE_ADDR", "")
    answer = _answer(request.headers, here, records=True)
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


def of_process(headers: Mapping[str, str], here: str) -> Answer:
    """Of this process alone, for the media server, where nothing may wait for a database.

    It does not know who asks; but where it listens on loopback, `here`, nobody else can.
    """
    return _answer(headers, here, records=False)


def _answer(headers: Mapping[str, str], address: str, *, records: bool) -> Answer:
    """The figures, or why they are not told; without `records` no database is asked."""
    refused = _refusal(
        authorization=headers.get("Authorization", ""),
        address=address,
        is_forwarded="X-Forwarded-For" in headers,
    )
    if refused is not None:
        return Answer(refused, _CHALLENGE if refused is HTTPStatus.UNAUTHORIZED else {})
    encode, content_type = choose_encoder(headers.get("Accept", ""))
    text = encode(_registry(records=records))
    return Answer(HTTPStatus.OK, {"Content-Type": content_type}, text)


def _refusal(
    *, authorization: str, address: str, is_forwarded: bool
) -> HTTPStatus | None:
    """None for whoever has the token; without one only on a machine that serves itself alone.

    To a proxy on this machine everybody is from here: so only where none can be.
    """
    if settings.METRICS_TOKEN:
        return None if _is_token(authorization) else HTTPStatus.UNAUTHORIZED
    is_from_here = (
        _is_loopback(urlsplit(settings.PUBLIC_BASE_URL).hostname or "")
        and _is_loopback(address)
        and not is_forwarded
    )
    return None if is_from_here else HTTPStatus.NOT_FOUND


def _is_token(authorization: str) -> bool:
    scheme, _, given = authorization.partition(" ")
    right = compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and right


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _registry(*, records: bool) -> CollectorRegistry:
    registry = CollectorRegistry()
    if records:
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
