"""Having the recording transcribed: ordered once, looked after until it is there, stored."""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from analytics import clients, facts, hiding, mood, reasons, spoken
from analytics.metrics import ASSISTANT, CALLER
from analytics.models import Original, Redaction, Transcript
from analytics.outcome import Done, Failed, Later, Outcome
from analytics.words import normalised, word_error_rate
from audio.intervals import Interval
from calls import discretion, redaction
from calls.models import Call, Recording, Utterance, WebhookDelivery
from vendors.assemblyai import recordings
from vendors.assemblyai.transcript import Transcript as Answer
from vendors.errors import VendorError

WEBHOOK_KIND: Final = "assemblyai"
# The webhook tells us; asking is for when it got lost.
_ASK_AGAIN: Final = 20.0
_LEFT_ALONE: Final = 60.0
_PATIENCE: Final = timedelta(hours=3)
# A fault of the settings', which is no fault of the order's.
_OUR_KEY: Final = "unauthorised"
# What is kept of an answer where nobody may keep the words.
_WITHOUT_WORDS: Final = (
    "id",
    "status",
    "error",
    "language_code",
    "audio_duration",
    "speech_model_used",
)


def run(call: Call) -> Outcome:
    """Order a transcript, or see what has become of the one that was ordered."""
    recording = facts.recording(call)
    if recording is None:
        return Done(no_file(call))
    began = timezone.now()
    order = recording.transcripts.filter(completed_at=None).first()
    if order is None:
        order = _order(recording)
        return later(order, since=began)
    is_overdue = began - order.ordered_at > _PATIENCE
    try:
        answer = recordings.fetch(clients.assemblyai_config(), order.vendor_id)
    except VendorError as error:
        if error.retryable and not is_overdue:
            return in_trouble(order, error)
        if error.code != _OUR_KEY:
            # It leads nowhere any more: who tries again orders anew.
            _close(order)
        raise
    if answer.is_finished:
        return _finished(call, recording, order, answer)
    if is_overdue:
        _close(order, answer)
        return Failed(reasons.TOO_LONG, _since(order))
    return later(order, since=began)


def no_file(call: Call) -> str:
    """Why there is nothing to listen to."""
    if call.answered_at is None:
        return reasons.NOT_ANSWERED
    exists = call.recordings.filter(status=Recording.Status.COMPLETED).exists()
    return reasons.NOT_FETCHED if exists else reasons.NO_RECORDING


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


def later(order: Transcript, *, since: datetime) -> Later:
    """The vendor has it: look again soon, or at once if it has told us something since."""
    told = WebhookDelivery.objects.filter(
        kind=WEBHOOK_KIND,
        key__startswith=f"{order.vendor_id}:",
        received_at__gte=since,
    )
    return Later(reasons.WITH_VENDOR, _ASK_AGAIN, told.exists, _since(order))


def in_trouble(order: Transcript, trouble: VendorError) -> Later:
    """The vendor has it and gives no answer: leave it alone for a while."""
    return Later(
        reasons.WITH_VENDOR,
        max(_LEFT_ALONE, trouble.retry_after or 0.0),
        is_ready=lambda: False,
        message=f"{_since(order)} {reasons.text(trouble.code)}",
    )


def _since(order: Transcript) -> str:
    at = date_format(localtime(order.ordered_at), "H:i")
    return _("Ordered at %(time)s.") % {"time": at}


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
        length=recording.duration,
    )
    speakers = _speakers(call, recording, answer)
    said = spoken.said(answer.utterances, speakers, timing)
    policies = discretion.policies()
    covered = hiding.cover(
        said,
        _named(answer, recording.offset),
        policies,
        mixed=recording.channels == 1,
    )
    items = [f"{answer.id}:{number}"[:64] for number in range(len(said))]

    def store() -> None:
        store_words(call, items, covered)
        if policies:
            _store_stretches(recording, answer, policies)
        order.live_word_error_rate = _live_word_error_rate(call, said)
        order.moods = mood.weighed(
            dict(zip(items, said, strict=True)),
            answer.sentiments,
            speakers,
            recording.offset,
        )
        order.entities = _entities(answer, recording.offset)
        _close(order, answer)

    return Done(_nothing(answer, said, speakers), store=store)


