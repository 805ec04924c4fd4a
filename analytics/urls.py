"""The list of calls, a call's page, two calls of the API, the transcription service's door, two pages of the admin."""

from django.contrib import admin
from django.urls import path

from analytics import api, find_views, latency_views, trends_views, views, webhooks

urlpatterns = [
    path("calls/", find_views.call_list, name="calls"),
    path("calls.csv", find_views.call_list_csv, name="calls-csv"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/recording", views.recording, name="call-recording"),
    path("calls/<str:sid>/steps/<str:name>", views.run_again, name="call-run-again"),
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
