"""Measuring a call from its recording, its events and its words; the formulas are in metrics."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, cast

from django.conf import settings
from django.utils import timezone

from analytics import facts, metrics, reasons, recorded, voices
from analytics.models import Measures
from analytics.outcome import Done, Outcome
from audio import wav
from audio.intervals import Interval
from calls.models import Call, Recording, Utterance


def run(call: Call) -> Outcome:
    """Measures of a call, of all that is known of it; without its sound those of its events."""
    speech, why = _heard(call)
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
            unheard_because=why,
        ),
        metrics.Thresholds(dead_air=settings.DEAD_AIR_SECONDS),
    )
    return Done(why, store=lambda: _store(call, result))


def speech_in(recording: Recording) -> dict[str, list[Interval]]:
    """Voice activity by speaker on the call's clock; one channel is everybody's.

    Raises `wav.UnreadableError` and its kinds.
    """
    speakers = {int(channel): who for channel, who in recording.channel_map.items()}
    with recording.file.open("rb") as file:
        heard = recorded.heard(cast("BinaryIO", file)).voices
    if len(heard) == 1:
        speakers = {1: metrics.EVERYBODY}
    return {
        who: [
            Interval(start + recording.offset, end + recording.offset)
            for start, end in heard[channel - 1]
        ]
        for channel, who in speakers.items()
    }


def _heard(call: Call) -> tuple[dict[str, list[Interval]] | None, str]:
    """The voices of a call; or None, and why they are unknown."""
    recording = facts.recording(call)
    if recording is None:
        exists = call.recordings.filter(status=Recording.Status.COMPLETED).exists()
        return None, reasons.NOT_FETCHED if exists else reasons.NO_RECORDING
    try:
        return speech_in(recording), ""
    except FileNotFoundError:
        return None, reasons.FILE_LOST
    except wav.UnreadableError as error:
        return None, reasons.of_file(error)


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