def _nothing(
    answer: Answer, said: Sequence[spoken.Said], speakers: Mapping[str, str]
) -> str:
    """Why there are no words, if there are none."""
    if answer.is_silent:
        return reasons.NOTHING_SAID
    lost = bool(answer.utterances or answer.text.strip()) and not said
    return reasons.UNATTRIBUTED if lost and not _is_anybody(answer, speakers) else ""


def _is_anybody(answer: Answer, speakers: Mapping[str, str]) -> bool:
    labels = {each.channel for each in answer.utterances}
    labels |= {each.speaker for each in answer.utterances}
    return not labels.isdisjoint(speakers)


def store_words(
    call: Call, items: Sequence[str], covered: Sequence[hiding.Covered]
) -> None:
    """The final transcript in the place of an older one, and what is hidden of it apart."""
    call.utterances.filter(source=Utterance.Source.FINAL).delete()
    rows = Utterance.objects.bulk_create(
        Utterance(
            call=call,
            source=Utterance.Source.FINAL,
            item=item,
            speaker=each.said.speaker,
            start=each.said.start,
            end=each.said.end,
            text=each.said.text,
            words=each.said.words,
        )
        for item, each in zip(items, covered, strict=True)
    )
    if settings.KEEP_ORIGINALS:
        Original.objects.bulk_create(
            Original(utterance=row, text=each.original.text, words=each.original.words)
            for row, each in zip(rows, covered, strict=True)
            if each.original is not None
        )


def _store_stretches(
    recording: Recording, answer: Answer, policies: Collection[str]
) -> None:
    """Until the copy is made, which is another step's, nobody hears the recording."""
    voices: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in answer.utterances:
        words = spoken.moved(each, length=recording.duration)
        voices.setdefault((each.channel, each.speaker), []).extend(words)
    stretches = hiding.stretches(
        voices.values(), _named(answer), policies, mixed=recording.channels == 1
    )
    Redaction.objects.update_or_create(
        recording=recording,
        defaults={
            "stretches": [[round(edge, 3) for edge in each] for each in stretches],
            "policies": sorted(policies),
            "made_at": None,
        },
    )


def _named(answer: Answer, offset: float = 0.0) -> list[hiding.Named]:
    return [
        hiding.Named(each.kind, each.text, each.start + offset, each.end + offset)
        for each in answer.entities
    ]


def _entities(answer: Answer, offset: float) -> list[dict[str, Any]]:
    """What was named, with what is to be hidden covered."""
    policies = discretion.policies()
    return [
        {
            "kind": each.kind,
            "text": redaction.marker(each.kind)
            if each.kind in policies
            else discretion.shown(each.text),
            "start": round(each.start, 3),
            "end": round(each.end, 3),
        }
        for each in _named(answer, offset)
    ]


def _close(order: Transcript, answer: Answer | None = None) -> None:
    """Nothing more is expected of it."""
    order.completed_at = timezone.now()
    if answer is not None:
        order.language = answer.language[:16]
        order.raw = answer.raw
        if discretion.policies() and not settings.KEEP_ORIGINALS:
            order.raw = {
                name: answer.raw[name] for name in _WITHOUT_WORDS if name in answer.raw
            }
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

    What the assistant said was never recognised live: it is known. What is covered in the
    live one by its shape is covered in the other for this.
    """
    errors, length = 0.0, 0
    live = call.utterances.filter(source=Utterance.Source.LIVE).order_by("start", "pk")
    for speaker in {CALLER, *(each.speaker for each in said)} - {ASSISTANT}:
        texts = [each.text for each in said if each.speaker == speaker]
        final_words = [
            word
            for text in redaction.cover_all(texts, discretion.policies())
            for word in normalised(text)
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
