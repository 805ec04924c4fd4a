"""What is found out after a call, and how far that has come; writes are in services."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics import pipeline
from calls.models import Call, Recording, Speaker
from vendors.assemblyai.transcript import NO_SPEECH_ERROR


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


class TranscriptQuerySet(models.QuerySet["Transcript"]):
    def conclusive(self) -> "TranscriptQuerySet":
        """Those from which the words are known, and be it that there were none."""
        return self.filter(
            models.Q(raw__status="completed")
            | models.Q(raw__error__icontains=NO_SPEECH_ERROR)
        )


class Transcript(models.Model):
    """One order for a transcript at AssemblyAI, and what came back; its words are Utterances."""

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="transcripts",
    )
    recording = models.ForeignKey(
        Recording,
        verbose_name=_("recording"),
        on_delete=models.CASCADE,
        related_name="transcripts",
    )
    vendor_id = models.CharField(_("AssemblyAI's id"), max_length=64, unique=True)
    ordered_at = models.DateTimeField(_("ordered"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    raw = models.JSONField(_("raw answer"), null=True, blank=True)
    live_word_error_rate = models.FloatField(
        _("word error rate of the live transcript"), null=True, blank=True
    )

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")
        ordering: ClassVar = ["-ordered_at", "-id"]

    def __str__(self) -> str:
        return self.vendor_id


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


class ForeignTranscriptQuerySet(models.QuerySet["ForeignTranscript"]):
    def due(self, *, by: datetime) -> "ForeignTranscriptQuerySet":
        """Those on which somebody should work now; a running one is due when its worker is dead."""
        return self.filter(state__in=pipeline.UNFINISHED).filter(
            models.Q(not_before=None) | models.Q(not_before__lte=by)
        )


class ForeignTranscript(models.Model):
    """The words of somebody else's recording, by its address: transcribed once, whoever asks."""

    # Of the address: too long for an index by itself.
    digest = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    url = models.TextField(_("address"))
    state = models.CharField(
        _("state"),
        max_length=7,
        choices=Step.State.choices,
        default=Step.State.WAITING,
    )
    # The order at AssemblyAI, once there is one.
    vendor_id = models.CharField(_("AssemblyAI's id"), max_length=64, blank=True)
    text = models.TextField(_("transcript"), blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    asked_at = models.DateTimeField(_("asked"))
    ordered_at = models.DateTimeField(_("ordered"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # While it runs: when its worker counts as dead.
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    # Rises with every worker that takes it, so that a late one is recognised.
    claim = models.PositiveIntegerField(default=0, editable=False)

    objects = ForeignTranscriptQuerySet.as_manager()

    class Meta:
        verbose_name = _("foreign transcript")
        verbose_name_plural = _("foreign transcripts")
        ordering: ClassVar = ["-asked_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["not_before"],
                name="foreign_unfinished",
                condition=models.Q(state__in=sorted(pipeline.UNFINISHED)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def is_settled(self) -> bool:
        return self.state not in pipeline.UNFINISHED
