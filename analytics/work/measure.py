"""Measuring a call from its recording, its events and its words; the formulas are in metrics."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, cast

from django.conf import settings
from django.utils import timezone

from analytics import facts, metrics, reasons, voices
from analytics.models import Measures
from analytics.outcome import Done, Failed, Outcome
from analytics.work.transcribe import fetched_recording
from audio import activity, wav
from audio.intervals import Interval
from calls.models import Call, Recording, Utterance


def run(call: Call) -> Outcome:
    """Measures of a call, of all that is known of it; without a recording those of its events."""
    recording = fetched_recording(call)
    try:
        speech = None if recording is None else speech_in(recording)
    except wav.UnreadableError:
        return Failed(reasons.UNREADABLE)
    turns = facts.turns(call)
    if speech is not None:
        turns, speech = by_voice(speech, turns)
    result = metrics.measure(
        metrics.Facts(
            duration=call.duration,
            connected={metrics.AGENT: [], **voices.by_speaker(turns)},
            holds=facts.holds(call),
            secure=facts.secure_moments(call),
            speech=speech,
            words=_words(call),
            wrap_up=facts.wrap_up(call),
        ),
        metrics.Thresholds(dead_air=settings.DEAD_AIR_SECONDS),
    )
    return Done(store=lambda: _store(call, result))


def speech_in(recording: Recording) -> dict[str, list[Interval]]:
    """Voice activity by speaker on the call's clock; one channel is everybody's."""
    speakers = {int(channel): who for channel, who in recording.channel_map.items()}
    if recording.channels < 2:
        speakers = {1: metrics.EVERYBODY}
    return {
        who: [
            Interval(start + recording.offset, end + recording.offset)
            for start, end in _segments(recording, channel - 1)
        ]
        for channel, who in speakers.items()
    }


def by_voice(
    speech: Mapping[str, Sequence[Interval]], turns: Sequence[voices.Turn]
) -> tuple[list[voices.Turn], dict[str, list[Interval]]]:
    """The turns as the sound shows them, and the voice activity of each of us.

    On our side the recording's map names a channel; who was connected says who it was.
    Where nobody was, or one channel carries everybody, the names stay as they are.
    """
    people: dict[str, list[Interval]] = {}
    for name, sounds in speech.items():
        parts = {}
        if name not in {metrics.CALLER, metrics.EVERYBODY}:
            turns = voices.settled(turns, sounds)
            parts = voices.parted(turns, sounds)
        people |= parts or {name: list(sounds)}
    return list(turns), people


def _segments(recording: Recording, channel: int) -> list[Interval]:
    with recording.file.open("rb") as file:
        return activity.segments(
            block[:, channel] for block in wav.read_blocks(cast("BinaryIO", file))
        )


def _words(call: Call) -> list[metrics.Word] | None:
    """All words from the recording; None when they are unknown, which is not the same as none."""
    if not call.transcripts.conclusive().exists():
        return None
    return facts.words(call.utterances.filter(source=Utterance.Source.FINAL))


def _store(call: Call, result: metrics.Result) -> None:
    Measures.objects.filter(call=call, current=True).update(current=False)
    plain = result.as_json()
    figures = plain["figures"]
    shares = figures["talk_share"] or {}
    Measures.objects.create(
        call=call,
        computed_at=timezone.now(),
        thresholds=result.thresholds_as_json(),
        result=plain,
        wait_time=figures["wait_time"],
        hold_time=figures["hold_time"],
        dead_air_time=figures["dead_air_time"],
        agent_talk_share=shares.get(metrics.AGENT),
    )
