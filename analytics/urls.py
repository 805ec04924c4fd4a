"""The list of calls, a call's page, two calls of the API, and the door of the transcription service."""

from django.urls import path

from analytics import api, views, webhooks

urlpatterns = [
    path("calls/", views.call_list, name="calls"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/recording", views.recording, name="call-recording"),
    path("calls/<str:sid>/steps/<str:name>", views.run_again, name="call-run-again"),
    path("call-details", api.CallDetailsView.as_view(), name="call-details"),
    path("get-transcript", api.GetTranscriptView.as_view(), name="get-transcript"),
    path("assemblyai-webhook", webhooks.assemblyai_webhook, name="assemblyai-webhook"),
]
