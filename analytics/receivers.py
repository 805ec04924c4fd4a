"""What calls tell us: one has ended, a recording is settled, its agent has gone on, something about it is known now."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from analytics import documents, services
from analytics.models import CallDocument, Measures, QualityReport
from calls.models import Call, Recording, Utterance
from calls.signals import call_ended, recording_settled, wrap_up_ended


@receiver(call_ended, sender=Call, dispatch_uid="analytics.call_ended")
def on_call_ended(call: Call, **_: Any) -> None:
    """The work after the call begins."""
    services.advance(call_id=call.pk)


@receiver(recording_settled, sender=Recording, dispatch_uid="analytics.recording")
def on_recording_settled(recording: Recording, **_: Any) -> None:
    """The recording may be what the call was waiting for."""
    services.advance(call_id=recording.call_id)


@receiver(wrap_up_ended, sender=Call, dispatch_uid="analytics.wrap_up_ended")
def on_wrap_up_ended(call: Call, **_: Any) -> None:
    """How long the agent was busy with the call is known now."""
    services.note_wrap_up(call=call)


@receiver(post_save, sender=Call, dispatch_uid="analytics.call_saved")
def on_call_saved(instance: Call, **_: Any) -> None:
    """By what a call is found may have changed."""
    documents.touch(instance)


@receiver(post_save, sender=Measures, dispatch_uid="analytics.measures_saved")
@receiver(post_save, sender=QualityReport, dispatch_uid="analytics.report_saved")
@receiver(post_save, sender=Utterance, dispatch_uid="analytics.utterance_saved")
def on_found(instance: Measures | QualityReport | Utterance, **_: Any) -> None:
    """Likewise; the last words of a call may come after its end."""
    documents.touch(instance.call)


@receiver(post_delete, sender=CallDocument, dispatch_uid="analytics.document_deleted")
def on_forgotten(instance: CallDocument, **_: Any) -> None:
    """A call was deleted."""
    documents.forget(instance)
