"""The work after calls in the admin: what was found, what failed, and running it again."""

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from analytics import (
    contest_admin,  # noqa: F401  registered by being imported
    question_admin,  # noqa: F401  likewise
    reasons,
    scorecard_admin,  # noqa: F401  likewise
    services,
)
from analytics.models import (
    ForeignTranscript,
    Measures,
    OriginalLook,
    QualityReport,
    Step,
    StepQuerySet,
    Transcript,
)
from calls.admin.history import HistoryAdmin
from calls.roles import signed_in


class FoundAdmin(HistoryAdmin):
    """Results are computed, never typed."""

    list_select_related: tuple[str, ...] = ("call",)
    search_fields: tuple[str, ...] = (
        "call__sid__exact",
        "call__from_number__exact",
        "call__to_number__exact",
    )
    search_help_text = _("Call SID, or a number in full")


@admin.register(Step)
class StepAdmin(FoundAdmin):
    """Failures are rows here, with a reason and a way to try again."""

    list_display = (
        "call",
        "name",
        "state",
        "attempts",
        "explanation",
        "started_at",
        "finished_at",
    )
    list_filter = ("state", "name", "reason")
    ordering = ("-pk",)
    actions = ("run_again",)

    @admin.display(description=_("reason"))
    def explanation(self, step: Step) -> str:
        """The reason in words."""
        return reasons.text(step.reason)

    def has_repeat_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited, but their work may be repeated."""
        return request.user.has_perm("analytics.change_step")

    @admin.action(
        description=_("Run again, with all later steps"), permissions=["repeat"]
    )
    def run_again(self, request: HttpRequest, steps: StepQuerySet) -> None:
        """Once for each call, from the earliest of the chosen steps on."""
        earliest = {step.call_id: step for step in reversed(steps.in_order())}
        for step in earliest.values():
            services.run_again(step=step, by=signed_in(request))
        text = ngettext(
            "The work on %(number)d call begins again.",
            "The work on %(number)d calls begins again.",
            len(earliest),
        )
        self.message_user(request, text % {"number": len(earliest)}, messages.SUCCESS)


@admin.register(Measures)
class MeasuresAdmin(FoundAdmin):
    list_display = (
        "call",
        "computed_at",
        "current",
        "wait_time",
        "hold_time",
        "dead_air_time",
        "agent_talk_share",
    )
    list_filter = ("current", "computed_at")
    ordering = ("-pk",)


@admin.register(QualityReport)
class QualityReportAdmin(FoundAdmin):
    list_display = (
        "call",
        "written_at",
        "current",
        "judged",
        "disposition",
        "score",
        "needs_human",
        "model",
    )
    list_filter = (
        "current",
        "judged",
        "disposition",
        ("answers__contests__state", admin.ChoicesFieldListFilter),
        "failed",
        "written_at",
    )
    ordering = ("-pk",)


@admin.register(Transcript)
class TranscriptAdmin(FoundAdmin):
    list_display = (
        "vendor_id",
        "call",
        "ordered_at",
        "completed_at",
        "language",
        "live_word_error_rate",
    )
    list_filter = ("language", "ordered_at")
    search_fields = ("vendor_id__exact", *FoundAdmin.search_fields)
    # It has the words as they were said, which are shown where each look is noted.
    exclude = ("raw",)


@admin.register(ForeignTranscript)
class ForeignTranscriptAdmin(HistoryAdmin):
    """Recordings of others that integrators had transcribed."""

    list_display = ("pk", "asked_at", "state", "reason", "language", "finished_at")
    list_filter = ("state", "asked_at")
    search_fields = ("url__exact", "vendor_id__exact")


@admin.register(OriginalLook)
class OriginalLookAdmin(FoundAdmin):
    """Who has seen or heard what is hidden from others, and when."""

    list_display = ("at", "user", "what", "call")
    list_filter = ("what", "at", ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("call", "user")
    ordering = ("-pk",)
    search_fields = ("user__username__exact", *FoundAdmin.search_fields)
