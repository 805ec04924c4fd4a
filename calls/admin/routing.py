"""Lines, queues and opening hours, which supervisors edit; offers, transfers and dials, which they read."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
)

from calls.admin.history import HistoryAdmin, call_link, other_side
from calls.models import (
    CallbackRequest,
    Dial,
    Disposition,
    Holiday,
    Line,
    Offer,
    OpeningHours,
    OpeningTime,
    Queue,
    QueueMember,
    Transfer,
    User,
    Voicemail,
    normalised,
)
from calls.templatetags.telephone_numbers import readable


class RowsInline(TabularInline):  # type: ignore[misc]  # Unfold has no types
    """Rows that belong to one thing and are edited with it."""

    extra = 0
    hide_title = True


class MemberInline(RowsInline):
    model = QueueMember
    fields = ("user", "priority")

    def formfield_for_foreignkey(
        self,
        db_field: Any,  # noqa: ANN401  Django's own signature
        request: HttpRequest,
        **kwargs: Any,
    ) -> "forms.ModelChoiceField[Any] | None":
        """Those who have a desk."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(
                is_active=True, role__in=(User.Role.AGENT, User.Role.SUPERVISOR)
            ).order_by("first_name", "last_name", "username")
        field: forms.ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field


@admin.register(Queue)
class QueueAdmin(ModelAdmin):  # type: ignore[misc]  # likewise
    """Who is rung and how, what a caller hears meanwhile, and what is done when nobody comes."""

    list_display = (
        "name",
        "strategy",
        "agents",
        "ring_seconds",
        "max_wait_seconds",
        "fallback",
        "fallback_queue",
        "fallback_assistant",
        "disposition_required",
    )
    list_select_related = ("fallback_queue", "fallback_assistant")
    list_filter = ("strategy", "fallback")
    search_fields = ("name",)
    inlines = (MemberInline,)
    fieldsets = (
        (None, {"fields": ("name", "strategy", "ring_seconds")}),
        (_("While the caller waits"), {"fields": ("wait_music", "announce_position")}),
        (
            _("When nobody takes it"),
            {
                "fields": (
                    "max_wait_seconds",
                    "fallback",
                    "fallback_queue",
                    "fallback_assistant",
                )
            },
        ),
        (
            _("After the call"),
            {
                "fields": (
                    "wrap_up_seconds",
                    "dispositions",
                    "disposition_required",
                    "whatsapp_after_call",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        """With the number of members, counted in the same query."""
        queues: QuerySet[Queue] = super().get_queryset(request)
        return queues.annotate(member_count=Count("memberships"))

    def formfield_for_dbfield(
        self,
        db_field: Any,  # noqa: ANN401  Django's own signature
        request: HttpRequest,
        **kwargs: Any,
    ) -> forms.Field | None:
        """An address without a scheme is meant to be a safe one; dispositions are few."""
        if db_field.name == "wait_music":
            kwargs["assume_scheme"] = "https"
        if db_field.name == "dispositions":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field: forms.Field | None = super().formfield_for_dbfield(
            db_field, request, **kwargs
        )
        return field

    @admin.display(description=_("agents"), ordering="member_count")
    def agents(self, queue: Any) -> int:  # noqa: ANN401  it carries an annotation
        """How many people are rung for it."""
        count: int = queue.member_count
        return count


class LineForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A number as people write it."""

    number = forms.CharField(
        label=_("Number"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("In international form, as +1 555 0100000."),
    )

    def clean_number(self) -> str:
        """The number is kept as Twilio gives it: in E.164."""
        try:
            return normalised(self.cleaned_data["number"])
        except ValueError:
            raise forms.ValidationError(
                _("This is no number in international form.")
            ) from None


@admin.register(Line)
class LineAdmin(ModelAdmin):  # type: ignore[misc]  # likewise
    """One of our numbers: what it says and where it leads."""

    form = LineForm
    list_display = (
        "number",
        "name",
        "queue",
        "answered_by",
        "assistant",
        "language",
        "opening_hours",
        "when_closed",
    )
    list_select_related = ("queue", "assistant", "opening_hours")
    list_filter = ("queue", "answered_by", "assistant", "opening_hours")
    search_fields = ("=number", "name")
    fieldsets = (
        (None, {"fields": ("number", "name", "queue")}),
        (_("What the caller hears"), {"fields": ("language", "greeting", "consent")}),
        (
            _("Out of hours"),
            {"fields": ("opening_hours", "closed_message", "when_closed")},
        ),
        (
            _("Assistant"),
            {"fields": ("answered_by", "assistant", "agent_lost")},
        ),
        (
            _("When the agent is silent"),
            {"fields": ("holding_after", "holding_line", "holding_speaks")},
        ),
    )


class OpeningTimeInline(RowsInline):
    model = OpeningTime
    fields = ("weekday", "opens", "closes")


class HolidayInline(RowsInline):
    model = Holiday
    fields = ("day", "name")


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones())]


class OpeningHoursForm(forms.ModelForm):  # type: ignore[type-arg]  # likewise
    """A time zone is chosen, not spelt."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_time_zones,
        initial="UTC",
        widget=UnfoldAdminSelect2Widget,
    )


@admin.register(OpeningHours)
class OpeningHoursAdmin(ModelAdmin):  # type: ignore[misc]  # likewise
    """When somebody is there."""

    list_display = ("name", "time_zone", "open_now")
    search_fields = ("name",)
    form = OpeningHoursForm
    fields = ("name", "time_zone")
    inlines = (OpeningTimeInline, HolidayInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpeningHours]:
        """With what is needed to tell whether it is open."""
        hours: QuerySet[OpeningHours] = super().get_queryset(request)
        return hours.prefetch_related("times", "holidays")

    @admin.display(description=_("open now"), boolean=True)
    def open_now(self, hours: OpeningHours) -> bool:
        return hours.is_open()


@admin.register(Disposition)
class DispositionAdmin(ModelAdmin):  # type: ignore[misc]  # likewise
    """What became of a call. One that calls have is not deleted but made inactive."""

    list_display = ("name", "active")
    list_filter = ("active",)
    search_fields = ("name",)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


@admin.register(Offer)
class OfferAdmin(HistoryAdmin):
    """Whose desk rang for which call, and what came of it."""

    list_display = ("call", "agent", "offered_at", "until", "outcome", "ended_at")
    list_filter = ("offered_at", "outcome", "agent")
    list_select_related = ("call", "agent")
    ordering = ("-pk",)
    search_fields = ("call__sid__exact", "call__from_number__exact")
    search_help_text = _("Call SID, or a number in full")


@admin.register(Transfer)
class TransferAdmin(HistoryAdmin):
    """Calls that were handed on, or were to be."""

    list_display = ("began_at", "by", "to", "kind", "state", "reason", "call")
    list_filter = ("kind", "state")
    list_select_related = ("call", "by", "to_agent", "to_queue")
    ordering = ("-pk",)
    search_fields = ("call__sid__exact", "to_number__exact")
    search_help_text = _("Call SID, or a number in full")

    @admin.display(description=_("to"))
    def to(self, transfer: Transfer) -> str:
        """The queue and who took it there, the agent, or the number."""
        asked = (transfer.to_queue, transfer.to_agent, readable(transfer.to_number))
        return " · ".join(str(each) for each in asked if each)


@admin.register(Dial)
class DialAdmin(HistoryAdmin):
    """Calls that somebody wanted to place, also those that Twilio refused."""

    list_display = (
        "asked_at",
        "to_number",
        "by",
        "agent",
        "assistant",
        "queue",
        "state",
        "error",
    )
    list_filter = ("state",)
    list_select_related = ("by", "agent", "assistant", "queue")
    ordering = ("-asked_at",)
    search_fields = ("to_number__exact", "call__sid__exact")
    search_help_text = _("Call SID, or a number in full")


@admin.register(Voicemail)
class VoicemailAdmin(HistoryAdmin):
    """Messages that callers left; they are listened to on the call's page."""

    list_display = (
        "left_at",
        "who",
        "queue",
        "duration",
        "handled_by",
        "handled_at",
        "listen",
    )
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "call__queue")
    list_select_related = ("call__customer", "call__queue", "handled_by")
    ordering = ("-left_at",)
    search_fields = ("call__sid__exact", "call__from_number__exact")
    search_help_text = _("Call SID, or a number in full")

    @admin.display(description=_("customer"))
    def who(self, voicemail: Voicemail) -> str:
        """By name where there is one, else by number."""
        return other_side(voicemail.call)

    @admin.display(description=_("queue"), ordering="call__queue__name")
    def queue(self, voicemail: Voicemail) -> str:
        """For whom it was left."""
        return str(voicemail.call.queue or "–")

    @admin.display(description=_("page"))
    def listen(self, voicemail: Voicemail) -> str:
        """The call's page, at the message."""
        return call_link(voicemail.call.sid, _("Listen"), second=voicemail.start)


@admin.register(CallbackRequest)
class CallbackRequestAdmin(HistoryAdmin):
    """Who wants to be called back, and what became of it."""

    list_display = (
        "customer",
        "queue",
        "requested_at",
        "answered_with",
        "handled_by",
        "handled_at",
    )
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "queue")
    list_select_related = ("customer", "queue", "answered_with", "handled_by")
    ordering = ("-requested_at",)
    search_fields = ("call__sid__exact", "customer__number__exact")
    search_help_text = _("Call SID, or a number in full")
