"""A call and all that belongs to it alone."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from calls import status as call_status
from calls.models.people import User

if TYPE_CHECKING:
    from calls.models.routing import Queue

# Where no queue says how long a caller may wait.
LONGEST_WAIT_SECONDS: Final = 300


def new_token() -> str:
    return secrets.token_urlsafe(24)


def customer_first() -> dict[str, str]:
    """The recording is of the customer's leg: what it says, and what it hears."""
    return {"1": "caller", "2": "agent"}


class CallQuerySet(models.QuerySet["Call"]):
    def live(self) -> "CallQuerySet":
        return self.filter(status__in=call_status.LIVE)

    def of_agent(self, agent: User) -> "CallQuerySet":
        return self.filter(agent=agent)

    def seen_by(self, user: User) -> "CallQuerySet":
        """Calls whose words this user may read: all for supervisors, one's own for agents."""
        return self if user.is_supervisor else self.of_agent(user)

    def on_desk_of(self, user: User) -> "CallQuerySet":
        """Live calls that ring for everybody or belong to this user (all of them, for a supervisor)."""
        live = self.live()
        if user.is_supervisor:
            return live
        return live.filter(
            models.Q(agent=None, trial=False)
            | models.Q(agent=user)
            | models.Q(also_seen_by__contains=[user.pk])
        )

    def waiting(self) -> "CallQuerySet":
        """Calls for which somebody is to be rung, the longest waiting first."""
        return (
            self.live()
            .filter(waiting_since__isnull=False, trial=False)
            .order_by("waiting_since", "pk")
        )

    def for_one_more_desk(self) -> "CallQuerySet":
        """Those that ring nowhere, or that ring at as many desks as there are."""
        at_once = models.Q(queue=None) | models.Q(queue__strategy="ring-all")
        everywhere = at_once & models.Q(reserved_for=None)
        return self.filter(everywhere | ~models.Q(offers__outcome="ringing"))

    def overdue(self, *, now: datetime) -> "CallQuerySet":
        """Waiting calls whose queue does not let them wait any longer, and that do not ring just now."""
        second = timedelta(seconds=1)
        patience = models.ExpressionWrapper(
            Coalesce("queue__max_wait_seconds", LONGEST_WAIT_SECONDS) * Value(second),
            output_field=models.DurationField(),
        )
        waiting = self.waiting().annotate(patience=patience)
        late = waiting.filter(waiting_since__lte=now - models.F("patience"))
        return late.exclude(offers__outcome="ringing")

    def led(self) -> "CallQuerySet":
        """Those that an assistant has."""
        return self.exclude(mode=Call.Mode.HUMAN)

    def left_alone(self, *, since: datetime) -> "CallQuerySet":
        """Live calls that have an agent on paper whose telephone has been gone since before `since`."""
        return self._without_telephone(since).filter(assistant=None)

    def lost_after_takeover(self, *, since: datetime) -> "CallQuerySet":
        """Those of them that an assistant has led before: their callers are used to answers at once."""
        return self._without_telephone(since).filter(assistant__isnull=False)

    def _without_telephone(self, since: datetime) -> "CallQuerySet":
        # While an assistant leads, its agent only watches and has no telephone in it.
        mine = self.live().filter(agent__isnull=False, mode=Call.Mode.HUMAN)
        return mine.filter(agent_gone_at__lt=since)

    def unfetched(self, *, by: datetime) -> "CallQuerySet":
        """Live calls whose document Twilio should have fetched again by now."""
        return self.live().filter(document_due_at__lte=by)

    def unheard(self, *, by: datetime) -> "CallQuerySet":
        """Live calls without a media stream that should have had one by now."""
        return self.live().filter(stream_sid="", stream_due_at__lte=by)


