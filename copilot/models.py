"""What the copilot offered, said and did during a call."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import AssistantVersion, Call, Utterance

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Suggestion(models.Model):
    """A sentence offered to the agent after one turn of the caller, and what became of it."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        HOLDING = "holding", _("Holding line")

    class State(models.TextChoices):
        WRITING = "writing", _("Being written")
        OFFERED = "offered", _("Offered")
        USED = "used", _("Used")
        DISMISSED = "dismissed", _("Dismissed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="suggestions",
    )
    after = models.ForeignKey(
        Utterance,
        verbose_name=_("after"),
        on_delete=models.CASCADE,
        related_name="suggestions",
    )
    kind = models.CharField(
        _("kind"), max_length=8, choices=Kind.choices, default=Kind.REPLY
    )
    text = models.TextField(_("text"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WRITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.call_id} {self.state}"


def _moment(name: "StrPromise") -> "models.FloatField[float | None, float | None]":
    return models.FloatField(name, null=True, blank=True)


class AssistantLine(models.Model):
    """One line of the assistant's: what it was to say, and what the caller heard of it.

    Moments are seconds on the call's clock (zero = answer); empty where they did not come.
    """

    class Kind(models.TextChoices):
        GREETING = "greeting", _("Greeting")
        REPLY = "reply", _("Reply")
        NUDGE = "nudge", _("Are you still there?")
        CLOSING = "closing", _("Goodbye")
        HOLDING = "holding", _("Holding line")
        RESUME = "resume", _("Going on")

    class State(models.TextChoices):
        WRITING = "writing", _("Being written")
        WAITING = "waiting", _("Waits for approval")
        SPEAKING = "speaking", _("Being spoken")
        SAID = "said", _("Said")
        CUT = "cut", _("Cut off")
        DROPPED = "dropped", _("Dropped")
        FAILED = "failed", _("Failed")

    OPEN: ClassVar = (State.WRITING, State.WAITING, State.SPEAKING)

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="assistant_lines",
    )
    version = models.ForeignKey(
        AssistantVersion,
        verbose_name=_("assistant"),
        on_delete=models.PROTECT,
        related_name="lines",
    )
    key = models.CharField(
        _("key"),
        max_length=64,
        help_text=_("The name that makes storing safe to repeat."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.WRITING
    )
    text = models.TextField(_("text"), blank=True)
    heard = models.TextField(_("heard"), blank=True)
    # Why it is not what it might have been: "interrupted", "taken_over", "leak", …
    code = models.CharField(_("code"), max_length=40, blank=True)
    until = models.DateTimeField(_("spoken by itself at"), null=True, blank=True)
    # What a human decided about it.
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_text = models.TextField(_("released as"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    speech_end = _moment(_("caller's speech ended (s)"))
    final_at = _moment(_("final transcript (s)"))
    first_token_at = _moment(_("first token (s)"))
    first_audio_at = _moment(_("first audio (s)"))
    first_mark_at = _moment(_("first mark back (s)"))
    started_at = _moment(_("heard from (s)"))
    ended_at = _moment(_("heard until (s)"))

    class Meta:
        verbose_name = _("line of an assistant")
        verbose_name_plural = _("lines of assistants")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "key"], name="assistant_line_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["version", "created_at"], name="line_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind} {self.state}"

    @property
    def latency(self) -> dict[str, float | None]:
        """Seconds from the caller's last sound to each step of the answer."""
        steps = {
            "heard": self.final_at,
            "first_word": self.first_token_at,
            "first_sound": self.first_audio_at,
            "first_mark": self.first_mark_at,
        }
        since = self.speech_end
        return {
            name: None if at is None or since is None else round(at - since, 3)
            for name, at in steps.items()
        }


class ToolUse(models.Model):
    """Something that the assistant did beside speaking, or wanted to."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Refused")

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="tool_uses",
    )
    line = models.ForeignKey(
        AssistantLine,
        verbose_name=_("line"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tool_uses",
    )
    key = models.CharField(
        _("key"),
        max_length=80,
        help_text=_("The model's name for this use: it is carried out once."),
    )
    name = models.CharField(_("tool"), max_length=64)
    arguments = models.JSONField(_("arguments"), default=dict)
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.RUNNING
    )
    result = models.TextField(_("result"), blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("use of a tool")
        verbose_name_plural = _("uses of tools")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "key"], name="tool_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.name} {self.state}"
