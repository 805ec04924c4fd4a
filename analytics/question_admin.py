"""One question of a scorecard in the admin, with its answers and conditions."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from analytics import definitions
from analytics.draft_admin import DraftInline, DraftOnly, version_page
from analytics.models import Option, Question, Section, option_key


def _measures() -> list[tuple[str, Any]]:
    return [("", "–"), *((each.name, each.title) for each in definitions.DEFINITIONS)]


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A question; measures are chosen by their titles."""

    measure = forms.ChoiceField(
        choices=_measures,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("In seconds, counts, words a minute, or percent."),
    )
    only_measure = forms.ChoiceField(
        label=_("Only if this measure"),
        choices=_measures,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    only_answer = forms.CharField(
        label=_("was answered with"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=Question._meta.get_field("only_answer").help_text,
    )

    def clean_only_answer(self) -> str:
        """An answer as it is stored, whatever way it was typed."""
        return option_key(text) if (text := self.cleaned_data["only_answer"]) else ""


class OptionInline(DraftInline):
    model = Option
    fields = ("position", "title", "points", "low", "high", "fails")


_MEASURED: Final = "source == 'measure'"


@admin.register(Question)
class QuestionAdmin(DraftOnly, ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """One question in full; it is reached from its version and leads back there."""

    form = QuestionForm
    list_display = ("title", "version", "section", "kind", "source", "weight")
    list_select_related = ("version__scorecard", "section")
    list_filter = ("version__scorecard", "kind", "source")
    search_fields = ("title", "text")
    inlines = (OptionInline,)
    change_form_outer_before_template = "admin/analytics/scorecard_question.html"
    conditional_fields = {
        "good": "kind == 'yes_no'",
        "measure": _MEASURED,
        "whose": _MEASURED,
        "measure_low": f"{_MEASURED} && kind == 'yes_no'",
        "measure_high": f"{_MEASURED} && kind == 'yes_no'",
        "instruction": "source == 'model'",
        "least_agreement": "source == 'model'",
    }
    fieldsets = (
        (None, {"fields": ("title", "text", ("section", "position"))}),
        (
            _("The answer"),
            {
                "fields": (
                    ("kind", "source"),
                    "instruction",
                    "least_agreement",
                    ("measure", "whose"),
                    ("measure_low", "measure_high"),
                )
            },
        ),
        (
            _("What it counts"),
            {"fields": (("weight", "good"), ("fails", "may_be_na"))},
        ),
        (
            _("When it is asked"),
            {
                "fields": (
                    "part",
                    ("only_question", "only_answer"),
                    "only_queue",
                    "only_measure",
                    ("only_low", "only_high"),
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They begin in the list of their version."""
        return False

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  Django's own signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401  likewise
        """Sections and earlier questions are those of the same version."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if isinstance(obj, Question) and "section" in form.base_fields:
            mine = {"version": obj.version_id}
            form.base_fields["section"].queryset = Section.objects.filter(**mine)
            earlier = Question.objects.filter(**mine).exclude(pk=obj.pk)
            form.base_fields["only_question"].queryset = earlier
        return form

    def response_post_save_change(
        self, request: HttpRequest, obj: Question
    ) -> HttpResponse:
        """Back to the version."""
        return HttpResponseRedirect(version_page(obj.version))
