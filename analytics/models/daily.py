"""Sums over the calls and the agents of a day: what trends are made of."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyFigures(models.Model):
    """One day's calls: of everybody, by agent, by queue, or by both, as the flags say.

    A day is one of the configured time zone, and a call belongs to the day on which it
    began. Sums stand beside the number of calls in which the figure is known. Trials do
    not count.
    """

    day = models.DateField(_("day"))
    by_agent = models.BooleanField()
    by_queue = models.BooleanField()
    # Null where the rows are not by agent, and for calls that no agent had.
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
    )
    queue = models.ForeignKey(
        "calls.Queue",
        verbose_name=_("queue"),
        null=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
    )
    # The threshold that `answered_in_time` was counted with.
    service_level_seconds = models.FloatField()
    inbound = models.PositiveIntegerField()
    outbound = models.PositiveIntegerField()
    offered = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    answered_in_time = models.PositiveIntegerField()
    abandoned = models.PositiveIntegerField()
    wait_sum = models.FloatField()
    handle_sum = models.FloatField()
    handle_known = models.PositiveIntegerField()
    hold_sum = models.FloatField()
    hold_known = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    dead_air_sum = models.FloatField()
    dead_air_known = models.PositiveIntegerField()
    talk_share_sum = models.FloatField()
    talk_share_known = models.PositiveIntegerField()
    score_sum = models.FloatField()
    scored = models.PositiveIntegerField()
    suggested = models.PositiveIntegerField()
    suggestions_used = models.PositiveIntegerField()
    handled = models.PositiveIntegerField()
    handled_by_ai = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of days")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["by_agent", "by_queue", "agent", "queue", "day"],
                nulls_distinct=False,
                name="daily_figures_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["by_agent", "by_queue", "day"], name="daily_by_day"),
            models.Index(
                fields=["by_agent", "by_queue", "agent", "day"], name="daily_by_agent"
            ),
            models.Index(
                fields=["by_agent", "by_queue", "queue", "day"], name="daily_by_queue"
            ),
            models.Index(fields=["day"], name="daily_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class DailyPresence(models.Model):
    """Seconds of one day in which an agent was on a call or available for one.

    Without an agent the row is of everybody. A day is one of the configured time zone;
    how it is counted is in `analytics.occupancy`.
    """

    day = models.DateField(_("day"))
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
    )
    on_call = models.FloatField()
    available = models.FloatField()

    class Meta:
        verbose_name = _("status of a day")
        verbose_name_plural = _("status of days")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "day"],
                nulls_distinct=False,
                name="daily_presence_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["day"], name="daily_presence_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"
