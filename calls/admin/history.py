"""Pages of history: looked at, never written by hand."""

from typing import cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from calls.models import Call
from calls.templatetags.telephone_numbers import readable


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


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # generic in its stubs only
    """Pages of the first rows: of millions nobody counts all, and nobody turns to the last."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        """How many there are, or the most that is counted."""
        rows = cast("QuerySet[Model]", self.object_list)
        return rows.order_by()[: self.MOST].count()


class HistoryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """A list that stays fast: no count of all rows, related rows in one query."""

    show_full_result_count = False
    list_per_page = 50
    paginator = CappedPaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Rows of which one field is what was asked: each is looked up by itself, so by its index."""
        term = search_term.strip()
        fields = self.get_search_fields(request)
        if not (term and fields):
            return queryset, False
        rows = self.model._default_manager.order_by()
        first, *others = (rows.filter(**{field: term}).values("pk") for field in fields)
        return queryset.filter(pk__in=first.union(*others)), False


class HistoryInline(ReadOnly, TabularInline):  # type: ignore[misc]  # likewise
    """Rows of a call on the call's own page."""

    extra = 0
    can_delete = False
    # A row says what it is by itself; its name is made of ids.
    hide_title = True


def call_link(sid: str, text: object, *, second: float | None = None) -> SafeString:
    """The way to the call's own page, with recording, transcript and report."""
    address = reverse("call", args=[sid])
    if second is not None:
        address += f"?t={second:g}"
    return link(address, text)


def link(address: str, text: object) -> SafeString:
    """As Unfold shows the links that it makes itself."""
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
        address,
        text,
    )


def other_side(call: Call) -> str:
    """The customer's name, else the number at the other end."""
    if call.customer is not None and call.customer.name:
        return call.customer.name
    is_ours = call.direction == Call.Direction.OUTBOUND
    return readable(call.to_number if is_ours else call.from_number)
