"""Customers with all that happened, the templates that WhatsApp has approved, and what was written."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import date, truncatechars
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from calls.admin.history import CappedPaginator, HistoryAdmin, call_link, link
from calls.models import Call, Customer, Message, MessageTemplate, Voicemail
from calls.roles import signed_in
from calls.services import customers


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """As bounded as at the desk."""

    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=customers.LONGEST_NOTES,
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = Customer
        fields = ("name", "notes", "whatsapp_opt_in", "do_not_call")


@admin.register(Customer)
class CustomerAdmin(ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """Customers come by calling or writing; here they are looked after."""

    form = CustomerForm
    list_display = (
        "number",
        "name",
        "whatsapp_opt_in",
        "do_not_call",
        "wrote_at",
        "created_at",
    )
    list_filter = ("whatsapp_opt_in", "do_not_call")
    # What is done with it: `get_search_results`.
    search_fields = ("number", "name")
    search_help_text = _("A number in full, or how the parts of a name begin")
    readonly_fields = ("number", "wrote_at", "created_at", "timeline")
    fields = (
        "number",
        "name",
        "notes",
        "whatsapp_opt_in",
        "do_not_call",
        "wrote_at",
        "created_at",
        "timeline",
    )
    show_full_result_count = False
    list_per_page = 50
    paginator = CappedPaginator

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """A number and a name are looked up by themselves, so each by its index."""
        if not (term := search_term.strip()):
            return queryset, False
        everybody = Customer.objects.order_by()
        found = everybody.filter(number=term).values("pk")
        return queryset.filter(
            pk__in=found.union(everybody.named(term).values("pk"))
        ), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Customer, form: CustomerForm, _change: object
    ) -> None:
        """As the desk does it, so that the history has one writer."""
        changes: Any = {name: form.cleaned_data[name] for name in form.changed_data}
        customers.update(customer_id=obj.pk, by=signed_in(request), **changes)

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:
        """The service has written it down."""

    @admin.display(description=_("timeline"))
    def timeline(self, customer: Customer) -> str:
        """Everything that happened, the newest first."""
        entries = customers.timeline(customer)
        if not entries:
            return gettext("Nothing yet.")
        rows = format_html_join("", "<li>{} · {}</li>", map(_told, entries))
        calls = reverse("admin:calls_call_changelist")
        theirs = link(
            f"{calls}?customer__id__exact={customer.pk}", gettext("All calls")
        )
        return format_html("<ul>{}</ul>{}", rows, theirs)


class MessageTemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # likewise
    """Variables as people write a list."""

    variables = forms.CharField(
        label=_("Variables"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "What each place is, in order and separated by commas: name, summary. "
            "“name” and “summary” are filled in by themselves."
        ),
    )

    class Meta:
        model = MessageTemplate
        fields = ("name", "content_sid", "body", "variables", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["variables"] = ", ".join(self.instance.variables)

    def clean_variables(self) -> list[str]:
        """Names without blanks around them."""
        names = self.cleaned_data["variables"].split(",")
        return [name.strip() for name in names if name.strip()]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ModelAdmin):  # type: ignore[misc]  # likewise
    """Only what WhatsApp has approved may begin a conversation. Templates with messages stay."""

    form = MessageTemplateForm
    list_display = ("name", "content_sid", "variables", "active")
    list_filter = ("active",)
    search_fields = ("name", "=content_sid")

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """What was sent names its template; one that is out of use is made inactive."""
        return False


@admin.register(Message)
class MessageAdmin(HistoryAdmin):
    list_display = (
        "created_at",
        "customer",
        "direction",
        "status",
        "error_code",
        "template",
        "by",
    )
    list_filter = ("created_at", "direction", "status", "template")
    list_select_related = ("customer", "template", "by")
    ordering = ("-created_at",)
    search_fields = ("sid__exact", "customer__number__exact", "call__sid__exact")
    search_help_text = _("Message SID, call SID, or a number in full")


def _told(entry: dict[str, Any]) -> tuple[str, SafeString | str]:
    moment = timezone.localtime(datetime.fromtimestamp(entry["at"], UTC))
    return date(moment, "DATETIME_FORMAT"), _WORDS[entry["kind"]](entry)


def _linked(entry: dict[str, Any], text: str) -> SafeString:
    return call_link(entry["sid"], text)


def _call(entry: dict[str, Any]) -> SafeString:
    agent = entry["agent"]["name"] if entry["agent"] else ""
    outcome = Call.Outcome(entry["outcome"]).label if entry["outcome"] else ""
    parts = [Call.Direction(entry["direction"]).label, outcome, agent]
    return _linked(entry, " · ".join(str(part) for part in parts if part))


def _message(entry: dict[str, Any]) -> str:
    direction = Message.Direction(entry["direction"]).label
    state = entry["error"] or Message.Status(entry["status"]).label
    return f"{direction} · {truncatechars(entry['body'], 120)} · {state}"


def _voicemail(entry: dict[str, Any]) -> SafeString:
    title = str(Voicemail._meta.verbose_name)
    return _linked(entry, ": ".join(filter(None, (title, entry["transcript"]))))


def _callback(entry: dict[str, Any]) -> SafeString:
    return _linked(entry, gettext("callback request"))


_WORDS = {
    "call": _call,
    "message": _message,
    "voicemail": _voicemail,
    "callback": _callback,
}
