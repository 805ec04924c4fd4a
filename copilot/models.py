"""What the copilot offered during a call."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import Call, Utterance


class Suggestion(models.Model):
    """A reply offered to the agent after one turn of the caller, and what became of it."""

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
