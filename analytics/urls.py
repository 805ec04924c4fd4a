"""The list of calls, a call's page, and the door of the transcription service."""

from django.urls import path

from analytics import views, webhooks

urlpatterns = [
    path("calls/", views.call_list, name="calls"),
    path("calls/<str:sid>/", views.call_page, name="call"),
    path("calls/<str:sid>/progress", views.progress, name="call-progress"),
    path("calls/<str:sid>/recording", views.recording, name="call-recording"),
    path("calls/<str:sid>/steps/<str:name>", views.run_again, name="call-run-again"),
    path("assemblyai-webhook", webhooks.assemblyai_webhook, name="assemblyai-webhook"),
]
