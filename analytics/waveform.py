"""The outline of a recording's sound: made when first looked at, and kept; who may look is decided before."""

from typing import BinaryIO, cast

from django.db.models.fields.files import FieldFile

from analytics.models import Waveform
from audio import peaks
from calls.models import Recording


def of(*, recording: Recording, file: FieldFile) -> Waveform:
    """The outline of this file of the recording. Raises `audio.wav.UnreadableError`, `OSError`.

    Some four hours of sound take a second or two, once.
    """
    name = str(file.name)
    kept = Waveform.objects.filter(recording=recording, made_of=name).first()
    if kept is not None:
        return kept
    with file.storage.open(name, "rb") as sound:
        found = peaks.outline(cast("BinaryIO", sound))
    made, _ = Waveform.objects.get_or_create(
        recording=recording,
        made_of=name,
        defaults={
            "seconds": found.seconds,
            "channels": len(found.peaks),
            "peaks": found.peaks.tobytes(),
        },
    )
    return made


def forget(recording: Recording) -> None:
    """Its sound is another one from now on, which may get the name of one before."""
    Waveform.objects.filter(recording=recording).delete()
