"""How far the work after a call has come."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics import pipeline
from calls.models import Call


class StepQuerySet(models.QuerySet["Step"]):
    def unfinished(self) -> "StepQuerySet":
        return self.filter(state__in=pipeline.UNFINISHED)

    def in_order(self) -> "StepQuerySet":
        """One call's steps as they follow each other."""
        places = [
            models.When(name=name, then=place)
            for place, name in enumerate(pipeline.STEPS)
        ]
        return self.order_by(models.Case(*places))


class Step(models.Model):
    """One thing to do after a call. While it runs, `not_before` is when its worker counts as dead."""

    class Name(models.TextChoices):
        FETCH = pipeline.FETCH, _("Fetch the recording")
        TRANSCRIBE = pipeline.TRANSCRIBE, _("Transcribe")
        MEASURE = pipeline.MEASURE, _("Measure")
        REDACT = pipeline.REDACT, _("Silence what is private")
        JUDGE = pipeline.JUDGE, _("Judge")
        FOLLOW_UP = pipeline.FOLLOW_UP, _("Write to the customer")

    class State(models.TextChoices):
        WAITING = pipeline.WAITING, _("Waiting")
        RUNNING = pipeline.RUNNING, _("Running")
        DONE = pipeline.DONE, _("Done")
        FAILED = pipeline.FAILED, _("Failed")

    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="steps"
    )
    name = models.CharField(_("name"), max_length=10, choices=Name.choices)
    state = models.CharField(
        _("state"), max_length=7, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    # Rises with every worker that takes the step, so that a late one is recognised.
    claim = models.PositiveIntegerField(default=0, editable=False)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "name"], name="step_once_per_call")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["not_before"],
                name="step_unfinished",
                condition=models.Q(state__in=sorted(pipeline.UNFINISHED)),
            ),
            models.Index(
                fields=["-finished_at"],
                name="step_failed",
                condition=models.Q(state=pipeline.FAILED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
