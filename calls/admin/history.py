"""Pages of history: looked at, never written by hand."""

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline


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
