"""What was ordered from AssemblyAI, and what came back."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics import pipeline
from analytics.models.steps import Step
from calls.models import Call, Recording, Utterance
from vendors.assemblyai.transcript import NO_SPEECH_ERROR


class TranscriptQuerySet(models.QuerySet["Transcript"]):
    def conclusive(self) -> "TranscriptQuerySet":
        """Those from which the words are known, and be it that there were none."""
        return self.filter(
            models.Q(raw__status="completed")
            | models.Q(raw__error__icontains=NO_SPEECH_ERROR)
        )

    def of(self, said: Utterance) -> "TranscriptQuerySet":
        """The order from which these words of a final transcript came, without the raw answer."""
        return self.filter(vendor_id=said.item.rpartition(":")[0]).defer("raw")

    def told(self) -> "TranscriptQuerySet":
        """Those of which nothing more is expected, without the raw answers, which are long."""
        return self.exclude(completed_at=None).defer("raw")


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
    # By the item of the utterance: positive, neutral or negative.
    moods = models.JSONField(_("moods"), default=dict, blank=True)
    # What the vendor has named: kind, text (covered like the transcript), start, end on
    # the call's clock.
    entities = models.JSONField(_("entities"), default=list, blank=True)
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
