"""What a version of a scorecard asks: sections, questions, and the answers that they may have."""

import itertools
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from analytics.models.scorecards import ScorecardVersion, refuse_if_fixed
from calls.models import Queue

_LONGEST_TEXT: Final = 500
_LONGEST_INSTRUCTION: Final = 2000
_PERCENT: Final = (MinValueValidator(0), MaxValueValidator(100))


class _Part(models.Model):
    """A row of a version: it changes only as long as the version is a draft."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_if_fixed(self.version_id)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_if_fixed(self.version_id)
        return super().delete(*args, **kwargs)

    version_id: int


class Section(_Part):
    """A heading under which questions stand, with a score of its own."""

    version = models.ForeignKey(
        ScorecardVersion,
        verbose_name=_("version"),
        on_delete=models.CASCADE,
        related_name="sections",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=80)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering: ClassVar = ["version", "position", "pk"]

    def __str__(self) -> str:
        return self.title


class Question(_Part):
    """One question: what is asked, who answers it, what it counts, and when it is asked at all."""

    class Kind(models.TextChoices):
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("Choice")
        NUMBER = "number", _("Number")
        TEXT = "text", _("Text")

    class Source(models.TextChoices):
        MODEL = "model", _("The model")
        MEASURE = "measure", _("A measure")
        HAND = "hand", _("By hand")

    class Part(models.TextChoices):
        """Of which part of a call it is: only whoever had that part is asked."""

        WHOLE = "whole", _("The whole call")
        OPENING = "opening", _("Its opening")
        ENDING = "ending", _("Its ending")

    class Fails(models.TextChoices):
        NOTHING = "", _("Nothing")
        SECTION = "section", _("Its section")
        FORM = "form", _("The whole form")

    class Good(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")

    class Whose(models.TextChoices):
        JUDGED = "judged", _("Whoever is judged")
        CALLER = "caller", _("The caller")

    version = models.ForeignKey(
        ScorecardVersion,
        verbose_name=_("version"),
        on_delete=models.CASCADE,
        related_name="questions",
    )
    section = models.ForeignKey(
        Section,
        verbose_name=_("section"),
        on_delete=models.CASCADE,
        related_name="questions",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # The same in all versions, so that what is known of a question goes on.
    key = models.SlugField(_("key"), max_length=80, editable=False)
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(
        _("question"),
        max_length=_LONGEST_TEXT,
        blank=True,
        help_text=_(
            "As the model and people are asked; {who} stands for agent or assistant."
            " Empty: the title."
        ),
    )
    kind = models.CharField(
        _("answer"), max_length=8, choices=Kind.choices, default=Kind.YES_NO
    )
    source = models.CharField(
        _("answered by"), max_length=8, choices=Source.choices, default=Source.MODEL
    )
    weight = models.FloatField(
        _("weight"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Percent of the total; with points, what the good answer of a yes or no is"
            " worth. 0 does not count."
        ),
    )
    good = models.CharField(
        _("good answer"),
        max_length=3,
        choices=Good.choices,
        default=Good.YES,
        help_text=_("Of a yes or no."),
    )
    may_be_na = models.BooleanField(
        _("may be not applicable"),
        default=False,
        help_text=_("Then its weight drops out."),
    )
    fails = models.CharField(
        _("a bad answer fails"),
        max_length=8,
        choices=Fails.choices,
        default=Fails.NOTHING,
        blank=True,
        help_text=_(
            "Its section, or everything, is zero then. Bad is the other answer than the"
            " good one, or an option that is marked as failing."
        ),
    )
    part = models.CharField(
        _("part of the call"),
        max_length=8,
        choices=Part.choices,
        default=Part.WHOLE,
        help_text=_(
            "Who came into a call in the middle is not asked about its opening."
        ),
    )
    instruction = models.TextField(
        _("instruction to the model"),
        blank=True,
        max_length=_LONGEST_INSTRUCTION,
        help_text=_("What counts as which answer, with examples."),
    )
    measure = models.CharField(_("measure"), max_length=40, blank=True)
    whose = models.CharField(
        _("whose"),
        max_length=8,
        choices=Whose.choices,
        default=Whose.JUDGED,
        help_text=_("Of measures that each speaker has."),
    )
    measure_low = models.FloatField(
        _("yes from"),
        null=True,
        blank=True,
        help_text=_("Of a yes or no: yes, if the measure is at least this."),
    )
    measure_high = models.FloatField(
        _("and below"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    least_agreement = models.PositiveSmallIntegerField(
        _("least agreement (%)"),
        default=80,
        validators=_PERCENT,
        help_text=_(
            "How often people must have agreed with the model for its answers to count."
        ),
    )
    only_question = models.ForeignKey(
        "self",
        verbose_name=_("only if this question"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    only_answer = models.CharField(
        _("was answered with"),
        max_length=80,
        blank=True,
        help_text=_("yes, no, or the title of the option."),
    )
    only_queue = models.ForeignKey(
        Queue,
        verbose_name=_("only on calls of the queue"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    only_measure = models.CharField(
        _("only if this measure"), max_length=40, blank=True
    )
    only_low = models.FloatField(_("is at least"), null=True, blank=True)
    only_high = models.FloatField(_("and below"), null=True, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering: ClassVar = ["version", "section__position", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "key"], name="question_once_in_version"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="number", source="model"),
                name="question_number_not_by_model",
                violation_error_message=_(
                    "A number is answered by a measure or by hand, never by the model."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new question gets its key, and its text if it has none, from its title."""
        self.text = self.text.strip() or self.title
        if not self.key:
            self.key = self._free_key()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """What a question says by itself makes sense; the version is checked when it is put in force."""
        if self.kind == self.Kind.NUMBER and self.source == self.Source.MODEL:
            raise ValidationError(
                {
                    "source": _(
                        "A number is answered by a measure or by hand, never by the model."
                    )
                }
            )
        if self.source == self.Source.MEASURE and self.kind == self.Kind.TEXT:
            raise ValidationError({"kind": _("A measure does not answer in text.")})
        if (
            self.section_id is not None
            and self.version_id is not None
            and self.section.version_id != self.version_id
        ):
            raise ValidationError({"section": _("It is of another version.")})

    def _free_key(self) -> str:
        taken = set(
            Question.objects.filter(
                version__scorecard=self.version.scorecard
            ).values_list("key", flat=True)
        )
        return _free(slugify(self.title)[:70] or "question", taken)


