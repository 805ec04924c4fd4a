"""Scorecards in the admin: a draft is edited, a version in force only looked at; its next version is a copy."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
)

from analytics import agreement, card_writing, cards
from analytics.draft_admin import DraftInline, DraftOnly, version_page
from analytics.models import Question, Scorecard, ScorecardVersion, Section
from calls.admin.history import HistoryInline, link
from calls.models import Queue
from calls.roles import signed_in


class VersionsInline(HistoryInline):
    """The card's versions, newest first."""

    model = ScorecardVersion
    fields = ("open_it", "scoring", "published_at", "published_by")
    readonly_fields = ("open_it",)

    @admin.display(description=_("version"))
    def open_it(self, version: ScorecardVersion) -> SafeString:
        text = (
            gettext("Version %(number)s")
            if version.is_fixed
            else gettext("Draft %(number)s")
        )
        return link(version_page(version), text % {"number": version.number})


class ScorecardForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A queue has one scorecard."""

    queues = forms.ModelMultipleChoiceField(
        queryset=Queue.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=Scorecard._meta.get_field("queues").help_text,
    )

    def clean_queues(self) -> "QuerySet[Queue]":
        chosen: QuerySet[Queue] = self.cleaned_data["queues"]
        others = Scorecard.objects.exclude(pk=self.instance.pk)
        taken = others.filter(queues__in=chosen).values_list("name", "queues__name")
        for card, queue in taken.filter(queues__in=chosen):
            raise ValidationError(
                _("%(queue)s has the scorecard %(card)s."),
                params={"queue": queue, "card": card},
            )
        return chosen


@admin.register(Scorecard)
class ScorecardAdmin(ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """Which calls a card is for, and its versions. One that reports refer to is not deleted."""

    form = ScorecardForm
    list_display = ("name", "default", "for_queues", "in_force", "open_draft")
    search_fields = ("name",)
    fields = ("name", "default", "queues")
    inlines = (VersionsInline,)
    change_form_outer_before_template = "admin/analytics/scorecard_next.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Scorecard]":
        found: QuerySet[Scorecard] = super().get_queryset(request)
        return found.prefetch_related("queues", "versions")

    def get_urls(self) -> list[URLPattern]:
        """With the door that begins the next version."""
        mine = path(
            "<int:card_id>/next-version",
            self.admin_site.admin_view(self.next_version),
            name="analytics_scorecard_next",
        )
        return [mine, *super().get_urls()]

    def next_version(self, request: HttpRequest, card_id: int) -> HttpResponse:
        """Begin the next version, or go on with it."""
        card = get_object_or_404(Scorecard, pk=card_id)
        if request.method != "POST" or not self.has_change_permission(request, card):
            raise PermissionDenied
        draft = card_writing.next_version(card=card, by=signed_in(request))
        return HttpResponseRedirect(version_page(draft))

    def response_add(
        self, request: HttpRequest, obj: Scorecard, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new card is of no use without its first version: write that next."""
        draft = card_writing.next_version(card=obj, by=signed_in(request))
        return HttpResponseRedirect(version_page(draft))

    def has_delete_permission(
        self, request: HttpRequest, obj: Scorecard | None = None
    ) -> bool:
        if obj is not None and any(each.is_fixed for each in obj.versions.all()):
            return False
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed

    @admin.display(description=_("queues"))
    def for_queues(self, card: Scorecard) -> str:
        return ", ".join(str(queue) for queue in card.queues.all()) or "–"

    @admin.display(description=_("in force"))
    def in_force(self, card: Scorecard) -> SafeString | str:
        fixed = [each for each in card.versions.all() if each.is_fixed]
        newest = max(fixed, key=lambda each: each.number, default=None)
        if newest is None:
            return "–"
        text = gettext("Version %(number)s") % {"number": newest.number}
        return link(version_page(newest), text)

    @admin.display(description=_("draft"))
    def open_draft(self, card: Scorecard) -> SafeString | str:
        draft = next((each for each in card.versions.all() if not each.is_fixed), None)
        return "–" if draft is None else link(version_page(draft), _("Edit"))


class SectionInline(DraftInline):
    model = Section
    fields = ("position", "title")


class QuestionInline(DraftInline):
    """The questions at a glance; what there is more to say of one is on its own page."""

    model = Question
    fields = ("position", "section", "title", "kind", "source", "weight", "more")
    readonly_fields = ("more",)

    def formfield_for_foreignkey(
        self,
        db_field: Any,  # noqa: ANN401  Django's own signature
        request: HttpRequest,
        **kwargs: Any,
    ) -> "forms.ModelChoiceField[Any] | None":
        """Sections of this version."""
        if db_field.name == "section":
            match = request.resolver_match
            version = match.kwargs.get("object_id") if match else None
            kwargs["queryset"] = Section.objects.filter(version=version)
        field: forms.ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field

    @admin.display(description=_("in full"))
    def more(self, question: Question) -> SafeString | str:
        if question.pk is None:
            return "–"
        address = reverse("admin:analytics_question_change", args=[question.pk])
        return link(address, _("Open"))


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(DraftOnly, ModelAdmin):  # type: ignore[misc]  # likewise
    """A draft with its sections and questions, or a version in force to be looked at."""

    list_display = ("scorecard", "number", "scoring", "published_at", "published_by")
    list_select_related = ("scorecard", "published_by")
    list_filter = ("scorecard",)
    fields = (("scoring", "reviews_needed"),)
    inlines = (SectionInline, QuestionInline)
    change_form_outer_before_template = "admin/analytics/scorecard_version.html"
    change_form_after_template = "admin/analytics/scorecard_in_force.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They begin as a copy, on the card's page."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  Django's own signature
        """With what the version comes to: worth by section, what is wrong, how far the model is trusted."""
        version = self.get_object(request, object_id) if object_id else None
        extra = {} if version is None else {"whole": _whole(version)}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )

    def response_change(
        self, request: HttpRequest, obj: ScorecardVersion
    ) -> HttpResponse:
        """Everything is stored by now: put it in force, if that was asked for, and stay."""
        if "_in_force" not in request.POST:
            if "_continue" in request.POST or not (faults := cards.problems(obj)):
                return _as_response(super().response_change(request, obj))
            messages.warning(request, " ".join(faults))
            return HttpResponseRedirect(version_page(obj))
        try:
            card_writing.put_in_force(version=obj, by=signed_in(request))
        except card_writing.NotReadyError as error:
            messages.error(request, " ".join(error.problems))
        else:
            messages.success(
                request, _("Calls are judged by this version from now on.")
            )
        return HttpResponseRedirect(version_page(obj))


def _as_response(answer: Any) -> HttpResponse:  # noqa: ANN401  Unfold has no types
    response: HttpResponse = answer
    return response


def _whole(version: ScorecardVersion) -> dict[str, Any]:
    asked = cards.questions(version)
    worths = cards.worths(version, asked)
    trust = agreement.of(version, asked)
    suggesting = agreement.only_suggests(version, asked)
    sections: dict[str, float] = {}
    for each in asked:
        title = each.section.title
        sections[title] = sections.get(title, 0.0) + worths[each.pk]
    return {
        "version": version,
        "sections": list(sections.items()),
        "total": sum(sections.values()),
        "is_weighted": version.scoring == ScorecardVersion.Scoring.WEIGHTS,
        "problems": [] if version.is_fixed else cards.problems(version),
        "trust": [
            (each, trust[each.pk], each.pk in suggesting)
            for each in asked
            if each.source == Question.Source.MODEL
        ],
    }
