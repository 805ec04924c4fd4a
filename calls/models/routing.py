"""Where a call goes: lines, queues, opening hours, and what comes of a call that nobody takes."""

import zoneinfo
from datetime import date, datetime, time
from typing import TYPE_CHECKING, ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    URLValidator,
)
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls import hours
from calls.languages import SPOKEN
from calls.models.call import Call
from calls.models.people import User

if TYPE_CHECKING:
    from calls.models.assistants import Assistant

# Twilio speaks 4,096 characters at most, and nobody listens to more than this.
LONGEST_TEXT: Final = 1000
LONGEST_WAIT: Final = 7200
# Seconds after which nobody would call it a rescue any more.
LONGEST_SILENCE: Final = 120


def known_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Fallback(models.TextChoices):
    """What is done with a call that nobody takes, or that comes out of hours."""

    VOICEMAIL = "voicemail", _("Voicemail")
    CALLBACK = "callback", _("Offer a callback")
    QUEUE = "queue", _("Another queue")
    ASSISTANT = "assistant", _("An assistant talks to the caller")
    GOODBYE = "goodbye", _("Say goodbye and hang up")


class OpeningHours(models.Model):
    """When somebody is there, on a wall clock somewhere."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="UTC", validators=[known_time_zone]
    )

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime | None = None) -> bool:
        """Whether somebody is there, now or then."""
        return hours.is_open(*self._rules(), at or timezone.now())

    def next_opening(self, at: datetime | None = None) -> datetime | None:
        """From when on somebody is there; None if never."""
        return hours.next_opening(*self._rules(), at or timezone.now())

    def _rules(self) -> tuple["list[OpeningTime]", set[date], str]:
        # .all(), so that what was prefetched is used.
        holidays = {holiday.day for holiday in self.holidays.all()}
        return list(self.times.all()), holidays, self.time_zone


class OpeningTime(models.Model):
    """From when to when on one weekday; a night shift is two of them."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    hours = models.ForeignKey(
        OpeningHours,
        verbose_name=_("opening hours"),
        on_delete=models.CASCADE,
        related_name="times",
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("00:00 is the end of the day."))

    class Meta:
        verbose_name = _("opening time")
        verbose_name_plural = _("opening times")
        ordering: ClassVar = ["weekday", "opens"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        """It closes after it opens, on the same day."""
        if self.opens is None or self.closes is None:
            return
        if self.closes != time(0) and self.closes <= self.opens:
            text = _("It must close after it opens; a night is two rows.")
            raise ValidationError({"closes": text})


class Holiday(models.Model):
    """A day on which nobody is there."""

    hours = models.ForeignKey(
        OpeningHours,
        verbose_name=_("opening hours"),
        on_delete=models.CASCADE,
        related_name="holidays",
    )
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hours", "day"], name="holiday_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class Disposition(models.Model):
    """What became of a call, in the agent's judgement."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Queue(models.Model):
    """Callers who wait for the same people."""

    class Strategy(models.TextChoices):
        LONGEST_IDLE = "longest-idle", _("One after another, longest idle first")
        RING_ALL = "ring-all", _("All at once")

    name = models.CharField(_("name"), max_length=60, unique=True)
    strategy = models.CharField(
        _("who is rung"),
        max_length=12,
        choices=Strategy.choices,
        default=Strategy.LONGEST_IDLE,
    )
    ring_seconds = models.PositiveSmallIntegerField(
        _("ring time (s)"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
        help_text=_("How long one agent is rung before the next one."),
    )
    max_wait_seconds = models.PositiveIntegerField(
        _("longest wait (s)"),
        default=300,
        validators=[MaxValueValidator(LONGEST_WAIT)],
        help_text=_(
            "After this nobody has taken it, and what is chosen below is done."
        ),
    )
    fallback = models.CharField(
        _("when nobody takes it"),
        max_length=10,
        choices=Fallback.choices,
        default=Fallback.VOICEMAIL,
    )
    fallback_queue = models.ForeignKey(
        "self",
        verbose_name=_("the other queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    fallback_assistant = models.ForeignKey(
        "calls.Assistant",
        verbose_name=_("the assistant"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The caller hears its greeting after the wait."),
    )
    wait_music = models.URLField(
        _("wait music"),
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("Address of a sound file; empty for the built-in music."),
    )
    announce_position = models.BooleanField(_("announce the position"), default=True)
    wrap_up_seconds = models.PositiveIntegerField(
        _("wrap-up time (s)"),
        default=30,
        validators=[MaxValueValidator(3600)],
        help_text=_("0: the next call may come at once."),
    )
    dispositions = models.ManyToManyField(
        Disposition, verbose_name=_("dispositions"), blank=True, related_name="queues"
    )
    disposition_required = models.BooleanField(_("disposition required"), default=False)
    whatsapp_after_call = models.ForeignKey(
        "calls.MessageTemplate",
        verbose_name=_("WhatsApp after the call"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Sent with the summary to customers who agreed."),
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agents"),
        through="calls.QueueMember",
        related_name="queues",
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Another queue must be named, and be another one; so must an assistant."""
        if self.fallback == Fallback.QUEUE and self.fallback_queue in (None, self):
            raise ValidationError({"fallback_queue": _("Choose another queue.")})
        if self.fallback == Fallback.ASSISTANT and self.fallback_assistant is None:
            raise ValidationError({"fallback_assistant": _("Choose an assistant.")})


class QueueMember(models.Model):
    """An agent who is rung for a queue; a lower priority number is rung before a higher one."""

    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("1 is rung first; the others when nobody of 1 is free."),
    )

    class Meta:
        verbose_name = _("queue member")
        verbose_name_plural = _("queue members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "user"], name="member_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.queue}"


