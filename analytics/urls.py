"""The list of calls, a call's page and report, calls of the API, the transcription service's door, an admin page."""

from django.contrib import admin
from django.urls import path

from analytics import api, latency_views, review_views, views, webhooks

urlpatterns = [
    path("calls/", views.call_list, name="calls"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/recording", views.recording, name="call-recording"),
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
