"""Calls that we place."""

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# How Twilio's words begin for those who are none.
MACHINES: Final = ("machine", "fax")


class Dial(models.Model):
    """A wish to call somebody, written down before Twilio is asked.

    Twilio has no idempotency key: the id travels in our webhooks' addresses, so that a
    call whose answer was lost is found again, by its first webhook or by listing.
    """

    class State(models.TextChoices):
        ASKING = "asking", _("Asking Twilio")
        PLACED = "placed", _("Placed")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Not known whether it was placed")

    class OnMachine(models.TextChoices):
        CONTINUE = "continue", _("Go on")
        HANG_UP = "hang-up", _("Hang up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to_number = models.CharField(_("to"), max_length=16)
    from_number = models.CharField(_("from"), max_length=16)
    customer = models.ForeignKey(
        "calls.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="dials",
    )
    # Who talks to whoever answers; empty: it is routed to the queue.
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="dials",
    )
    queue = models.ForeignKey(
        "calls.Queue",
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="dials",
    )
    # Who talks to whoever answers instead of a person.
    assistant = models.ForeignKey(
        "calls.Assistant",
        verbose_name=_("assistant"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="dials",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    detect_machine = models.BooleanField(_("detect answering machines"), default=False)
    on_machine = models.CharField(
        _("when a machine answers"),
        max_length=10,
        choices=OnMachine.choices,
        default=OnMachine.CONTINUE,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.ASKING
    )
    # Why Twilio refused, in its own code.
    error = models.CharField(_("error"), max_length=40, blank=True)
    call = models.OneToOneField(
        "calls.Call",
        verbose_name=_("call"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="dial",
    )
    callback_request = models.ForeignKey(
        "calls.CallbackRequest",
        verbose_name=_("callback request"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="dials",
    )
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("dial")
        verbose_name_plural = _("dials")
        ordering: ClassVar = ["-asked_at"]
        indexes: ClassVar = [
            models.Index(fields=["by", "-asked_at"], name="dial_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    def refuses(self, answered_by: str) -> bool:
        """Whether the call is to be hung up, since a machine has answered it (in Twilio's word)."""
        is_machine = answered_by.startswith(MACHINES)
        return is_machine and self.on_machine == self.OnMachine.HANG_UP
