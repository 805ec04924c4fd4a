"""What was judged."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import Call, Speaker


class QualityReport(models.Model):
    """An AI's judgement of a call, its quotes checked against the transcript; the newest is current."""

    class Disposition(models.TextChoices):
        RESOLVED = "resolved", _("Resolved")
        FOLLOW_UP = "follow_up", _("Follow-up promised")
        UNRESOLVED = "unresolved", _("Not resolved")
        ESCALATED = "escalated", _("Passed on")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        OTHER = "other", _("Something else")

    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="reports"
    )
    written_at = models.DateTimeField(_("written"))
    current = models.BooleanField(_("current"), default=True)
    model = models.CharField(_("model"), max_length=80)
    transcript = models.CharField(
        _("judged from"), max_length=5, help_text=_("The live or the final transcript.")
    )
    judged = models.CharField(
        _("about"),
        max_length=10,
        choices=Speaker.choices,
        default=Speaker.AGENT,
        help_text=_("Whose words were judged: the agent's, if one spoke at all."),
    )
    summary = models.TextField(_("summary"))
    disposition = models.CharField(
        _("disposition"), max_length=12, choices=Disposition.choices
    )
    went_well = models.JSONField(_("went well"), default=list)
    to_improve = models.JSONField(_("to improve"), default=list)
    scores = models.JSONField(_("scores"), default=list)
    score = models.FloatField(
        _("score (%)"),
        null=True,
        blank=True,
        help_text=_("Weighted mean of the scores whose quotes were found."),
    )
    needs_human = models.PositiveSmallIntegerField(
        _("scores that need a human"), default=0
    )

    class Meta:
        verbose_name = _("quality report")
        verbose_name_plural = _("quality reports")
        ordering: ClassVar = ["-written_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"],
                name="report_one_current",
                condition=models.Q(current=True),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["disposition"],
                name="report_disposition",
                condition=models.Q(current=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.written_at:%Y-%m-%d %H:%M}"
