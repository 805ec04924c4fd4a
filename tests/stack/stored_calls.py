"""A call that is over, as the work after it leaves it: recording, words with times, measures and report."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from django.core.files.base import ContentFile

from analytics import grading, judgement, metrics, pipeline
from analytics.models import (
    Answer,
    Measures,
    QualityReport,
    Redaction,
    Scorecard,
    Step,
)
from analytics.quotes import Transcript
from audio import wav
from audio.intervals import Interval
from calls.models import Call, CallEvent, Customer, Recording, User, Utterance

RATE: Final = 8000
ANSWERED: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORD: Final = 0.32  # seconds, and as many words as the line has
# Second, speaker, words.
LINES: Final = (
    (1.0, "agent", "Thank you for calling Harbour Lamps, this is Ada. How can I help?"),
    (5.5, "caller", "Hello, my reading lamp should have arrived on Monday."),
    (9.0, "agent", "I am sorry to hear that. Could you give me the order number?"),
    (13.5, "caller", "Yes, it is four two seven one nine."),
    (16.5, "agent", "One moment please, I will look."),
    (26.0, "agent", "Thank you for waiting. The courier has it on his van today."),
    (29.0, "caller", "Oh, that is good news."),
    (42.0, "agent", "Is there anything else that I can do for you?"),
    (45.5, "caller", "No, that was all, thank you. Goodbye."),
)
LENGTH: Final = 50.0
HOLD: Final = Interval(32.0, 41.0)


def keep(
    agent: User, *, sid: str, lines: Sequence[tuple[float, str, str]] = LINES
) -> Call:
    """The call in the database, its recording in the storage."""
    length = max(LENGTH, lines[-1][0] + 4)
    call = Call.objects.create(
        sid=sid,
        direction="inbound",
        status="completed",
        outcome="handled",
        from_number="+15550107788",
        to_number="+15550100000",
        agent=agent,
        customer=Customer.objects.get_or_create(
            number="+15550107788", defaults={"name": "Cleo Winter"}
        )[0],
        created_at=ANSWERED,
        answered_at=ANSWERED,
        ended_at=ANSWERED + timedelta(seconds=length),
    )
    _happened(
        call,
        (0.5, "agent.joined"),
        (HOLD.start, "hold.started"),
        (HOLD.end, "hold.ended"),
    )
    _record(call, lines, length)
    _transcribe(call, lines)
    _measure(call, lines, length)
    _judge(call)
    for name in pipeline.STEPS:
        Step.objects.create(
            call=call, name=name, state="done", finished_at=call.ended_at
        )
    return call


def _happened(call: Call, *events: tuple[float, str]) -> None:
    for number, (second, name) in enumerate(events, 1):
        CallEvent.objects.create(
            call=call,
            number=number,
            name=name,
            at=ANSWERED + timedelta(seconds=second),
            data={},
        )
    Call.objects.filter(pk=call.pk).update(last_number=len(events))


def _end(second: float, text: str) -> float:
    return second + WORD * len(text.split())


def _record(call: Call, lines: Sequence[tuple[float, str, str]], length: float) -> None:
    """A hum for each word: what is seen and heard in the right places is enough here."""
    tracks = {
        who: np.zeros(int(length * RATE), np.int16) for who in ("caller", "agent")
    }
    moment = np.arange(int(WORD * RATE)) / RATE
    rise = np.sin(np.pi * moment / WORD)
    for second, speaker, text in lines:
        pitch = 140 if speaker == "agent" else 220
        for number, word in enumerate(text.split()):
            loud = 3000 + 900 * min(len(word), 9)
            hum = np.sin(2 * np.pi * (pitch + 3 * len(word)) * moment)
            first = int((second + number * WORD) * RATE)
            tracks[speaker][first : first + moment.size] = loud * rise * hum
    file = io.BytesIO()
    wav.write(file, list(tracks.values()), RATE)
    recording = Recording.objects.create(
        call=call,
        sid="RE" + call.sid[2:],
        status="completed",
        channels=2,
        duration=length,
        channel_map={"1": "caller", "2": "agent"},
    )
    recording.file.save(f"{recording.sid}.wav", ContentFile(file.getvalue()))
    # Nothing personal was said.
    Redaction.objects.create(recording=recording, made_at=call.ended_at)


def _transcribe(call: Call, lines: Sequence[tuple[float, str, str]]) -> None:
    Utterance.objects.bulk_create(
        Utterance(
            call=call,
            source=Utterance.Source.FINAL,
            item=str(number),
            speaker=speaker,
            start=second,
            end=_end(second, text),
            text=text,
            words=[
                {
                    "text": word,
                    "start": round(second + WORD * place, 3),
                    "end": round(second + WORD * (place + 0.9), 3),
                }
                for place, word in enumerate(text.split())
            ],
        )
        for number, (second, speaker, text) in enumerate(lines)
    )


def _measure(
    call: Call, lines: Sequence[tuple[float, str, str]], length: float
) -> None:
    spoken = {
        who: [Interval(at, _end(at, text)) for at, by, text in lines if by == who]
        for who in ("caller", "agent")
    }
    result = metrics.measure(
        metrics.Facts(
            duration=length,
            connected={"agent": [Interval(0.5, length)]},
            holds=[HOLD],
            speech=spoken,
            wrap_up=12.0,
        )
    )
    Measures.objects.create(
        call=call,
        computed_at=call.ended_at,
        thresholds=result.thresholds_as_json(),
        result=result.as_json(),
    )


def _judge(call: Call) -> None:
    card = Scorecard.objects.get(default=True).current
    assert card is not None
    report = QualityReport.objects.create(
        call=call,
        card=card,
        written_at=call.ended_at,
        model="m",
        transcript="final",
        summary="Cleo asked where her reading lamp is. The courier has it today.",
        disposition="resolved",
        went_well=["Greeted by name and apologised."],
        to_improve=["Say how long a search will take."],
    )
    said = list(call.utterances.all())
    text = "Could you give me the order number?"
    start = next(each.start for each in said if text in each.text)
    quote = judgement.Quote(speaker="agent", text=text, start=start)
    Answer.objects.create(
        report=report,
        question=card.questions.get(key="understanding"),
        given="mostly",
        rationale="She asked for the order number.",
        quotes=[judgement.looked_up(quote, Transcript(said))],
    )
    grading.grade(report)
