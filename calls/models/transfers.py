"""Handing a live call on, or asking somebody to join it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TransferQuerySet(models.QuerySet["Transfer"]):
    def open(self) -> "TransferQuerySet":
        return self.filter(state__in=Transfer.OPEN)

    def unheard_invitations(self) -> "TransferQuerySet":
        """Warm ones to a queue in which nobody has accepted, and that ring nowhere just now."""
        invitations = self.filter(
            state=Transfer.State.RINGING,
            kind=Transfer.Kind.WARM,
            to_queue__isnull=False,
            to_agent=None,
        )
        return invitations.exclude(offers__outcome="ringing").select_related("to_queue")


class Transfer(models.Model):
    """One attempt to hand a call on, by somebody to an agent, a queue or a number."""

    class Kind(models.TextChoices):
        COLD = "cold", _("Cold: at once")
        WARM = "warm", _("Warm: after a word with them")

    class State(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        CONSULTING = "consulting", _("Consulting")
        MERGED = "merged", _("Three-way")
        COMPLETED = "completed", _("Completed")
        CANCELED = "canceled", _("Canceled")
        FAILED = "failed", _("Nobody took it")

    OPEN: ClassVar = (State.RINGING, State.CONSULTING, State.MERGED)

    call = models.ForeignKey(
        "calls.Call",
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="transfers",
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.RINGING
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="transfers_made",
    )
    # To one of these three; with a queue, `to_agent` is whoever took it.
    to_agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("to agent"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="transfers_received",
    )
    to_queue = models.ForeignKey(
        "calls.Queue",
        verbose_name=_("to queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="transfers",
    )
    to_number = models.CharField(_("to number"), max_length=16, blank=True)
    # The other side's telephone, once there is one.
    leg_sid = models.CharField(_("leg SID"), max_length=34, blank=True, db_index=True)
    # Why it did not work: declined, missed, busy, no-answer, failed, left, call_ended.
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering: ClassVar = ["-began_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(state__in=["ringing", "consulting", "merged"]),
                name="transfer_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind} {self.state}"
