"""Finding calls: conditions, a page of them by key, how many there are, and where the words were said.

Two tables answer. What only a document knows (words, figures, results) is asked of the
documents; everything else of the calls themselves, so that a call that still goes on is
in the list.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import OperationalError, connection, models, transaction
from django.db.models import Prefetch, Q
from psycopg.errors import QueryCanceled

from analytics import daily, facts, find_words
from analytics.find_form import RANGES
from analytics.models import CallDocument, Contest, QualityReport, Step
from calls.models import Call, CallQuerySet, Speaker, User

PAGE_SIZE: Final = 50
MOST_COUNTED: Final = 1_000
# No search keeps the database for longer.
PATIENCE: Final = timedelta(seconds=5)
# So many of the newest calls are looked through before all are.
_RECENT: Final = 500

# Equal in a document and in its call, and in documents alone with an index by time.
_SHARED: Final = ("agent", "queue")
_DOCUMENT: Final = ("direction", "outcome", "disposition", "conclusion")

# What a row of the list shows: a call and those who belong to it have a hundred columns.
_SHOWN: Final = (
    *("sid", "direction", "status", "outcome", "from_number", "to_number"),
    *("created_at", "answered_at", "ended_at"),
    *("agent__first_name", "agent__last_name", "agent__username"),
    *("customer__name", "queue__name"),
)
_SHOWN_OF_REPORT: Final = ("call", "disposition", "score", "needs_human")

Cursor = tuple[datetime, int]
Asked = Mapping[str, Any]


class TooSlow(Exception):  # noqa: N818  the sentence says what is wrong
    """The database did not come to an end in time."""


@dataclass(frozen=True, slots=True)
class Said:
    """Where in a call the words are: the second of its clock, who said it, and the text in marked parts."""

    second: float
    speaker: str
    parts: list[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """Calls, the newest first; `more` says whether older ones follow.

    `number`: how many match from here on, at most one more than MOST_COUNTED, if that was
    asked for or finding the page has told it.
    """

    calls: list[Call]
    more: bool
    number: int | None = None

    @property
    def last(self) -> Cursor | None:
        """Where the next page begins."""
        if not (self.calls and self.more):
            return None
        return self.calls[-1].created_at, self.calls[-1].pk


def page(
    asked: Asked, user: User, *, before: Cursor | None, counted: bool = False
) -> Page:
    """The newest calls that match, of those this user may see. TooSlow after the patience."""
    with _patience():
        ids, number = _ids(asked, user, before)
        unfinished = Step.objects.unfinished().filter(call=models.OuterRef("pk"))
        calls = (
            Call.objects.seen_by(user)
            .filter(pk__in=ids[:PAGE_SIZE])
            .select_related("agent", "customer", "queue")
            .only(*_SHOWN)
            .annotate(has_open_steps=models.Exists(unfinished))
            .prefetch_related(
                Prefetch(
                    "reports",
                    QualityReport.objects.filter(current=True).only(*_SHOWN_OF_REPORT),
                    to_attr="current_reports",
                ),
            )
            .order_by("-created_at", "-pk")
        )
        if counted and number is None:
            number = _rows(asked, user)[: MOST_COUNTED + 1].count()
        return Page(list(calls), more=len(ids) > PAGE_SIZE, number=number)


def matching(asked: Asked, user: User) -> CallQuerySet:
    """All calls that match with their documents, the newest first; for a long way through."""
    calls = Call.objects.seen_by(user)
    if not _needs_document(asked):
        return calls.filter(_conditions(asked)).order_by("-created_at", "-pk")
    calls = calls.filter(_conditions(asked, "document__"))
    return calls.order_by("-document__created_at", "-document__call_id")


def snippets(calls: Sequence[Call], wanted: find_words.Wanted) -> dict[int, Said]:
    """By call: the utterance that answers best, the first of those that do so equally well."""
    if not wanted.shown:
        return {}
    found: dict[int, Said] = {}
    for call, said in facts.transcripts([call.pk for call in calls]).items():
        best = _best(said, wanted)
        if best is not None:
            found[call] = best
    return found


def _best(said: Sequence[facts.Spoken], wanted: find_words.Wanted) -> Said | None:
    best, most = None, 0
    for each in said:
        by_caller = each.speaker == Speaker.CALLER
        if wanted.side and by_caller != (wanted.side == find_words.CALLER):
            continue
        number = find_words.answered(each.text, wanted)
        if number > most:
            best, most = each, number
    if best is None:
        return None
    parts = find_words.snippet(best.text, wanted)
    return Said(best.start, best.speaker, parts)


def _ids(
    asked: Asked, user: User, before: Cursor | None
) -> tuple[list[int], int | None]:
    """More than a page where there are more, so that one knows; and how many, if that is told."""
    if asked["words"]:
        ids = _among_newest(asked, user, before)
        if len(ids) > PAGE_SIZE:
            return ids, None
        ids = _by_words(asked, user, before)
        return ids, len(ids)
    rows = _before(_rows(asked, user), before)
    newest = rows.order_by("-created_at", f"-{_key(rows)}")
    ids = list(newest.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    return ids, None if len(ids) > PAGE_SIZE else len(ids)


def _among_newest(asked: Asked, user: User, before: Cursor | None) -> list[int]:
    """A look at the newest calls alone: words that many calls have fill a page from them."""
    newest = _before(_documents({**asked, "words": None}, user), before)
    newest = newest.order_by("-created_at", "-call_id")
    # Chosen before their words are read, of which else every call's would be.
    looked = CallDocument.objects.filter(pk__in=newest.values("pk")[:_RECENT]).annotate(
        has_words=models.ExpressionWrapper(
            _has(asked["words"]), output_field=models.BooleanField()
        )
    )
    looked = looked.order_by("-created_at", "-call_id")
    found = looked.values_list("pk", "has_words")
    return [pk for pk, has_words in found if has_words][: PAGE_SIZE + 1]


def _by_words(asked: Asked, user: User, before: Cursor | None) -> list[int]:
    """All that match, by the words' index: estimates of rare words and phrases are far off.

    As many as are counted, since looking for a page costs as much as looking for all.
    """
    # Sorted by an expression, so that no other index can be used for the order.
    by_time = models.ExpressionWrapper(
        models.F("created_at") + timedelta(0), output_field=models.DateTimeField()
    )
    rows = _before(_documents(asked, user), before).order_by(by_time.desc(), "-call_id")
    return list(rows.values_list("pk", flat=True)[: MOST_COUNTED + 1])


def _has(wanted: find_words.Wanted, prefix: str = "") -> Q:
    """Documents with these words."""
    found = Q()
    for query in find_words.queries(wanted):
        found |= Q(**{f"{prefix}words__matches": query})
    return found


def _before(rows: "models.QuerySet[Any]", cursor: Cursor | None) -> Any:  # noqa: ANN401
    if cursor is None:
        return rows
    at, pk = cursor
    # Said twice so that the index on the time is used for the first half.
    return rows.filter(created_at__lte=at).filter(
        Q(created_at__lt=at) | Q(**{f"{_key(rows)}__lt": pk})
    )


def _key(rows: "models.QuerySet[Any]") -> str:
    return "call_id" if rows.model is CallDocument else "pk"


def _rows(asked: Asked, user: User) -> "models.QuerySet[Any]":
    if _needs_document(asked):
        return _documents(asked, user)
    return Call.objects.seen_by(user).filter(_conditions(asked)).order_by()


def _documents(asked: Asked, user: User) -> "models.QuerySet[CallDocument]":
    documents = CallDocument.objects.filter(_conditions(asked, of_document=True))
    return documents if user.is_supervisor else documents.filter(agent=user)


def _needs_document(asked: Asked) -> bool:
    named = any(asked.get(name) for name in ("words", *_DOCUMENT, "needs_human"))
    return named or bool(_bounds(asked))


def _conditions(asked: Asked, prefix: str = "", *, of_document: bool = False) -> Q:
    """Of documents, or of calls where the names of documents' columns have a prefix."""
    found = _of_call(asked, "call__" if of_document else "")
    named = {name: asked.get(name) for name in (*_SHARED, *_DOCUMENT, "needs_human")}
    named = {name: value for name, value in named.items() if value}
    named |= _period(asked) | _bounds(asked)
    for name, value in named.items():
        found &= Q(**{f"{prefix}{name}": value})
    return found & _has(asked["words"], prefix) if asked.get("words") else found