class Call(models.Model):
    """One customer leg from ring to end; its Twilio CallSid is the call's `sid`."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    class Mode(models.TextChoices):
        HUMAN = "human", _("Human")
        APPROVE = "approve", _("Approve to speak")
        AUTO = "auto", _("AI voice")

    class Status(models.TextChoices):
        QUEUED = call_status.QUEUED, _("Queued")
        INITIATED = call_status.INITIATED, _("Initiated")
        RINGING = call_status.RINGING, _("Ringing")
        IN_PROGRESS = call_status.IN_PROGRESS, _("In progress")
        COMPLETED = call_status.COMPLETED, _("Completed")
        BUSY = call_status.BUSY, _("Busy")
        FAILED = call_status.FAILED, _("Failed")
        NO_ANSWER = call_status.NO_ANSWER, _("No answer")
        CANCELED = call_status.CANCELED, _("Canceled")

    class Treatment(models.TextChoices):
        CONFERENCE = "conference", _("Waiting or talking")
        VOICEMAIL = "voicemail", _("Leaving a voicemail")
        CALLBACK = "callback", _("Asking for a callback")
        GOODBYE = "goodbye", _("Being said goodbye to")

    class Outcome(models.TextChoices):
        """How it went, known when it has ended."""

        HANDLED = "handled", _("Handled")
        ABANDONED = "abandoned", _("Abandoned")
        VOICEMAIL = "voicemail", _("Voicemail left")
        CALLBACK = "callback", _("Callback requested")
        TURNED_AWAY = "turned-away", _("Turned away")
        NOT_REACHED = "not-reached", _("Not reached")

    sid = models.CharField(_("call SID"), max_length=34, unique=True)
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction.choices
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.QUEUED
    )
    mode = models.CharField(
        _("mode"), max_length=8, choices=Mode.choices, default=Mode.HUMAN
    )
    from_number = models.CharField(_("from"), max_length=64, db_index=True)
    to_number = models.CharField(_("to"), max_length=64)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    customer = models.ForeignKey(
        "calls.Customer",
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    line = models.ForeignKey(
        "calls.Line",
        verbose_name=_("line"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="calls",
    )
    # None: the line has no queue, and every available agent may be rung.
    queue = models.ForeignKey(
        "calls.Queue",
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="calls",
    )
    treatment = models.CharField(
        _("treatment"),
        max_length=10,
        choices=Treatment.choices,
        default=Treatment.CONFERENCE,
        help_text=_("What the customer's telephone is doing."),
    )
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Outcome.choices, blank=True
    )
    # Who leads the call, or led it last; the mode says whether it does so now.
    assistant = models.ForeignKey(
        "calls.AssistantVersion",
        verbose_name=_("assistant"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    trial = models.BooleanField(
        _("trial"),
        default=False,
        help_text=_("Somebody of ours tries an assistant: nobody else is rung."),
    )
    # An agent to whom the call is to go before anybody else: a cold transfer.
    reserved_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reserved for"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reserved_calls",
    )
    # Ids of users beside the agent who may read along: whoever is asked to join.
    also_seen_by = ArrayField(
        models.BigIntegerField(), default=list, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    # Since when the caller waits for somebody; empty while nobody is to be rung.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    held_at = models.DateTimeField(_("on hold since"), null=True, blank=True)
    muted_at = models.DateTimeField(_("agent muted since"), null=True, blank=True)
    recording_paused_at = models.DateTimeField(
        _("recording paused since"), null=True, blank=True
    )
    agent_joined_at = models.DateTimeField(
        _("agent on the line since"), null=True, blank=True
    )
    agent_gone_at = models.DateTimeField(
        _("agent's telephone gone since"), null=True, blank=True
    )
    conference_sid = models.CharField(
        _("conference SID"), max_length=34, blank=True, db_index=True
    )
    # Who answered an outbound call, in Twilio's words: human, machine_start, fax, …
    answered_by = models.CharField(_("answered by"), max_length=24, blank=True)
    # Who is on which channel of a recording of this call, decided when it is dialled.
    channel_map = models.JSONField(_("channels by speaker"), default=customer_first)
    disposition = models.ForeignKey(
        "calls.Disposition",
        verbose_name=_("disposition"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    notes = models.TextField(_("notes"), blank=True)
    wrapped_up_at = models.DateTimeField(_("wrapped up"), null=True, blank=True)
    stream_sid = models.CharField(_("stream SID"), max_length=34, blank=True)
    # The open stream can speak as well: the assistant's.
    stream_two_way = models.BooleanField(
        _("stream is two-way"), default=False, editable=False
    )
    # Empty while a stream is open, and before the call is answered.
    stream_due_at = models.DateTimeField(
        _("stream expected until"), null=True, blank=True, editable=False
    )
    # Twilio was told to fetch the customer's document again; empty when it has.
    document_due_at = models.DateTimeField(
        _("document expected until"), null=True, blank=True, editable=False
    )
    streams = models.PositiveSmallIntegerField(
        _("streams so far"), default=0, editable=False
    )
    stream_token = models.CharField(
        _("stream token"), max_length=40, default=new_token, editable=False
    )
    last_number = models.PositiveIntegerField(
        _("number of the last event"), default=0, editable=False
    )

    # All that `is_on_desk_of` and a desk's beacon need.
    DESK_FIELDS: ClassVar = (
        *("sid", "last_number", "status", "trial", "agent_id", "also_seen_by"),
    )

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering: ClassVar = ["-created_at", "-id"]
        permissions: ClassVar = [("use_desk", _("Can take calls at the desk"))]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="call_newest_first"),
            models.Index(
                fields=["status"],
                name="call_live",
                condition=models.Q(status__in=sorted(call_status.LIVE)),
            ),
            models.Index(fields=["agent", "-created_at"], name="call_by_agent"),
            models.Index(fields=["customer", "-created_at"], name="call_by_customer"),
            models.Index(fields=["queue", "-created_at"], name="call_by_queue"),
            models.Index(fields=["to_number"], name="call_by_number"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def wrap_up_queue(self) -> "Queue | None":
        """Whose rules hold afterwards: its queue's, or for a call that an agent placed those of the line."""
        if self.queue is not None or self.direction == self.Direction.INBOUND:
            return self.queue
        return None if self.line is None else self.line.queue

    @property
    def disposition_is_required(self) -> bool:
        """Whether its agent must say what became of it; of a call that nobody answered that is known."""
        queue = self.wrap_up_queue
        required = queue is not None and queue.disposition_required
        return required and self.answered_at is not None

    @property
    def is_led(self) -> bool:
        """Whether the assistant has the call, and speaks or proposes what is said."""
        return self.mode != self.Mode.HUMAN

    @property
    def listens_one_way(self) -> bool:
        """Whether a stream is open that only hears."""
        return bool(self.stream_sid) and not self.stream_two_way

    def is_on_desk_of(self, user: User) -> bool:
        """Of a live call what `CallQuerySet.on_desk_of` says of all."""
        mine = self.agent_id == user.pk or user.pk in self.also_seen_by
        unclaimed = self.agent_id is None and not self.trial
        return user.is_supervisor or mine or unclaimed

    @property
    def belongs_to(self) -> int | None:
        """The id of the one whose call it is: its agent's, or whoever tries an assistant with it."""
        if self.trial and self.also_seen_by:
            return self.also_seen_by[0]
        return self.agent_id

    @property
    def has_ended(self) -> bool:
        return self.status in call_status.ENDED

    @property
    def room(self) -> str:
        """The conference's name; it holds no personal data."""
        return f"call-{self.pk}"

    def place_in_line(self) -> int | None:
        """1 for the call that has waited longest; None where the queue does not tell."""
        if self.waiting_since is None or self.queue is None:
            return None
        if not self.queue.announce_position:
            return None
        before = Call.objects.waiting().filter(
            models.Q(waiting_since__lt=self.waiting_since)
            | models.Q(waiting_since=self.waiting_since, pk__lt=self.pk),
            queue=self.queue,
        )
        return before.count() + 1

    @property
    def duration(self) -> float | None:
        """Seconds from answer to end; None while it lasts or if it was never answered."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.answered_at).total_seconds())


class Leg(models.Model):
    """One telephone connection of a call: the customer's, an agent's browser, a third number."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Agent")
        SUPERVISOR = "supervisor", _("Supervisor")
        NUMBER = "number", _("Another number")

    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="legs"
    )
    sid = models.CharField(_("leg SID"), max_length=34, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="legs",
    )
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    # The assistant has the call again, and its agent comes back with another telephone.
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")

    def __str__(self) -> str:
        return self.sid