class Line(models.Model):
    """One of our numbers: what it says and where it leads."""

    class AnsweredBy(models.TextChoices):
        AGENTS = "agents", _("Agents")
        ASSISTANT = "assistant", _("The assistant")

    class AgentLost(models.TextChoices):
        QUEUE = "queue", _("Waits in the queue")
        ASSISTANT = "assistant", _("Goes back to the assistant")

    number = models.CharField(
        _("number"),
        max_length=16,
        unique=True,
        help_text=_("In international form, as +15550100000."),
    )
    name = models.CharField(_("name"), max_length=60)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
        help_text=_("Empty: every available agent is rung."),
    )
    language = models.CharField(
        _("language"),
        max_length=12,
        choices=SPOKEN,
        default="en-US",
        help_text=_("In which the texts below are spoken."),
    )
    greeting = models.TextField(
        _("greeting"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_("Spoken first."),
    )
    consent = models.TextField(
        _("recording announcement"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        help_text=_("Spoken after the greeting. Calls are recorded."),
        default="This call is recorded to improve our service.",
    )
    opening_hours = models.ForeignKey(
        OpeningHours,
        verbose_name=_("opening hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
        help_text=_("Empty: always open."),
    )
    closed_message = models.TextField(
        _("out of hours, say"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        default="You are calling outside our opening hours.",
    )
    when_closed = models.CharField(
        _("out of hours"),
        max_length=10,
        choices=[
            choice
            for choice in Fallback.choices
            if choice[0] not in (Fallback.QUEUE, Fallback.ASSISTANT)
        ],
        default=Fallback.VOICEMAIL,
    )
    answered_by = models.CharField(
        _("answered by"),
        max_length=10,
        choices=AnsweredBy.choices,
        default=AnsweredBy.AGENTS,
        help_text=_("Within the opening hours."),
    )
    assistant = models.ForeignKey(
        "calls.Assistant",
        verbose_name=_("assistant"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
    )
    agent_lost = models.CharField(
        _("when the agent is lost"),
        max_length=10,
        choices=AgentLost.choices,
        default=AgentLost.QUEUE,
        help_text=_(
            "A call that an agent took over from the assistant, and whose agent's"
            " telephone is gone."
        ),
    )
    holding_after = models.PositiveSmallIntegerField(
        _("rescue after (s)"),
        default=0,
        validators=[MaxValueValidator(LONGEST_SILENCE)],
        help_text=_(
            "When the agent has been silent for so long while the caller waits for"
            " an answer, the copilot offers the holding line. 0: never."
        ),
    )
    holding_line = models.CharField(
        _("holding line"),
        max_length=300,
        blank=True,
        help_text=_('As "One moment, please, I am looking that up."'),
    )
    holding_speaks = models.BooleanField(
        _("say the holding line"),
        default=False,
        help_text=_("The caller hears it by itself, in the language of the line."),
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def answering_assistant(self) -> "Assistant | None":
        """Who answers instead of an agent, if that is wished."""
        by_assistant = self.answered_by == self.AnsweredBy.ASSISTANT
        return self.assistant if by_assistant else None

    def clean(self) -> None:
        """An assistant that answers is named, and a rescue has words."""
        if self.answered_by == self.AnsweredBy.ASSISTANT and self.assistant is None:
            raise ValidationError({"assistant": _("Choose who answers.")})
        if (self.holding_after or self.holding_speaks) and not self.holding_line:
            raise ValidationError({"holding_line": _("Say what the caller hears.")})
        if self.holding_speaks and not self.holding_after:
            raise ValidationError({"holding_after": _("Say after how many seconds.")})


class OfferQuerySet(models.QuerySet["Offer"]):
    def ringing(self) -> "OfferQuerySet":
        return self.filter(outcome=Offer.Outcome.RINGING)

    def in_vain(self, *, since: datetime) -> "OfferQuerySet":
        """Those that ended after `since` because their agent did not take the call."""
        in_vain = (Offer.Outcome.DECLINED, Offer.Outcome.MISSED)
        return self.filter(outcome__in=in_vain, ended_at__gt=since)


class Offer(models.Model):
    """A call that rings at one agent's desk, and what came of it."""

    class Outcome(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        MISSED = "missed", _("Missed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    call = models.ForeignKey(
        "calls.Call",
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="offers",
    )
    # An invitation to a call that somebody else has; empty for a caller who waits.
    transfer = models.ForeignKey(
        "calls.Transfer",
        verbose_name=_("transfer"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="offers",
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        on_delete=models.PROTECT,
        related_name="offers",
    )
    offered_at = models.DateTimeField(_("offered"))
    until = models.DateTimeField(_("rings until"))
    outcome = models.CharField(
        _("outcome"),
        max_length=10,
        choices=Outcome.choices,
        default=Outcome.RINGING,
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering: ClassVar = ["-offered_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["agent", "-offered_at"], name="offer_by_agent"),
            models.Index(
                fields=["ended_at"],
                name="offer_in_vain",
                condition=models.Q(outcome__in=["declined", "missed"]),
            ),
        ]
        constraints: ClassVar = [
            # A desk rings for one call at a time.
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(outcome="ringing"),
                name="offer_one_rings",
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} → {self.agent_id} {self.outcome}"


class VoicemailQuerySet(models.QuerySet["Voicemail"]):
    def open(self) -> "VoicemailQuerySet":
        return self.filter(handled_at=None)

    def for_user(self, user: User) -> "VoicemailQuerySet":
        """Those of one's queues and of no queue; all of them for supervisors."""
        if user.is_supervisor:
            return self
        mine = QueueMember.objects.filter(user=user).values("queue")
        return self.filter(models.Q(call__queue=None) | models.Q(call__queue__in=mine))


class Voicemail(models.Model):
    """A message that a caller left."""

    call = models.OneToOneField(
        "calls.Call",
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="voicemail",
    )
    recording_sid = models.CharField(_("recording SID"), max_length=34)
    duration = models.FloatField(_("duration (s)"), default=0.0)
    start = models.FloatField(
        _("start (s)"), default=0.0, help_text=_("On the call's clock.")
    )
    left_at = models.DateTimeField(_("left"))
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handled by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    objects = VoicemailQuerySet.as_manager()

    class Meta:
        verbose_name = _("voicemail")
        verbose_name_plural = _("voicemails")
        ordering: ClassVar = ["-left_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["left_at"],
                name="voicemail_open",
                condition=models.Q(handled_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call}"

    def is_for(self, user: User) -> bool:
        """Whether this user may hear it and see to it."""
        return Voicemail.objects.for_user(user).filter(pk=self.pk).exists()


class CallbackRequestQuerySet(models.QuerySet["CallbackRequest"]):
    def open(self) -> "CallbackRequestQuerySet":
        """Those that nobody has seen to, nor is calling just now."""
        calling = Call.objects.live().filter(
            dial__callback_request=models.OuterRef("pk")
        )
        return self.filter(~models.Exists(calling), handled_at=None)

    def for_user(self, user: User) -> "CallbackRequestQuerySet":
        """Those of one's queues and of no queue; all of them for supervisors."""
        if user.is_supervisor:
            return self
        mine = QueueMember.objects.filter(user=user).values("queue")
        return self.filter(models.Q(queue=None) | models.Q(queue__in=mine))


class CallbackRequest(models.Model):
    """A caller who wants to be called back instead of waiting."""

    call = models.OneToOneField(
        "calls.Call",
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="callback_request",
    )
    customer = models.ForeignKey(
        "calls.Customer",
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="callback_requests",
    )
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="callback_requests",
    )
    requested_at = models.DateTimeField(_("requested"))
    # The call with which somebody called back.
    answered_with = models.ForeignKey(
        "calls.Call",
        verbose_name=_("called back with"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handled by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    objects = CallbackRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback request")
        verbose_name_plural = _("callback requests")
        ordering: ClassVar = ["requested_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["requested_at"],
                name="callback_open",
                condition=models.Q(handled_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer}"

    def is_for(self, user: User) -> bool:
        """Whether this user may see to it."""
        return CallbackRequest.objects.for_user(user).filter(pk=self.pk).exists()
