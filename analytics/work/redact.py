"""A copy of the recording that is silent where something personal is said, by its words, or typed, by its sound."""

import tempfile
from typing import BinaryIO, Final, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from analytics import facts, reasons, typed, waveform
from analytics.models import Redaction
from analytics.outcome import Done, Failed, Outcome
from analytics.work.transcribe import no_file
from audio import wav
from audio.intervals import Interval, union
from audio.silencing import silence
from calls import discretion
from calls.models import Call, Recording

_IN_MEMORY: Final = 1 << 20


def run(call: Call) -> Outcome:
    """Make the copy, where one is needed; from then on the recording may be heard."""
    recording = facts.recording(call)
    if recording is None:
        return Done(no_file(call))
    if not discretion.policies():
        return Done(reasons.NOT_REDACTED)
    row = Redaction.objects.filter(recording=recording).first()
    if row is None:
        # Without its words nobody knows what is in it.
        return Failed(reasons.NOTHING_TO_REDACT_BY)
    try:
        with recording.file.open("rb") as file:
            return _copied(row, recording, cast("BinaryIO", file))
    except FileNotFoundError:
        return Failed(reasons.FILE_LOST)
    except wav.UnreadableError as error:
        return Failed(reasons.of_file(error))


def _copied(row: Redaction, recording: Recording, file: BinaryIO) -> Outcome:
    said = (Interval(start, end) for start, end in row.stretches)
    stretches = union(said, typed.heard(file))
    row.stretches = [[round(edge, 3) for edge in each] for each in stretches]
    if not stretches:
        return Done(reasons.NOTHING_PRIVATE, store=lambda: _keep(row, recording))
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        target = cast("BinaryIO", copy)
        silence(file, target, stretches)
        copy.seek(0)
        new = row.file.field.generate_filename(row, f"{recording.sid}.wav")
        new = row.file.storage.save(new, File(target))
    return Done(store=lambda: _keep(row, recording, new))


def _keep(row: Redaction, recording: Recording, new: str = "") -> None:
    """The copy takes the place of an older one and, where none are kept, of the original."""
    before = {str(row.file.name or "")} - {new, str(recording.file.name)}
    if new and not settings.KEEP_ORIGINALS:
        before.add(str(recording.file.name))
        Recording.objects.filter(pk=recording.pk).update(file=new)
    row.file, row.made_at = new, timezone.now()
    row.save(update_fields=["stretches", "file", "made_at"])
    waveform.forget(recording)
    transaction.on_commit(lambda: _delete(row, before - {""}))


def _delete(row: Redaction, names: set[str]) -> None:
    for name in names:
        row.file.storage.delete(name)
