"""Twilio's webhooks; their paths are fixed."""

from django.urls import path

from calls import views, webhooks

urlpatterns = [
    path("voice", webhooks.voice, name="voice"),
    path("call-status", webhooks.call_status, name="call-status"),
    path("recording-status", webhooks.recording_status, name="recording-status"),
    path("conference-status", webhooks.conference_status, name="conference-status"),
    path("stream-status", webhooks.stream_status, name="stream-status"),
    path("voice-token", views.voice_token, name="voice-token"),
]
