"""What agents object to, as a list of the admin; it is answered on the call's page."""

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from analytics.models import Contest
from calls.admin.history import HistoryAdmin, link


@admin.register(Contest)
class ContestAdmin(HistoryAdmin):
    """What agents object to; it is answered on the call's page, beside the evidence."""

    list_display = ("see_it", "state", "question", "by", "at", "reason", "answered_by")
    list_display_links = None
    list_filter = ("state", "at")
    list_select_related = (
        "answer__question",
        "answer__report__call",
        "by",
        "answered_by",
    )
    search_fields = ("answer__report__call__sid__exact",)
    search_help_text = _("Call SID")

    @admin.display(description=_("call"))
    def see_it(self, contest: Contest) -> SafeString:
        call = contest.answer.report.call
        place = f"{reverse('call', args=[call.sid])}#contest-{contest.pk}"
        is_open = contest.state == Contest.State.OPEN
        return link(place, _("See and answer") if is_open else _("See"))

    @admin.display(description=_("question"))
    def question(self, contest: Contest) -> str:
        return str(contest.answer.question)
