"""Parts of the admin that change only as long as a version of a scorecard is a draft."""

from typing import ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import TabularInline

from analytics.models import Question, ScorecardVersion, Section


def version_page(version: ScorecardVersion) -> str:
    """Where a version is edited or looked at."""
    return reverse("admin:analytics_scorecardversion_change", args=[version.pk])


class DraftOnly:
    """Rows of a version: they change as long as the version is a draft."""

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return self._may("has_change_permission", request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return self._may("has_delete_permission", request, obj)

    def _may(self, name: str, request: HttpRequest, obj: Model | None) -> bool:
        version = obj.version if isinstance(obj, Question | Section) else obj
        if isinstance(version, ScorecardVersion) and version.is_fixed:
            return False
        return bool(getattr(super(), name)(request, obj))


class DraftInline(DraftOnly, TabularInline):  # type: ignore[misc]  # likewise
    extra = 0
    hide_title = True

    class Media:
        css: ClassVar = {"all": ("css/scorecard.css",)}

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        version = obj.version if isinstance(obj, Question) else obj
        if isinstance(version, ScorecardVersion) and version.is_fixed:
            return False
        allowed: bool = super().has_add_permission(request, obj)
        return allowed