class Option(models.Model):
    """An answer of a choice, or a range of a number, and the points for it."""

    question = models.ForeignKey(
        Question,
        verbose_name=_("question"),
        on_delete=models.CASCADE,
        related_name="options",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    key = models.SlugField(_("key"), max_length=80, editable=False)
    title = models.CharField(_("title"), max_length=80)
    points = models.FloatField(
        _("points"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("The option with the most earns the whole weight."),
    )
    fails = models.BooleanField(_("fails"), default=False)
    low = models.FloatField(_("from"), null=True, blank=True)
    high = models.FloatField(_("below"), null=True, blank=True)

    class Meta:
        verbose_name = _("option or range")
        verbose_name_plural = _("options and ranges")
        ordering: ClassVar = ["question", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["question", "key"],
                name="option_once_in_question",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_if_fixed(self.question.version_id)
        others = self.question.options.exclude(pk=self.pk)
        self.key = _free(
            option_key(self.title), set(others.values_list("key", flat=True))
        )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_if_fixed(self.question.version_id)
        return super().delete(*args, **kwargs)


def option_key(title: str) -> str:
    """How an option's answer is stored and sent."""
    return slugify(title, allow_unicode=True)[:70] or "option"


def _free(base: str, taken: set[str]) -> str:
    """The name, with a number if others have it."""
    numbered = (f"{base}-{n}" for n in itertools.count(2))
    return next(name for name in itertools.chain([base], numbered) if name not in taken)
