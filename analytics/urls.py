"""The addresses of calls: list, page, sound and report; of definitions, the API, a webhook, two admin pages."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.generic import TemplateView

from analytics import (
    api,
    definitions,
    find_views,
    latency_views,
    original_views,
    review_views,
    sound_views,
    trends_views,
    views,
    webhooks,
)

urlpatterns = [
    path(
        "measures/",
        login_required(
            TemplateView.as_view(
                template_name="analytics/definitions.html",
                extra_context={"definitions": definitions.DEFINITIONS},
            )
        ),
        name="definitions",
    ),
    path("calls/", find_views.call_list, name="calls"),
    path("calls.csv", find_views.call_list_csv, name="calls-csv"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/sound", sound_views.link, name="call-sound"),
    path("calls/<str:sid>/peaks", sound_views.peaks, name="call-peaks"),
    path(
        "calls/<str:sid>/recording/<str:token>",
        sound_views.recording,
        name="call-recording",
    ),
    path("calls/<str:sid>/original", original_views.original, name="call-original"),
    path(
        "calls/<str:sid>/original/sound",
        original_views.original_link,
        name="call-original-link",
    ),
    path(
        "calls/<str:sid>/original/recording/<str:token>",
        original_views.original_sound,
        name="call-original-sound",
    ),
    path("calls/<str:sid>/steps/<str:name>", views.run_again, name="call-run-again"),
    path(
        "calls/<str:sid>/report/answers/<int:answer_id>",
        review_views.correct,
        name="report-correct",
    ),
    path(
        "calls/<str:sid>/report/answers/<int:answer_id>/contest",
        review_views.contest,
        name="report-contest",
    ),
    path(
        "calls/<str:sid>/report/contests/<int:contest_id>",
        review_views.answer_contest,
        name="report-answer-contest",
    ),
    path(
        "calls/<str:sid>/report/acknowledge",
        review_views.acknowledge,
        name="report-acknowledge",
    ),
    path("calls/<str:sid>/report/text", review_views.rewrite, name="report-rewrite"),
    path("call-details", api.CallDetailsView.as_view(), name="call-details"),
    path("get-transcript", api.GetTranscriptView.as_view(), name="get-transcript"),
    path("assemblyai-webhook", webhooks.assemblyai_webhook, name="assemblyai-webhook"),
    path(
        "admin/analytics/trends/",
        admin.site.admin_view(trends_views.trends),
        name="trends",
    ),
    path(
        "admin/analytics/answer-times/",
        admin.site.admin_view(latency_views.latency),
        name="latency",
    ),
    path(
        "admin/analytics/answer-times/csv",
        admin.site.admin_view(latency_views.latency_csv),
        name="latency-csv",
    ),
]
