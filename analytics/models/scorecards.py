"""Scorecards and their versions: a version is edited as a draft and never changes once it is in force."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import Queue


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def for_queue(self, queue_id: int | None) -> "Scorecard | None":
        """The queue's own, else the default; only those with a version in force."""
        ready = self.filter(
            models.Exists(
                ScorecardVersion.objects.in_force().filter(
                    scorecard=models.OuterRef("pk")
                )
            )
        )
        own = None
        if queue_id is not None:
            own = ready.filter(queues=queue_id).order_by("pk").first()
        return own or ready.filter(default=True).first()


class Scorecard(models.Model):
    """A scorecard by name; its questions are in its versions, of which the newest in force counts."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("For calls of queues without a scorecard of their own."),
    )
    queues = models.ManyToManyField(
        Queue,
        verbose_name=_("queues"),
        blank=True,
        related_name="scorecards",
        help_text=_("Calls of these queues are judged by it. A queue has one at most."),
    )

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["default"],
                name="scorecard_one_default",
                condition=models.Q(default=True),
                violation_error_message=_("Another scorecard is the default."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "ScorecardVersion | None":
        """The version that calls are judged by now."""
        return self.versions.in_force().order_by("-number").first()

    @property
    def draft(self) -> "ScorecardVersion | None":
        """The version that is being written."""
        return self.versions.filter(published_at=None).order_by("-number").first()


class ScorecardVersionQuerySet(models.QuerySet["ScorecardVersion"]):
    def in_force(self) -> "ScorecardVersionQuerySet":
        """Those that were published: reports may refer to them."""
        return self.exclude(published_at=None)


class ScorecardVersion(models.Model):
    """The questions of a scorecard from one publication to the next."""

    class Scoring(models.TextChoices):
        WEIGHTS = "weights", _("Weights that total 100")
        POINTS = "points", _("Points")

    scorecard = models.ForeignKey(
        Scorecard,
        verbose_name=_("scorecard"),
        on_delete=models.CASCADE,
        related_name="versions",
    )
    number = models.PositiveIntegerField(_("number"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    published_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("put in force by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    scoring = models.CharField(
        _("scoring"),
        max_length=8,
        choices=Scoring.choices,
        default=Scoring.WEIGHTS,
        help_text=_(
            "With weights each question has its percentage of the total, and all of them"
            " make 100. With points each question is worth the most it can earn."
        ),
    )
    reviews_needed = models.PositiveSmallIntegerField(
        _("reviews before trust is judged"),
        default=20,
        validators=[MinValueValidator(1)],
        help_text=_(
            "After so many answers of the model that a person has reviewed, a question"
            " whose agreement is below its level only suggests."
        ),
    )

    objects = ScorecardVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a scorecard")
        verbose_name_plural = _("versions of scorecards")
        ordering: ClassVar = ["scorecard", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scorecard", "number"], name="scorecard_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scorecard.name} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Reports refer to what was in force."""
        refuse_if_fixed(None if self._state.adding else self.pk)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_if_fixed(self.pk)
        return super().delete(*args, **kwargs)

    @property
    def is_fixed(self) -> bool:
        """Whether it is in force, so that nothing of it changes any more."""
        return self.published_at is not None


def refuse_if_fixed(version_id: int | None) -> None:
    """ValueError if this version is in force; what is stored decides, not what is in memory."""
    if (
        version_id is not None
        and ScorecardVersion.objects.in_force().filter(pk=version_id).exists()
    ):
        raise ValueError("a version in force never changes; write the next one")
