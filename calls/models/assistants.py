"""The AI voice: who it is, and how it was told to behave at each time."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.languages import ENGLISH, SPOKEN
from calls.models.call import Call
from calls.models.messages import MessageTemplate
from calls.models.routing import LONGEST_TEXT, Queue

LONGEST_INSTRUCTIONS: Final = 20_000
_LONGEST_RULE: Final = 2000


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def ready(self) -> "AssistantQuerySet":
        """Those that may be given a call: in use, and told what to do."""
        told = AssistantVersion.objects.filter(assistant=models.OuterRef("pk"))
        return self.filter(models.Exists(told), active=True)


class Assistant(models.Model):
    """An AI voice by name. What it says and may do is in its versions; the newest counts."""

    name = models.CharField(
        _("name"),
        max_length=60,
        unique=True,
        help_text=_("How it introduces itself, and how the desk calls it."),
    )
    active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Without this it is given no new calls; agents are rung instead."),
    )

    objects = AssistantQuerySet.as_manager()

    class Meta:
        verbose_name = _("assistant")
        verbose_name_plural = _("assistants")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "AssistantVersion | None":
        """The newest version; None for one that was never told what to do."""
        return self.versions.order_by("-number").first()


class AssistantVersion(models.Model):
    """What an assistant was told, from one save to the next. It never changes once stored."""

    class Mode(models.TextChoices):
        """How a call begins that it is given."""

        AUTO = Call.Mode.AUTO.value, _("Speaks by itself")
        APPROVE = Call.Mode.APPROVE.value, _("Each line is approved by an agent")

    class Tool(models.TextChoices):
        LOOK_UP_CUSTOMER = "look_up_customer", _("Look the customer up")
        SEND_WHATSAPP = "send_whatsapp", _("Send a WhatsApp template")
        SET_CALLBACK = "set_callback", _("Note down a wish to be called back")
        TRANSFER_TO_QUEUE = "transfer_to_queue", _("Transfer the call to a queue")
        END_CALL = "end_call", _("End the call")

    assistant = models.ForeignKey(
        Assistant,
        verbose_name=_("assistant"),
        on_delete=models.CASCADE,
        related_name="versions",
    )
    number = models.PositiveIntegerField(_("number"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # Empty: it came with the demo.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    mode = models.CharField(
        _("begins in mode"),
        max_length=8,
        choices=Mode.choices,
        default=Mode.AUTO,
        help_text=_("Agents can change it in every call, at any moment."),
    )
    greeting = models.TextField(
        _("greeting"),
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_(
            "Its first words, after the line's recording announcement and instead of"
            " the line's own greeting."
        ),
    )
    instructions = models.TextField(
        _("instructions"),
        validators=[MaxLengthValidator(LONGEST_INSTRUCTIONS)],
        help_text=_("What it is for, what it knows, and how it speaks."),
    )
    human_when = models.TextField(
        _("fetches a human when"),
        blank=True,
        validators=[MaxLengthValidator(_LONGEST_RULE)],
        help_text=_(
            "In words, beside always when the caller asks for one or something fails."
        ),
    )
    voice = models.CharField(
        _("voice"),
        max_length=40,
        blank=True,
        help_text=_("As the speech service names it; empty for the usual one."),
    )
    model = models.CharField(
        _("model"),
        max_length=80,
        blank=True,
        help_text=_("Which model thinks; empty for the usual one."),
    )
    language = models.CharField(
        _("language"),
        max_length=12,
        choices=SPOKEN,
        default=ENGLISH,
        help_text=_("In which it greets."),
    )
    languages = ArrayField(
        models.CharField(max_length=12, choices=SPOKEN),
        verbose_name=_("answers in"),
        default=list,
        blank=True,
        help_text=_(
            "A caller who speaks one of these is answered in it, everybody else in the"
            " language of the greeting."
        ),
    )
    tools = ArrayField(
        models.CharField(max_length=20, choices=Tool.choices),
        verbose_name=_("may"),
        default=list,
        blank=True,
        help_text=_("Nothing that a caller says lets it do anything else."),
    )
    # Ids and no relations: a version says what it said, whatever was deleted since.
    queues = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("queues"),
        default=list,
        blank=True,
        help_text=_("Where it may transfer callers to."),
    )
    templates = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("templates"),
        default=list,
        blank=True,
        help_text=_("Which WhatsApp templates it may send."),
    )
    veto_seconds = models.PositiveSmallIntegerField(
        _("veto window (s)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_(
            "Where each line is approved: it is spoken after so long unless somebody"
            " drops it. Empty: it waits for an agent, as long as that takes."
        ),
    )
    holding_line = models.CharField(
        _("holding line"),
        max_length=300,
        blank=True,
        default="One moment, please.",
        help_text=_("Said when a line waits for too long, or something fails."),
    )
    silence_seconds = models.PositiveSmallIntegerField(
        _("asks again after (s)"),
        default=8,
        validators=[MinValueValidator(3), MaxValueValidator(60)],
        help_text=_("Of silence; it asks twice, and then says goodbye."),
    )
    goodbye = models.TextField(
        _("goodbye"),
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        default="I cannot hear you, so I will hang up now. Goodbye.",
        help_text=_("Said before it hangs up when nobody speaks."),
    )

    class Meta:
        verbose_name = _("version of an assistant")
        verbose_name_plural = _("versions of assistants")
        ordering: ClassVar = ["assistant", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assistant", "number"], name="assistant_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assistant.name} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Calls refer to what was in force: a version is stored once and never again."""
        if not self._state.adding:
            raise ValueError("a version never changes; store the next one")
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """What it may do is complete, and it answers in the language that it greets in."""
        others = [each for each in _once(self.languages) if each != self.language]
        self.languages = [self.language, *others]
        self.tools, self.queues = _once(self.tools), _once(self.queues)
        self.templates = _once(self.templates)
        errors = dict(self._incomplete())
        if errors:
            raise ValidationError(errors)

    def _incomplete(self) -> Iterable[tuple[str, Any]]:
        if not _all_exist(Queue, self.queues):
            yield "queues", _("There is no such queue.")
        elif self.Tool.TRANSFER_TO_QUEUE in self.tools and not self.queues:
            yield "queues", _("Choose the queues that it may transfer to.")
        if not _all_exist(MessageTemplate, self.templates):
            yield "templates", _("There is no such template.")
        elif self.Tool.SEND_WHATSAPP in self.tools and not self.templates:
            yield "templates", _("Choose the templates that it may send.")


def _once(values: Iterable[Any]) -> list[Any]:
    """In their order, each the first time only."""
    return list(dict.fromkeys(values))


def _all_exist(model: type[models.Model], keys: Collection[int]) -> bool:
    found: int = model._default_manager.filter(pk__in=keys).count()
    return found == len(keys)
