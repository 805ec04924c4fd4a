"""What a call's report says: its text, its score and its answers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.questions import Question
from analytics.models.scorecards import ScorecardVersion
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
    # Without one only the call is reported, and nothing scored.
    card = models.ForeignKey(
        ScorecardVersion,
        verbose_name=_("scorecard"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
    )
    model = models.CharField(
        _("model"),
        max_length=80,
        blank=True,
        help_text=_("Empty: the model's part is missing."),
    )
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
    summary = models.TextField(_("summary"), blank=True)
    disposition = models.CharField(
        _("disposition"), max_length=12, choices=Disposition.choices, blank=True
    )
    # Each with "who", "what", "by_when", "quotes" and "doubt".
    promises = models.JSONField(_("promises"), default=list, blank=True)
    went_well = models.JSONField(_("went well"), default=list)
    to_improve = models.JSONField(_("to improve"), default=list)
    # Of each section: "title", "score" in percent, "worth" that counted, "failed".
    scores = models.JSONField(_("scores"), default=list)
    score = models.FloatField(
        _("score (%)"),
        null=True,
        blank=True,
        help_text=_("Weighted mean of the answers that count."),
    )
    failed = models.BooleanField(
        _("failed"), default=False, help_text=_("An answer fails the whole form.")
    )
    needs_human = models.PositiveSmallIntegerField(
        _("answers that need a human"), default=0
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acknowledged by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
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


class Answer(models.Model):
    """The answer to one question of a report: the machine's own, and the human's beside it."""

    class Doubt(models.TextChoices):
        """Why a machine's answer needs a human and does not count."""

        NOT_ANSWERED = "not_answered", _("The model did not answer this question.")
        NO_QUOTE = "no_quote", _("The model gave no proof.")
        NOT_FOUND = "quote_not_found", _("A quote was not found in the transcript.")
        WRONG_SPEAKER = "wrong_speaker", _("Somebody else said what is quoted.")
        WRONG_TIME = "wrong_time", _("A quote was said at another time than claimed.")
        OTHERS_WORDS = "others_words", _("The proof is what somebody else said.")
        NO_MEASURE = "no_measure", _("The measure is not known for this call.")
        BY_HAND = "by_hand", _("This question is answered by hand.")

    report = models.ForeignKey(
        QualityReport,
        verbose_name=_("report"),
        on_delete=models.CASCADE,
        related_name="answers",
    )
    question = models.ForeignKey(
        Question,
        verbose_name=_("question"),
        on_delete=models.PROTECT,
        related_name="answers",
    )
    # "yes", "no", "na", an option's key, a number or a text; null is none.
    given = models.TextField(_("machine's answer"), null=True, blank=True)
    final = models.TextField(_("human's answer"), null=True, blank=True)
    rationale = models.TextField(_("rationale"), blank=True)
    # Each with "speaker", "text", "start", "end" (null if not found) and "fault".
    quotes = models.JSONField(_("quotes"), default=list, blank=True)
    doubt = models.CharField(
        _("doubt"), max_length=16, choices=Doubt.choices, blank=True
    )
    others_part = models.BooleanField(
        _("somebody else had this part of the call"), default=False
    )
    suggested = models.BooleanField(
        _("only suggested"),
        default=False,
        help_text=_("People agreed with the model too rarely for it to count."),
    )
    # What the arithmetic made of it.
    value = models.FloatField(_("value"), null=True, blank=True)
    counts = models.BooleanField(_("counts"), default=False)
    why = models.CharField(_("why not"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering: ClassVar = ["report", "question__section__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "question"], name="answer_once_in_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.question_id}"

    @property
    def settled(self) -> str | None:
        """The answer that stands: the human's, else the machine's."""
        return self.given if self.final is None else self.final
