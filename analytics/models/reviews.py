"""What people made of a report: corrections, objections and other words; nothing of it is changed later."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models.reports import Answer
from calls.models import Call


class Correction(models.Model):
    """A human's word on an answer: another one, or that it is right. The newest stands."""

    answer = models.ForeignKey(
        Answer,
        verbose_name=_("answer"),
        on_delete=models.CASCADE,
        related_name="corrections",
    )
    value = models.TextField(_("answer"))
    before = models.TextField(_("before"), null=True, blank=True)
    why = models.TextField(_("why"), blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering: ClassVar = ["answer", "-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.at:%Y-%m-%d %H:%M}"


class ContestQuerySet(models.QuerySet["Contest"]):
    def of_earlier_reports(self, call: Call) -> "ContestQuerySet":
        """Those that did not go on into the current report, with whom and what they are about."""
        return self.filter(
            answer__report__call=call, answer__report__current=False
        ).select_related("by", "answered_by", "answer__question")

    def waiting(self) -> "ContestQuerySet":
        """Those a supervisor has to look at: of an earlier report nobody does."""
        return self.filter(state=Contest.State.OPEN, answer__report__current=True)


class Contest(models.Model):
    """An agent's objection to one answer, and what a supervisor made of it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Not accepted")
        LAPSED = "lapsed", _("Closed without an answer")

    answer = models.ForeignKey(
        Answer,
        verbose_name=_("answer"),
        on_delete=models.CASCADE,
        related_name="contests",
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.OPEN
    )
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reply = models.TextField(_("reply"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answered by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("contested answer")
        verbose_name_plural = _("contested answers")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["answer"],
                name="contest_one_open",
                condition=models.Q(state="open"),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-at"],
                name="contest_open",
                condition=models.Q(state="open"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.get_state_display()}"


class Revision(models.Model):
    """What somebody changed in the text of a call's report; it outlives the report."""

    class Field(models.TextChoices):
        SUMMARY = "summary", _("Summary")
        DISPOSITION = "disposition", _("Disposition")
        PROMISES = "promises", _("Promises")

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="report_revisions",
    )
    field = models.CharField(_("field"), max_length=12, choices=Field.choices)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("revision of a report")
        verbose_name_plural = _("revisions of reports")
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.call_id} {self.field} {self.at:%Y-%m-%d %H:%M}"
