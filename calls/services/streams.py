"""The media stream of a call: one at a time, given by token, missed when it is gone."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from calls.events import missing_parts, publish
from calls.models import Call, new_token

# How long Twilio may take to open a stream that it was asked for.
STREAM_PATIENCE: Final = timedelta(seconds=10)
# A stream that Twilio has stopped has mostly stopped because the call is ending.
_AFTER_STOP: Final = timedelta(seconds=5)


def is_two_way(tracks: Collection[str]) -> bool:
    """Whether a stream of these tracks can speak, which Twilio's start message does not say.

    Those that only hear are always asked for with both tracks, and one that can speak
    brings what the customer says and nothing else.
    """
    return set(tracks) == {"inbound"}


def open_stream(
    *,
    call_sid: str,
    stream_sid: str,
    token: str,
    connected_at: datetime,
    tracks: Collection[str] = ("inbound", "outbound"),
) -> Call | None:
    """Give the call's stream to this socket if its token is right; a token opens one stream.

    Twilio connects a first stream that only hears in the moment in which it answers:
    that is the zero of the call's clock, on which events, live words and recording must
    agree. One that can speak comes after the announcement, when the clock runs already.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).filter(sid=call_sid).first()
        if (
            call is None
            or call.has_ended
            or not constant_time_compare(call.stream_token, token)
        ):
            return None
        first, two_way = call.streams == 0, is_two_way(tracks)
        if first and not (two_way and call.answered_at):
            call.answered_at = connected_at
        call.streams += 1
        call.stream_sid = stream_sid
        call.stream_two_way = two_way
        call.stream_due_at = None
        call.stream_token = new_token()
        call.save(
            update_fields=[
                "streams",
                "answered_at",
                "stream_sid",
                "stream_two_way",
                "stream_due_at",
                "stream_token",
            ]
        )
        # Whoever listens to the new stream knows nothing of old troubles.
        for part in missing_parts(call):
            publish(call=call, name="trouble.ended", part=part)
        if first and call.answered_at is not None:
            answered = call.answered_at.timestamp()
            publish(call=call, name="call.answered", answered_at=answered)
    return call


def close_stream(
    *, call_id: int, stream_sid: str, lost: bool, answered_at: datetime | None = None
) -> None:
    """The stream is over. `lost`: Twilio did not stop it, and the call goes on unheard.

    `answered_at` is the zero of the call's clock as the first stream's frames have set it.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        if answered_at is not None and call.streams == 1:
            call.answered_at = answered_at
        if call.stream_sid == stream_sid:
            call.stream_sid = ""
            pause = timedelta(0) if lost else _AFTER_STOP
            call.stream_due_at = timezone.now() + pause
            if lost and not call.has_ended:
                _miss_words(call)
        call.save(update_fields=["answered_at", "stream_sid", "stream_due_at"])


def claim_stream(*, call: Call) -> bool:
    """Whether the caller of this shall ask Twilio for a stream now: one process at a time."""
    with transaction.atomic():
        unheard = Call.objects.unheard(by=timezone.now()).select_for_update(no_key=True)
        found = unheard.filter(pk=call.pk).first()
        if found is None:
            return False
        found.stream_due_at = timezone.now() + STREAM_PATIENCE
        found.save(update_fields=["stream_due_at"])
        _miss_words(found)
    return True


def _miss_words(call: Call) -> None:
    if "transcription" not in missing_parts(call):
        message = _(
            "Words are not written down now: the call's sound does not reach us."
        )
        publish(
            call=call, name="trouble.started", part="transcription", message=message
        )
