"""Our own public addresses, from the settings and never from a request's headers."""

from django.conf import settings
from django.urls import reverse

from calls.models import Queue
from calls.twiml import Addresses

MEDIA_PATH = "/ws/media/"


def public(name: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse(name)}"


def hold_music() -> str:
    """A sound file that a caller on hold hears, over and over."""
    return f"{settings.PUBLIC_BASE_URL}/static/sounds/wait.wav"


def wait_music(queue: Queue | None) -> str:
    """A sound file that a caller hears who waits for somebody."""
    chosen = "" if queue is None else queue.wait_music
    return chosen or hold_music()


def ringing_tone() -> str:
    """A sound file that an agent hears who is alone on the line."""
    return f"{settings.PUBLIC_BASE_URL}/static/sounds/ringing.wav"


def media_url() -> str:
    """The media socket's address: wss, or ws where the public address is plain http on loopback."""
    return f"{settings.MEDIA_BASE_URL.replace('http', 'ws', 1)}{MEDIA_PATH}"


def addresses() -> Addresses:
    return Addresses(
        voice=public("voice"),
        media=media_url(),
        recording_status=public("recording-status"),
        conference_status=public("conference-status"),
        stream_status=public("stream-status"),
        waiting=public("waiting"),
        voicemail_left=public("voicemail-left"),
        voicemail_status=public("voicemail-status"),
        callback_choice=public("callback-choice"),
        ringing=ringing_tone(),
    )
