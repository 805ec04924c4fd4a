"""What was measured."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import Call


class Measures(models.Model):
    """The measures of a call under certain thresholds; only the newest row is current."""

    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="measures"
    )
    computed_at = models.DateTimeField(_("computed"))
    current = models.BooleanField(_("current"), default=True)
    thresholds = models.JSONField(_("thresholds"))
    result = models.JSONField(_("result"))
    wait_time = models.FloatField(_("wait time (s)"), null=True, blank=True)
    hold_time = models.FloatField(_("hold time (s)"), null=True, blank=True)
    dead_air_time = models.FloatField(_("dead air (s)"), null=True, blank=True)
    agent_talk_share = models.FloatField(_("agent's talk share"), null=True, blank=True)

    class Meta:
        verbose_name = _("measures")
        verbose_name_plural = _("measures")
        ordering: ClassVar = ["-computed_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"],
                name="measures_one_current",
                condition=models.Q(current=True),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=[column],
                name=f"measures_{column}",
                condition=models.Q(current=True),
            )
            for column in ("hold_time", "dead_air_time", "agent_talk_share")
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.computed_at:%Y-%m-%d %H:%M}"
