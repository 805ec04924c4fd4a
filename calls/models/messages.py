"""WhatsApp: what was written by whom, and how far it got."""

import re
import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageTemplate(models.Model):
    """A message that WhatsApp has approved: the only kind that may begin a conversation."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    content_sid = models.CharField(
        _("Content SID"),
        max_length=34,
        validators=[RegexValidator(r"^HX[0-9a-fA-F]{32}$")],
    )
    body = models.TextField(
        _("text"),
        help_text=_("As approved, with {{1}}, {{2}} … for the variables."),
    )
    # What each variable is, in order; "summary" and "name" are filled in by themselves.
    variables = models.JSONField(_("variables"), default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Each place in the text has a variable, and each variable a place."""
        places = {int(number) for number in re.findall(r"\{\{(\d+)\}\}", self.body)}
        if places != set(range(1, len(self.variables) + 1)):
            raise ValidationError(
                {
                    "variables": _(
                        "The text has %(places)s places; name as many variables."
                    )
                    % {"places": len(places)}
                }
            )
        if len(set(self.variables)) != len(self.variables):
            raise ValidationError({"variables": _("Give each one a name of its own.")})


class MessageQuerySet(models.QuerySet["Message"]):
    def undecided(self) -> "MessageQuerySet":
        """Outbound messages of which Twilio's word is still missing."""
        return self.filter(status__in=(Message.Status.WAITING, Message.Status.ASKING))

    def to_customer(self, customer_id: int) -> "MessageQuerySet":
        return self.filter(customer=customer_id, direction=Message.Direction.OUTBOUND)

    def not_begun(self, *, before: datetime) -> "MessageQuerySet":
        """One for each customer of those that wait since before that while none is being sent."""
        asking = Message.objects.filter(
            customer=models.OuterRef("customer"), status=Message.Status.ASKING
        )
        return (
            self.filter(
                ~models.Exists(asking),
                status=Message.Status.WAITING,
                created_at__lt=before,
            )
            .order_by("customer_id", "created_at")
            .distinct("customer_id")
        )

    def unread(self) -> "MessageQuerySet":
        """What customers wrote and no agent has seen."""
        return self.filter(direction=Message.Direction.INBOUND, read_at=None)


class Message(models.Model):
    """One message on WhatsApp, in either direction."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("From the customer")
        OUTBOUND = "outbound", _("To the customer")

    class Status(models.TextChoices):
        """Ours before Twilio has it, then Twilio's."""

        WAITING = "waiting", _("Waiting to be sent")
        ASKING = "asking", _("Being sent")
        ACCEPTED = "accepted", _("Accepted")
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        UNDELIVERED = "undelivered", _("Not delivered")
        FAILED = "failed", _("Failed")
        RECEIVED = "received", _("Received")

    # Known before Twilio's SID; what a sender and a page speak of.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "calls.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="messages",
    )
    call = models.ForeignKey(
        "calls.Call",
        verbose_name=_("call"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="messages",
    )
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction.choices
    )
    body = models.TextField(_("text"), blank=True)
    template = models.ForeignKey(
        MessageTemplate,
        verbose_name=_("template"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
    )
    variables = models.JSONField(_("variables"), default=dict, blank=True)
    # What came along with an inbound one: [{"url", "content_type"}].
    media = models.JSONField(_("media"), default=list, blank=True)
    sid = models.CharField(_("message SID"), max_length=34, null=True, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    error_code = models.CharField(_("error code"), max_length=12, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
    )
    # Two wishes with the same key are one message ("after-call:<call id>").
    key = models.CharField(_("key"), max_length=80, null=True, unique=True)
    created_at = models.DateTimeField(_("created"))
    asked_at = models.DateTimeField(_("asked Twilio"), null=True, blank=True)
    read_at = models.DateTimeField(_("seen by an agent"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-created_at"], name="message_thread"),
            models.Index(
                fields=["created_at"],
                name="message_undecided",
                condition=models.Q(status__in=["waiting", "asking"]),
            ),
            models.Index(
                fields=["customer", "-created_at"],
                name="message_unread",
                condition=models.Q(direction="inbound", read_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"
