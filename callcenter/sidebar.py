"""The admin's menu: what supervisors look for, in groups; shown are pages that one may see."""

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Title, icon (Material Symbols), and the model "app.model" or the name of a page of ours.
_Item = tuple[Promise, str, str]
_GROUPS: Final[tuple[tuple[Promise, tuple[_Item, ...]], ...]] = (
    (
        _("Live"),
        (
            (_("Desk"), "headset_mic", "desk"),
            (_("Calls and reports"), "graphic_eq", "calls"),
        ),
    ),
    (
        _("Routing"),
        (
            (_("Lines"), "call", "calls.line"),
            (_("Queues"), "groups", "calls.queue"),
            (_("Assistants"), "smart_toy", "calls.assistant"),
            (_("Opening hours"), "schedule", "calls.openinghours"),
            (_("Dispositions"), "label", "calls.disposition"),
        ),
    ),
    (
        _("Customers"),
        (
            (_("Customers"), "contacts", "calls.customer"),
            (_("Messages"), "chat", "calls.message"),
            (_("Message templates"), "description", "calls.messagetemplate"),
            (_("Voicemails"), "voicemail", "calls.voicemail"),
            (_("Callback requests"), "phone_callback", "calls.callbackrequest"),
        ),
    ),
    (
        _("People"),
        (
            (_("People"), "person", "calls.user"),
            (_("Status history"), "history", "calls.presencespan"),
        ),
    ),
    (
        _("Quality"),
        (
            (_("Trends"), "trending_up", "trends"),
            (_("Answer times"), "timer", "latency"),
            (_("Quality reports"), "grade", "analytics.qualityreport"),
            (_("Scorecards"), "checklist_rtl", "analytics.scorecard"),
            (_("Contested answers"), "gavel", "analytics.contest"),
            (_("Measures"), "speed", "analytics.measures"),
        ),
    ),
    (
        _("History"),
        (
            (_("Calls"), "phone_in_talk", "calls.call"),
            (_("Offers"), "ring_volume", "calls.offer"),
            (_("Transfers"), "phone_forwarded", "calls.transfer"),
            (_("Outbound calls"), "call_made", "calls.dial"),
            (_("Events"), "format_list_numbered", "calls.callevent"),
            (_("Legs"), "device_hub", "calls.leg"),
            (_("Recordings"), "mic", "calls.recording"),
            (_("Utterances"), "notes", "calls.utterance"),
            (_("Suggestions"), "lightbulb", "copilot.suggestion"),
            (_("Steps after calls"), "checklist", "analytics.step"),
            (_("Looks at originals"), "visibility", "analytics.originallook"),
        ),
    ),
    (
        _("Integrators"),
        (
            (_("API tokens"), "key", "calls.apitoken"),
            (_("Webhook deliveries"), "webhook", "calls.webhookdelivery"),
        ),
    ),
)

# Pages of ours inside the admin, and what one needs to see them.
_NEEDED: Final = {
    "latency": "analytics.view_measures",
    "trends": "analytics.view_dailyfigures",
}
# So many groups at the top do not fold.
_ALWAYS_OPEN: Final = 2


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups in which this person may see anything, as Unfold wants them."""
    groups = []
    for number, (title, items) in enumerate(_GROUPS):
        shown = [_item(item) for item in items if _may_see(request, item)]
        if shown:
            group = {"title": title, "items": shown, "separator": number > 0}
            groups.append(group | {"collapsible": number >= _ALWAYS_OPEN})
    return groups


def _item(item: _Item) -> dict[str, Any]:
    title, icon, page = item
    app, dot, model = page.partition(".")
    if not dot:
        found = {"title": title, "icon": icon, "link": reverse(page)}
        # Unfold looks for the address in that of the page, where /calls/ is in many.
        return found if page in _NEEDED else found | {"active": False}
    link = reverse(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": link}


def _may_see(request: HttpRequest, item: _Item) -> bool:
    app, dot, model = item[2].partition(".")
    if not dot:
        needed = _NEEDED.get(app)
        return needed is None or request.user.has_perm(needed)
    return request.user.has_perm(f"{app}.view_{model}")