class CallEvent(models.Model):
    """What happened to a call, numbered from 1 without gaps: the truth that every screen follows."""

    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="events"
    )
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=40)
    at = models.DateTimeField(_("at"))
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "number"], name="event_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Speaker(models.TextChoices):
    CALLER = "caller", _("Caller")
    AGENT = "agent", _("Agent")
    ASSISTANT = "assistant", _("Assistant")
    SUPERVISOR = "supervisor", _("Supervisor")


class Utterance(models.Model):
    """What somebody said in one turn; times in seconds on the call's clock (zero = answer)."""

    class Source(models.TextChoices):
        LIVE = "live", _("Live")
        FINAL = "final", _("From the recording")

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="utterances",
    )
    source = models.CharField(_("source"), max_length=5, choices=Source.choices)
    item = models.CharField(
        _("item"),
        max_length=64,
        help_text=_("The key that makes storing safe to repeat."),
    )
    speaker = models.CharField(_("speaker"), max_length=10, choices=Speaker.choices)
    start = models.FloatField(_("start (s)"))
    end = models.FloatField(_("end (s)"))
    text = models.TextField(_("text"))
    words = models.JSONField(_("words"), default=list, blank=True)

    class Meta:
        verbose_name = _("utterance")
        verbose_name_plural = _("utterances")
        ordering: ClassVar = ["start", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "source", "item"], name="utterance_stored_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.speaker} {self.start:.1f}"


class Recording(models.Model):
    """A recording of the customer leg: channel 1 the customer, channel 2 what the customer heard."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in-progress", _("In progress")
        COMPLETED = "completed", _("Completed")
        ABSENT = "absent", _("Absent")
        DELETED = "deleted", _("Deleted")

    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        on_delete=models.CASCADE,
        related_name="recordings",
    )
    sid = models.CharField(_("recording SID"), max_length=34, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    url = models.URLField(_("address at Twilio"), max_length=500, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), default=0)
    duration = models.FloatField(_("duration (s)"), null=True, blank=True)
    # Who speaks on which channel, written when the recording is asked for and not
    # guessed afterwards.
    channel_map = models.JSONField(_("channels by speaker"), default=dict)
    # 0 for what /voice asks for: Twilio begins it with the answer, beside the stream.
    offset = models.FloatField(
        _("offset (s)"),
        default=0.0,
        help_text=_("The call's clock when the recording began."),
    )
    file = models.FileField(_("file"), upload_to="recordings/%Y/%m/%d", blank=True)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")

    def __str__(self) -> str:
        return self.sid


class WebhookDelivery(models.Model):
    """A vendor's message as it came in; the unique key makes a repeated one harmless."""

    kind = models.CharField(_("kind"), max_length=24)
    key = models.CharField(_("key"), max_length=160)
    call = models.ForeignKey(
        Call,
        verbose_name=_("call"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="webhooks",
    )
    payload = models.JSONField(_("payload"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "kind"], name="webhook_stored_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
