"""The addresses of calls: their list, page and sound; of definitions, two of the API, a webhook, a page of figures."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.generic import TemplateView

from analytics import (
    api,
    definitions,
    latency_views,
    sound_views,
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
    path("calls/", views.call_list, name="calls"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/sound", sound_views.link, name="call-sound"),
    path("calls/<str:sid>/peaks", sound_views.peaks, name="call-peaks"),
    path(
        "calls/<str:sid>/recording/<str:token>",
        sound_views.recording,
        name="call-recording",
    ),
    path("calls/<str:sid>/steps/<str:name>", views.run_again, name="call-run-again"),
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
