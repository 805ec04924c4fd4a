"""Fetching a call's recording from Twilio into our storage, a piece at a time."""

import tempfile
from typing import BinaryIO, Final, cast

from django.core.files import File
from django.db import transaction

from analytics import reasons, waveform
from analytics.outcome import Done, Failed, Outcome
from audio import wav
from calls.models import Call, Recording
from calls.telephone import twilio_config
from vendors.twilio.recordings import open_recording

_IN_MEMORY: Final = 1 << 20


def run(call: Call) -> Outcome:
    """Bring the longest recording home; calls without one have nothing to fetch."""
    if call.answered_at is None:
        return Done(reasons.NOT_ANSWERED)
    recording = completed_recording(call)
    if recording is None:
        settled = call.recordings.filter(status=Recording.Status.ABSENT).exists()
        if settled:
            return Done(reasons.NO_RECORDING)
        return Failed(reasons.RECORDING_MISSING)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        with open_recording(twilio_config(), recording.url) as pieces:
            for piece in pieces:
                copy.write(piece)
        return _kept(recording, cast("BinaryIO", copy))


def completed_recording(call: Call) -> Recording | None:
    """The call's recording; of several (the first stopped early) the longest."""
    completed = call.recordings.filter(status=Recording.Status.COMPLETED)
    return completed.order_by("-duration", "pk").first()


def _kept(recording: Recording, copy: BinaryIO) -> Outcome:
    copy.seek(0)
    try:
        found = wav.info(copy)
    except wav.UnreadableError as error:
        return Failed(reasons.of_file(error), retryable=True)
    copy.seek(0)
    old = recording.file.name
    recording.file.save(f"{recording.sid}.wav", File(copy), save=False)
    new = recording.file.name

    def store() -> None:
        Recording.objects.filter(pk=recording.pk).update(
            file=new, channels=found.channels, duration=found.seconds
        )
        waveform.forget(recording)
        if old and old != new:
            transaction.on_commit(lambda: recording.file.storage.delete(old))

    return Done(store=store)
