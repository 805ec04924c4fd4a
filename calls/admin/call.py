"""The records of a call: histories are read; no verb is offered."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from calls.admin.history import (
    HistoryAdmin,
    HistoryInline,
    call_link,
    other_side,
)
from calls.models import (
    Call,
    CallEvent,
    Leg,
    Offer,
    Recording,
    Transfer,
    Utterance,
    WebhookDelivery,
)


class LegInline(HistoryInline):
    model = Leg
    fields = ("sid", "kind", "user", "joined_at", "left_at")


class RecordingInline(HistoryInline):
    model = Recording
    fields = ("sid", "status", "channels", "duration", "offset")


class OfferInline(HistoryInline):
    model = Offer
    fields = ("agent", "offered_at", "until", "outcome", "ended_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        """With what a row says, in the same query."""
        offers: QuerySet[Offer] = super().get_queryset(request)
        return offers.select_related("agent")


class TransferInline(HistoryInline):
    model = Transfer
    fields = (
        "kind",
        "state",
        "by",
        "to_agent",
        "to_queue",
        "to_number",
        "reason",
        "began_at",
        "ended_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        """Likewise."""
        transfers: QuerySet[Transfer] = super().get_queryset(request)
        return transfers.select_related("by", "to_agent", "to_queue")


class UtteranceInline(HistoryInline):
    model = Utterance
    fields = ("source", "speaker", "start", "end", "text")


class CallEventInline(HistoryInline):
    model = CallEvent
    fields = ("number", "name", "at", "data")


@admin.register(Call)
class CallAdmin(HistoryAdmin):
    """Calls with all that happened in them; what was found out is on the call's own page."""

    list_display = (
        "created_at",
        "who",
        "direction",
        "status",
        "mode",
        "outcome",
        "disposition",
        "line_name",
        "queue",
        "agent",
        "assistant",
        "length",
        "page",
    )
    list_display_links = ("created_at",)
    list_filter = (
        "created_at",
        "status",
        "outcome",
        "direction",
        "line",
        "queue",
        "disposition",
        "agent",
        ("customer", admin.EmptyFieldListFilter),
        "mode",
        "assistant__assistant",
        "trial",
    )
    list_select_related = ("agent", "customer", "queue", "disposition")
    search_fields = ("sid__exact", "from_number__exact", "to_number__exact")
    search_help_text = _("Call SID, or a number in full")
    exclude = ("stream_token", "also_seen_by")
    inlines = (
        OfferInline,
        TransferInline,
        LegInline,
        RecordingInline,
        UtteranceInline,
        CallEventInline,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        """With the rest apart: to plan a join of all of them took ten times as long as the join."""
        calls: QuerySet[Call] = super().get_queryset(request)
        return calls.prefetch_related("line", "assistant__assistant")

    @admin.display(description=_("customer"), ordering="customer__name")
    def who(self, call: Call) -> str:
        """By name where there is one, else by number."""
        return other_side(call)

    @admin.display(description=_("line"), ordering="line__name")
    def line_name(self, call: Call) -> str:
        """Without its number, which is the same in most rows."""
        return "–" if call.line is None else call.line.name

    @admin.display(description=_("duration"))
    def length(self, call: Call) -> str:
        """Seconds from answer to end."""
        return "–" if call.duration is None else f"{call.duration:.0f} s"

    @admin.display(description=_("page"))
    def page(self, call: Call) -> str:
        """The way to recording, transcript and report."""
        return call_link(call.sid, _("Open"))


@admin.register(Leg)
class LegAdmin(HistoryAdmin):
    list_display = ("sid", "call", "kind", "user", "joined_at", "left_at")
    list_filter = ("kind",)
    list_select_related = ("call", "user")
    search_fields = ("sid__exact", "call__sid__exact", "call__from_number__exact")


@admin.register(CallEvent)
class CallEventAdmin(HistoryAdmin):
    list_display = ("call", "number", "name", "at")
    list_filter = ("name",)
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("call__sid__exact", "call__from_number__exact")


@admin.register(Utterance)
class UtteranceAdmin(HistoryAdmin):
    list_display = ("call", "source", "speaker", "start", "text")
    list_filter = ("source", "speaker")
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("call__sid__exact", "call__from_number__exact")


@admin.register(Recording)
class RecordingAdmin(HistoryAdmin):
    """The sound is only given out on the call's page, where access is checked and what is personal is silent."""

    list_display = ("sid", "call", "status", "channels", "duration", "offset")
    list_filter = ("status", "channels")
    list_select_related = ("call",)
    ordering = ("-pk",)
    exclude = ("file", "url")
    search_fields = ("sid__exact", "call__sid__exact", "call__from_number__exact")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(HistoryAdmin):
    """What a vendor told us; where the vendor keeps a sound or a picture is left out of what is shown."""

    list_display = ("kind", "key", "call", "received_at")
    list_filter = ("kind", ("call", admin.EmptyFieldListFilter))
    list_select_related = ("call",)
    ordering = ("-pk",)
    search_fields = ("key__exact", "call__sid__exact", "call__from_number__exact")
    fields = ("kind", "key", "call", "told", "received_at")
    readonly_fields = ("told",)

    @admin.display(description=_("payload"))
    def told(self, delivery: WebhookDelivery) -> str:
        shown = {
            name: value
            for name, value in delivery.payload.items()
            if "url" not in name.casefold()
        }
        return json.dumps(shown, indent=2, ensure_ascii=False)
