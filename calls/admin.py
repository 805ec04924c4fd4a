"""The records of a call in the admin: histories are read, people are managed; no verb is offered."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from calls.models import (
    Call,
    CallEvent,
    Leg,
    Recording,
    User,
    Utterance,
    WebhookDelivery,
)

# What somebody may do follows from the role (calls.roles); groups would be a second truth.
admin.site.unregister(Group)


class ReadOnly:
    """History: looked at, never written by hand."""

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class HistoryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """A list that stays fast: no count of all rows, related rows in one query."""

    show_full_result_count = False
    list_per_page = 50


class HistoryInline(ReadOnly, TabularInline):  # type: ignore[misc]  # likewise
    """Rows of a call on the call's own page."""

    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(User)
# Unfold has no types; Django's class takes a parameter only in its stubs.
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """People and their roles."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "first_name",
        "last_name",
        "role",
        "presence",
        "is_active",
    )
    list_filter = ("role", "presence", "is_active", "is_staff")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Work"), {"fields": ("role", "presence")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "role",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        """Only a superuser hands out the keys to the admin."""
        own = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return own
        return (*own, "is_staff", "is_superuser")

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """A supervisor manages people, but not those who stand above."""
        above = isinstance(obj, User) and obj.is_superuser
        if above and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))


class LegInline(HistoryInline):
    model = Leg
    fields = ("sid", "kind", "user", "joined_at", "left_at")


class RecordingInline(HistoryInline):
    model = Recording
    fields = ("sid", "status", "channels", "duration", "offset")


class UtteranceInline(HistoryInline):
    model = Utterance
    fields = ("source", "speaker", "start", "end", "text")


class CallEventInline(HistoryInline):
    model = CallEvent
    fields = ("number", "name", "at", "data")


@admin.register(Call)
class CallAdmin(HistoryAdmin):
    """Calls with all that happened in them; what was found out is on the call's own page."""

    list_display = (
        "sid",
        "created_at",
        "direction",
        "from_number",
        "to_number",
        "status",
        "agent",
        "length",
        "page",
    )
    list_filter = (
        "status",
        "direction",
        "mode",
        ("agent", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("agent",)
    date_hierarchy = "created_at"
    search_fields = ("=sid", "=from_number", "=to_number")
    search_help_text = _("Call SID, or a number in full")
    exclude = ("stream_token", "declined_by")
    inlines = (LegInline, RecordingInline, UtteranceInline, CallEventInline)

    @admin.display(description=_("duration"))
    def length(self, call: Call) -> str:
        """Seconds from answer to end."""
        return "–" if call.duration is None else f"{call.duration:.0f} s"

    @admin.display(description=_("page"))
    def page(self, call: Call) -> str:
        """The way to recording, transcript and report."""
        return format_html(
            '<a href="{}">{}</a>', reverse("call", args=[call.sid]), _("Open")
        )


@admin.register(Leg)
class LegAdmin(HistoryAdmin):
    list_display = ("sid", "call", "kind", "user", "joined_at", "left_at")
    list_filter = ("kind",)
    list_select_related = ("call", "user")
    search_fields = ("=sid", "=call__sid", "=call__from_number")


@admin.register(CallEvent)
class CallEventAdmin(HistoryAdmin):
    list_display = ("call", "number", "name", "at")
    list_filter = ("name",)
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("=call__sid", "=call__from_number")


@admin.register(Utterance)
class UtteranceAdmin(HistoryAdmin):
    list_display = ("call", "source", "speaker", "start", "text")
    list_filter = ("source", "speaker")
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("=call__sid", "=call__from_number")


@admin.register(Recording)
class RecordingAdmin(HistoryAdmin):
    """The file itself is only given out on the call's page, where access is checked."""

    list_display = ("sid", "call", "status", "channels", "duration", "offset")
    list_filter = ("status", "channels")
    list_select_related = ("call",)
    ordering = ("-pk",)
    exclude = ("file",)
    search_fields = ("=sid", "=call__sid", "=call__from_number")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(HistoryAdmin):
    list_display = ("kind", "key", "call", "received_at")
    list_filter = ("kind", ("call", admin.EmptyFieldListFilter))
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("=key", "=call__sid", "=call__from_number")
