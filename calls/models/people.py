"""Who works here."""

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who works here. What they may do follows from the role (calls.roles)."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        SUPERVISOR = "supervisor", _("Supervisor")
        INTEGRATOR = "integrator", _("Integrator")

    class Presence(models.TextChoices):
        """The agent status. Busy and wrap-up follow from calls; the others are chosen."""

        AVAILABLE = "available", _("Available")
        BUSY = "busy", _("On a call")
        WRAP_UP = "wrap-up", _("Wrap-up")
        AWAY = "away", _("Away")
        OFFLINE = "offline", _("Offline")

    role = models.CharField(
        _("role"), max_length=12, choices=Role.choices, default=Role.AGENT
    )
    presence = models.CharField(
        _("presence"),
        max_length=12,
        choices=Presence.choices,
        default=Presence.OFFLINE,
    )
    # Who has been available for the longest time is rung first.
    presence_since = models.DateTimeField(_("status since"), default=timezone.now)
    # What to go back to after the call and its wrap-up.
    presence_next = models.CharField(
        _("status after the call"),
        max_length=12,
        choices=Presence.choices,
        default=Presence.AVAILABLE,
    )
    wrap_up_until = models.DateTimeField(_("wrap-up until"), null=True, blank=True)
    # When an open desk of theirs last showed life; without one nobody is reachable.
    desk_seen_at = models.DateTimeField(_("desk last seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def telephone_identity(self) -> str:
        """The name of this person's browser telephone at Twilio: letters, digits, underscore."""
        return f"agent_{self.pk}"

    def may_see(self, agent_id: int | None, also: Collection[int] = ()) -> bool:
        """An unclaimed call is everybody's; a claimed one its agent's, its guests' and the supervisors'."""
        if agent_id is None or agent_id == self.pk:
            return True
        return self.pk in also or self.is_supervisor

    @property
    def is_supervisor(self) -> bool:
        return self.is_superuser or self.role == self.Role.SUPERVISOR


class PresenceSpan(models.Model):
    """The history of somebody's agent status: one row from each change to the next."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="presence_spans",
    )
    presence = models.CharField(
        _("presence"), max_length=12, choices=User.Presence.choices
    )
    # Why, where nobody chose it: "missed_call", "desk_gone", "call", "wrap_up".
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    call = models.ForeignKey(
        "calls.Call",
        verbose_name=_("call"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="presence_spans",
    )
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status history")
        ordering: ClassVar = ["-began_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-began_at"], name="presence_by_user"),
            models.Index(fields=["ended_at"], name="presence_by_end"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(ended_at=None),
                name="presence_one_open_span",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.presence} {self.began_at:%Y-%m-%d %H:%M}"
