"""Having the recording transcribed: ordered once, looked after until it is there, stored."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from analytics import clients, facts, reasons, spoken
from analytics.metrics import ASSISTANT, CALLER
from analytics.models import Transcript
from analytics.outcome import Done, Failed, Later, Outcome
from analytics.words import normalised, word_error_rate
from audio.intervals import Interval
from calls.models import Call, Recording, Utterance, WebhookDelivery
from vendors.assemblyai import recordings
from vendors.assemblyai.transcript import Transcript as Answer

WEBHOOK_KIND: Final = "assemblyai"
# The webhook tells us; asking is for when it got lost.
_ASK_AGAIN: Final = 20.0
_PATIENCE: Final = timedelta(hours=3)


def run(call: Call) -> Outcome:
    """Order a transcript, or see what has become of the one that was ordered."""
    recording = fetched_recording(call)
    if recording is None:
        return Done(_no_file(call))
    order = recording.transcripts.filter(completed_at=None).first()
    if order is None:
        order = _order(recording)
        return _later(order)
    answer = recordings.fetch(clients.assemblyai_config(), order.vendor_id)
    if answer.is_finished:
        return _finished(call, recording, order, answer)
    if timezone.now() - order.ordered_at > _PATIENCE:
        _close(order, answer)
        return Failed(reasons.TOO_LONG)
    return _later(order)


def _no_file(call: Call) -> str:
    """Why there is nothing to listen to."""
    if call.answered_at is None:
        return reasons.NOT_ANSWERED
    exists = call.recordings.filter(status=Recording.Status.COMPLETED).exists()
    return reasons.NOT_FETCHED if exists else reasons.NO_RECORDING


def fetched_recording(call: Call) -> Recording | None:
    """The recording that is in our storage."""
    return call.recordings.exclude(file="").order_by("-duration", "pk").first()


def _order(recording: Recording) -> Transcript:
    with _on_disk(recording) as path:
        vendor_id = recordings.submit(
            clients.assemblyai_config(),
            path=path,
            multichannel=recording.channels > 1,
            webhook_url=f"{settings.PUBLIC_BASE_URL}{reverse('assemblyai-webhook')}",
            webhook_secret=clients.webhook_secret(),
            keywords=[settings.COMPANY_NAME],
        )
    return Transcript.objects.create(
        call_id=recording.call_id,
        recording=recording,
        vendor_id=vendor_id,
        ordered_at=timezone.now(),
    )


def _later(order: Transcript) -> Later:
    told = WebhookDelivery.objects.filter(
        kind=WEBHOOK_KIND, key__startswith=f"{order.vendor_id}:"
    )
    return Later(reasons.WITH_VENDOR, _ASK_AGAIN, is_ready=told.exists)


def _finished(
    call: Call, recording: Recording, order: Transcript, answer: Answer
) -> Outcome:
    if answer.status == "error" and not answer.is_silent:
        _close(order, answer)
        return Failed(reasons.VENDOR_REFUSED, answer.error)
    timing = spoken.Timing(
        offset=recording.offset,
        turns=facts.turns(call),
        holds=facts.holds(call),
    )
    said = spoken.said(answer.utterances, _speakers(call, recording, answer), timing)

    def store() -> None:
        call.utterances.filter(source=Utterance.Source.FINAL).delete()
        Utterance.objects.bulk_create(
            Utterance(
                call=call,
                source=Utterance.Source.FINAL,
                item=f"{answer.id}:{number}"[:64],
                speaker=each.speaker,
                start=each.start,
                end=each.end,
                text=each.text,
                words=each.words,
            )
            for number, each in enumerate(said)
        )
        order.live_word_error_rate = _live_word_error_rate(call, said)
        _close(order, answer)

    return Done(reasons.NOTHING_SAID if answer.is_silent else "", store=store)


def _close(order: Transcript, answer: Answer) -> None:
    order.completed_at = timezone.now()
    order.language = answer.language[:16]
    order.raw = answer.raw
    order.save()


def _speakers(call: Call, recording: Recording, answer: Answer) -> dict[str, str]:
    """The vendor's channels by speaker, as written when the recording began."""
    if recording.channels > 1:
        return {str(channel): who for channel, who in recording.channel_map.items()}
    live: dict[str, list[Interval]] = {}
    for each in call.utterances.filter(source=Utterance.Source.LIVE):
        live.setdefault(each.speaker, []).append(Interval(each.start, each.end))
    if not live:
        return {}
    return spoken.by_overlap(answer.utterances, live, recording.offset)


def _live_word_error_rate(call: Call, said: list[spoken.Said]) -> float | None:
    """How far the live transcript was from the final one, over all people who spoke.

    What the assistant said was never recognised live: it is known.
    """
    errors, length = 0.0, 0
    live = call.utterances.filter(source=Utterance.Source.LIVE).order_by("start", "pk")
    for speaker in {CALLER, *(each.speaker for each in said)} - {ASSISTANT}:
        final_words = [
            word
            for each in said
            if each.speaker == speaker
            for word in normalised(each.text)
        ]
        live_words = [
            word
            for each in live
            if each.speaker == speaker
            for word in normalised(each.text)
        ]
        rate = word_error_rate(final_words, live_words)
        errors += len(live_words) if rate is None else rate * len(final_words)
        length += len(final_words)
    return round(errors / length, 4) if length else None


@contextmanager
def _on_disk(recording: Recording) -> Iterator[Path]:
    """The recording as a file with a name, wherever the storage keeps it."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as copy:
        with recording.file.open("rb") as kept:
            shutil.copyfileobj(kept, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)
