"""What calls are found by: one row for each call that has ended, made from all that is known of it."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.reports import QualityReport
from calls.models import Call


@SearchVectorField.register_lookup
class Matches(models.Lookup):
    """A tsquery in PostgreSQL's own notation, its words as `find_words` makes them."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ANN401
        """`words @@ 'query'::tsquery`."""
        words, parameters = self.process_lhs(compiler, connection)
        return f"{words} @@ %s::tsquery", (*parameters, self.rhs)


class CallDocument(models.Model):
    """A call as it is searched, filtered and counted; made again from its records at any time.

    Seconds; shares between 0 and 1; a figure that is not known is null. `stale`: its
    records have changed since it was made.
    """

    call = models.OneToOneField(
        Call,
        verbose_name=_("call"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="document",
    )
    stale = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    trial = models.BooleanField(_("trial"), default=False)
    direction = models.CharField(
        _("direction"), max_length=8, choices=Call.Direction.choices
    )
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Call.Outcome.choices, blank=True
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    queue = models.ForeignKey(
        "calls.Queue",
        verbose_name=_("queue"),
        null=True,
        on_delete=models.SET_NULL,
        db_index=False,
        related_name="+",
    )
    # What the agent chose, and what the report says.
    disposition = models.ForeignKey(
        "calls.Disposition",
        verbose_name=_("disposition"),
        null=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    conclusion = models.CharField(
        _("result"),
        max_length=12,
        choices=QualityReport.Disposition.choices,
        blank=True,
    )
    score = models.FloatField(_("score (%)"), null=True)
    needs_human = models.BooleanField(_("needs a human"), default=False)
    duration = models.FloatField(_("duration (s)"), null=True)
    wait_time = models.FloatField(_("wait time (s)"), null=True)
    handle_time = models.FloatField(_("handle time (s)"), null=True)
    hold_time = models.FloatField(_("hold time (s)"), null=True)
    dead_air_time = models.FloatField(_("dead air (s)"), null=True)
    longest_dead_air = models.FloatField(_("longest dead air (s)"), null=True)
    agent_talk_share = models.FloatField(_("agent's talk share"), null=True)
    # Who talked with the caller, and what became of what the copilot suggested.
    attended = models.BooleanField(_("an agent was connected"), default=False)
    led = models.BooleanField(_("an assistant spoke"), default=False)
    turns_with_suggestion = models.PositiveIntegerField(default=0)
    turns_with_suggestion_used = models.PositiveIntegerField(default=0)
    words = SearchVectorField(_("words"), default="", editable=False)

    class Meta:
        verbose_name = _("call as it is found")
        verbose_name_plural = _("calls as they are found")
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-call"], name="document_newest_first"),
            *(
                models.Index(
                    fields=[column, "-created_at", "-call"], name=f"document_{column}"
                )
                for column in (
                    "agent",
                    "queue",
                    "direction",
                    "outcome",
                    "disposition",
                    "conclusion",
                )
            ),
            # With the time, so that the newest within bounds are chosen from the index.
            *(
                models.Index(
                    fields=[column],
                    include=["created_at", "call"],
                    name=f"document_by_{column}",
                )
                for column in (
                    "score",
                    "duration",
                    "wait_time",
                    "hold_time",
                    "dead_air_time",
                    "longest_dead_air",
                    "agent_talk_share",
                )
            ),
            models.Index(
                fields=["-created_at", "-call"],
                name="document_needs_human",
                condition=models.Q(needs_human=True),
            ),
            models.Index(
                fields=["call"], name="document_stale", condition=models.Q(stale=True)
            ),
            GinIndex(fields=["words"], name="document_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return str(self.call_id)
