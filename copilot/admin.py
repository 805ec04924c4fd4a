"""Suggestions for supervisors: what was offered and what became of it."""

from django.contrib import admin

from calls.admin.history import HistoryAdmin
from copilot.models import Suggestion


@admin.register(Suggestion)
class SuggestionAdmin(HistoryAdmin):
    list_display = ("call", "state", "decided_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("call", "decided_by")
    search_fields = ("call__sid__exact",)
