"""People and their roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from calls.admin.history import HistoryAdmin, HistoryInline
from calls.models import PresenceSpan, QueueMember, User
from calls.roles import GIVEN_IN_PERSON

# What somebody may do follows from the role (calls.roles); groups would be a second truth.
admin.site.unregister(Group)


class MembershipInline(TabularInline):  # type: ignore[misc]  # likewise
    """The queues for which this person is rung."""

    model = QueueMember
    fields = ("queue", "priority")
    extra = 0
    hide_title = True


class PresenceSpanInline(HistoryInline):
    """The latest changes of this person's status; all of them are on a page of their own."""

    model = PresenceSpan
    fields = ("presence", "reason", "call", "began_at", "ended_at")
    per_page = 20
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PresenceSpan]:
        spans: QuerySet[PresenceSpan] = super().get_queryset(request)
        return spans.select_related("call")


@admin.register(PresenceSpan)
class PresenceSpanAdmin(HistoryAdmin):
    """Who was what, from when to when, and why."""

    list_display = ("user", "presence", "reason", "call", "began_at", "ended_at")
    list_filter = ("began_at", "presence", "reason", "user")
    list_select_related = ("user", "call")
    ordering = ("-pk",)
    search_fields = ("user__username__exact", "call__sid__exact")


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
        (_("Work"), {"fields": ("role", "presence", "presence_since")}),
        (
            _("Access"),
            {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")},
        ),
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
    # The status follows from what people do and say at their desks, with a history.
    readonly_fields = ("presence", "presence_since", "last_login", "date_joined")
    filter_horizontal = ()

    def get_inlines(self, _request: HttpRequest, obj: Model | None) -> tuple[type, ...]:
        """Who is being added has neither queues nor a history."""
        return () if obj is None else (MembershipInline, PresenceSpanInline)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        """Only a superuser hands out the keys to the admin."""
        own = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return own
        return (*own, "is_staff", "is_superuser", "user_permissions")

    def formfield_for_manytomany(
        self,
        db_field: Any,  # noqa: ANN401  a field of Django's
        request: HttpRequest,
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401  or of Unfold's
        """All but a few permissions follow from the role."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "user_permissions" and field is not None:
            names = [name.partition(".")[2] for name in GIVEN_IN_PERSON]
            field.queryset = Permission.objects.filter(codename__in=names)
        return field

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """A supervisor manages people, but not those who stand above."""
        above = isinstance(obj, User) and obj.is_superuser
        if above and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))
