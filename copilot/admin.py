"""Suggestions for supervisors: what was offered and what became of it."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from copilot.models import Suggestion


@admin.register(Suggestion)
class SuggestionAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("call", "state", "decided_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("call", "decided_by")
    search_fields = ("call__sid",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        return False
