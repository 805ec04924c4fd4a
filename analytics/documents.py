"""Keeping documents and daily figures as the records are: marked stale when those change, made again in batches.

Everything here may be repeated, and what gets lost between two steps is done by the next
round, because what is to be done is in the rows.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from analytics import daily, facts, find_words
from analytics.models import CallDocument, DailyFigures, Measures, QualityReport
from calls.models import Call, CallEvent, Speaker
from copilot.models import Suggestion

BATCH: Final = 200
# Of one round, which is a task and must not take for ever.
_MOST: Final = 5_000
# One round at a time: two would count the same day twice at once, and wait for each other.
_ROUND: Final = 0x66696E64
_FROM_CALL: Final = (
    "created_at",
    "trial",
    "direction",
    "outcome",
    "agent_id",
    "queue_id",
    "disposition_id",
)


def touch(call: Call) -> None:
    """The call's records have changed. In the transaction that changes them; of a call that goes on nothing is kept."""
    if call.ended_at is None:
        return
    CallDocument.objects.bulk_create(
        [CallDocument(call=call, stale=True, **_of_call(call))],
        update_conflicts=True,
        unique_fields=["call"],
        update_fields=["stale"],
    )


def forget(document: CallDocument) -> None:
    """A call is gone: its day is counted anew with another call of it, and without one has no figures."""
    day = timezone.localdate(document.created_at, daily.zone())
    until = daily.begins(day + timedelta(days=1))
    left = CallDocument.objects.filter(
        created_at__gte=daily.begins(day), created_at__lt=until
    )
    if not left.filter(pk__in=left.values("pk")[:1]).update(stale=True):
        DailyFigures.objects.filter(day=day).delete()


def refresh(*, most: int = _MOST) -> int:
    """Make stale documents again, and count their days anew; how many documents that were."""
    done = 0
    while done < most:
        made = _batch(min(BATCH, most - done))
        done += made
        if made < BATCH:
            break
    return done


def rebuild(calls: Sequence[int]) -> None:
    """Make these calls' documents again, whatever they were; days are not counted."""
    with transaction.atomic():
        _write(calls)


def _batch(size: int) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ROUND])
            if not cursor.fetchone()[0]:
                return 0
        # What somebody is about to change is left to the next round.
        documents = CallDocument.objects.select_for_update(
            no_key=True, skip_locked=True
        )
        stale = documents.filter(stale=True)
        rows = dict(stale.values_list("pk", "created_at")[:size])
        if not rows:
            return 0
        _write(list(rows))
        days = {timezone.localdate(at, daily.zone()) for at in rows.values()}
        daily.count(days)
    return len(rows)


def _write(ids: Sequence[int]) -> None:
    calls = Call.objects.filter(pk__in=ids, ended_at__isnull=False)
    found = _Found(ids)
    rows = [found.document(call) for call in calls]
    updated = [field.name for field in CallDocument._meta.concrete_fields[1:]]
    CallDocument.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["call"], update_fields=updated
    )


class _Found:
    """What is known of some calls, with one query for each kind of it."""

    def __init__(self, ids: Sequence[int]) -> None:
        current = {"call__in": ids, "current": True}
        self._measures = {
            each.call_id: each for each in Measures.objects.filter(**current)
        }
        self._reports = {
            each.call_id: each for each in QualityReport.objects.filter(**current)
        }
        self._said = facts.transcripts(ids)
        joined = CallEvent.objects.filter(call__in=ids, name="agent.joined")
        self._attended = set(joined.values_list("call", flat=True))
        self._suggested = _suggestions(ids)

    def document(self, call: Call) -> CallDocument:
        """All of it in one row."""
        report = self._reports.get(call.pk)
        said = self._said.get(call.pk, [])
        suggested, used = self._suggested.get(call.pk, (0, 0))
        return CallDocument(
            call=call,
            stale=False,
            **_of_call(call),
            conclusion="" if report is None else report.disposition,
            score=None if report is None else report.score,
            needs_human=report is not None and bool(report.needs_human),
            duration=call.duration,
            **_figures(self._measures.get(call.pk)),
            attended=call.pk in self._attended,
            led=any(each.speaker == Speaker.ASSISTANT for each in said),
            turns_with_suggestion=suggested,
            turns_with_suggestion_used=used,
            words=find_words.vector(_sides(said)),
        )


def _of_call(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _FROM_CALL}


def _figures(measures: Measures | None) -> dict[str, float | None]:
    figures = {} if measures is None else measures.result.get("figures", {})
    return {
        "wait_time": figures.get("wait_time"),
        "handle_time": figures.get("handle_time"),
        "hold_time": figures.get("hold_time"),
        "dead_air_time": figures.get("dead_air_time"),
        "longest_dead_air": figures.get("longest_dead_air"),
        "agent_talk_share": (figures.get("talk_share") or {}).get(Speaker.AGENT),
    }


def _sides(said: Iterable[facts.Spoken]) -> Iterable[tuple[bool, str]]:
    return ((each.speaker == Speaker.CALLER, each.text) for each in said)


def _suggestions(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By call: turns of the caller for which something was offered, and after which it was used."""
    offered = Suggestion.objects.filter(call__in=ids, kind=Suggestion.Kind.REPLY)
    offered = offered.exclude(state=Suggestion.State.WRITING)
    used = Q(state=Suggestion.State.USED)
    rows = (
        offered.order_by()
        .values("call")
        .annotate(
            turns=Count("after", distinct=True),
            taken=Count("after", distinct=True, filter=used),
        )
    )
    return {
        call: (turns, taken)
        for call, turns, taken in rows.values_list("call", "turns", "taken")
    }
