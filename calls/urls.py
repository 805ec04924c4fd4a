"""Twilio's webhooks and the integrator's API; their paths are fixed."""

from django.urls import include, path

from calls import views
from calls.webhooks import control, messages, status, treatment, voice

urlpatterns = [
    path("", include("calls.api.urls")),
    path("voice", voice.voice, name="voice"),
    path("recording-status", status.recording_status, name="recording-status"),
    path("conference-status", status.conference_status, name="conference-status"),
    path("waiting", treatment.waiting, name="waiting"),
    path("voicemail-left", treatment.voicemail_left, name="voicemail-left"),
    path("voicemail-status", treatment.voicemail_status, name="voicemail-status"),
    path("callback-choice", treatment.callback_choice, name="callback-choice"),
    path("digits", control.digits, name="digits"),
    path("holding", control.holding_line, name="holding"),
    path("participant-status", control.participant_status, name="participant-status"),
    path("machine", control.machine, name="machine"),
    path("stream-status", status.stream_status, name="stream-status"),
    path("whatsapp", messages.whatsapp, name="whatsapp"),
    path("message-status", messages.message_status, name="message-status"),
    path("voice-token", views.voice_token, name="voice-token"),
]