def _of_call(asked: Asked, prefix: str) -> Q:
    """What is not in a document: it changes, or is found by an index of the calls."""
    found = Q()
    if asked.get("status"):
        found &= Q(**{f"{prefix}status": asked["status"]})
    if asked.get("contested"):
        calls = Contest.objects.waiting().values("answer__report__call")
        found &= Q(**{f"{prefix}pk__in": calls})
    known = asked.get("identity", "")
    if known.startswith("+"):
        found &= Q(**{f"{prefix}from_number": known}) | Q(
            **{f"{prefix}to_number": known}
        )
    elif known:
        found &= Q(**{f"{prefix}sid": known})
    return found


def _period(asked: Asked) -> dict[str, Any]:
    found = {}
    if since := asked.get("since"):
        found["created_at__gte"] = daily.begins(since)
    if until := asked.get("until"):
        found["created_at__lt"] = daily.begins(until + timedelta(days=1))
    return found


def _bounds(asked: Asked) -> dict[str, Any]:
    found = {}
    for each in RANGES:
        for end, which in (("min", "gte"), ("max", "lte")):
            bound = asked.get(f"{each.name}_{end}")
            if bound is not None:
                found[f"{each.column}__{which}"] = bound * each.scale
    return found


@contextmanager
def _patience() -> Iterator[None]:
    milliseconds = int(PATIENCE.total_seconds() * 1000)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {milliseconds}")
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
