"""What follows from a script by computation: times, holds, dead air, overlaps. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from audio.intervals import (
    Interval,
    at_least,
    close_gaps,
    gaps,
    intersect,
    subtract,
    union,
)
from simulators.scenarios import (
    SPEAKERS,
    Hold,
    Line,
    Press,
    Scenario,
    Sound,
    Speaker,
    Step,
)

TICK: Final = 0.02  # seconds in a frame of telephone audio
DEAD_AIR: Final = 3.0
JOINED: Final = 0.3  # parts of speech closer than this are one
DROPPED: Final = 0.1  # shorter parts are none
TALKING_OVER: Final = 0.5
HOP: Final = 0.01
Overlapping: Final = (Line, Sound, Press)
QUIET: Final = 0.006  # of the loudest hop: 44 dB below it


@dataclass(frozen=True, slots=True)
class Voicing:
    """Where in the audio of a line there is voice, in seconds from its first sample."""

    segments: tuple[Interval, ...]

    @property
    def onset(self) -> float:
        """The first moment with voice."""
        return self.segments[0].start if self.segments else 0.0

    @property
    def offset(self) -> float:
        """The end of the voice."""
        return self.segments[-1].end if self.segments else 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line as it was spoken; times in seconds on the call's clock."""

    speaker: Speaker
    text: str
    announces: bool
    segments: tuple[Interval, ...]

    @property
    def start(self) -> float:
        """The first moment with voice."""
        return self.segments[0].start

    @property
    def end(self) -> float:
        """The end of the voice."""
        return self.segments[-1].end


@dataclass(frozen=True, slots=True)
class DeadAir:
    """A silence that somebody should have filled."""

    start: float
    end: float
    cause: Literal["agent", "caller"]
    announced: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """Both speak; `by` is who started second."""

    start: float
    end: float
    by: Speaker


@dataclass(frozen=True, slots=True)
class Truth:
    """The measures that a perfect ear would take from a call."""

    utterances: tuple[Utterance, ...]
    holds: tuple[Interval, ...]
    talk: dict[Speaker, list[Interval]]
    dead_air: tuple[DeadAir, ...]
    overlaps: tuple[Overlap, ...]

    def interruptions(self) -> dict[Speaker, int]:
        """How often each speaker began while the other was speaking."""
        return {
            speaker: sum(overlap.by == speaker for overlap in self.overlaps)
            for speaker in SPEAKERS
        }


def voicing(samples: NDArray[np.int16], rate: int = 8000) -> Voicing:
    """Find the voice in clean rendered speech, to one hop of 10 ms.

    Only fit for audio without noise: the threshold hangs on the loudest hop.
    """
    hop = int(rate * HOP)
    hops = samples[: len(samples) // hop * hop].astype(np.float64).reshape(-1, hop)
    if not hops.size:
        return Voicing(())
    power = np.sqrt(np.mean(hops**2, axis=1))
    loud = np.flatnonzero(power > max(QUIET * power.max(), 1.0)).tolist()
    return Voicing(tuple(union([Interval(i * HOP, (i + 1) * HOP) for i in loud])))


class Timeline:
    """When the next step is due, from what has been said; shared by plan and play."""

    def __init__(self, start: float) -> None:
        self.end = start
        self.last_start = start

    def due(self, step: Step) -> float:
        """The moment at which the step should begin (a line: to be heard)."""
        if isinstance(step, Overlapping) and step.overlap is not None:
            return self.last_start + step.overlap
        if isinstance(step, Line) and step.interrupt is not None:
            return self.end - step.interrupt
        return self.end + step.pause

    def said(self, utterance: Utterance) -> None:
        """A line has been given its place."""
        self.last_start = utterance.start
        self.end = max(self.end, utterance.end)

    def began(self, at: float) -> None:
        """Somebody without a script began to speak: what overlaps counts from there."""
        self.last_start = at

    def waited(self, until: float) -> None:
        """Something else took until then."""
        self.end = max(self.end, until)


def first_tick(due: float, voice: Voicing) -> int:
    """The tick at which a line's audio must start to be heard when it is due."""
    return max(0, ceil((due - voice.onset) / TICK - 1e-6))


def place(line: Line, voice: Voicing, tick: int) -> Utterance:
    """The line as spoken when its audio starts at that tick."""
    start = tick * TICK
    return Utterance(
        speaker=line.speaker,
        text=line.text,
        announces=line.announces,
        segments=tuple(
            Interval(start + part.start, start + part.end) for part in voice.segments
        ),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A script on paper, zero at the moment both sides are connected."""

    truth: Truth
    seconds: float


def plan(scenario: Scenario, voices: Sequence[Voicing]) -> Plan:
    """Lay the script out in time; `voices` belong to the scenario's lines in order."""
    timeline = Timeline(0.0)
    spoken: list[Utterance] = []
    holds: list[Interval] = []
    remaining = iter(voices)
    for step in scenario.steps:
        due = timeline.due(step)
        if isinstance(step, Line):
            voice = next(remaining)
            utterance = place(step, voice, first_tick(due, voice))
            spoken.append(utterance)
            timeline.said(utterance)
        elif isinstance(step, Hold):
            holds.append(Interval(due, due + step.seconds))
            timeline.waited(due + step.seconds)
        else:
            timeline.waited(due)
    return Plan(measure(spoken, holds), timeline.end)


def until(utterance: Utterance, end: float) -> Utterance | None:
    """The part of it that was spoken before the call ended, if any."""
    heard = tuple(intersect(list(utterance.segments), [Interval(0.0, end)]))
    return replace(utterance, segments=heard) if heard else None


def measure(
    utterances: Iterable[Utterance],
    holds: Iterable[Interval],
    *,
    dead_air_from: float = DEAD_AIR,
) -> Truth:
    """The measures of a conversation by their written definitions."""
    spoken = tuple(sorted(utterances, key=lambda utterance: utterance.start))
    held = union(list(holds))
    talk = {speaker: _talk(spoken, speaker, held) for speaker in SPEAKERS}
    return Truth(
        utterances=spoken,
        holds=tuple(held),
        talk=talk,
        dead_air=tuple(_dead_air(spoken, talk, held, dead_air_from)),
        overlaps=tuple(_overlaps(talk)),
    )


def _talk(
    spoken: Iterable[Utterance], speaker: Speaker, held: list[Interval]
) -> list[Interval]:
    parts = [
        part
        for utterance in spoken
        if utterance.speaker == speaker
        for part in utterance.segments
    ]
    return at_least(close_gaps(subtract(union(parts), held), JOINED), DROPPED)


def _dead_air(
    spoken: Sequence[Utterance],
    talk: dict[Speaker, list[Interval]],
    held: list[Interval],
    dead_air_from: float,
) -> Iterable[DeadAir]:
    speech = union(*talk.values())
    if not speech:
        return
    within = Interval(speech[0].start, speech[-1].end)
    for silence in at_least(gaps(union(speech, held), within), dead_air_from):
        last = max(spoken, key=lambda said: _last_word(said, silence.start))
        yield DeadAir(
            start=silence.start,
            end=silence.end,
            cause="agent" if last.speaker == "caller" else "caller",
            announced=last.announces,
        )


def _last_word(said: Utterance, before: float) -> float:
    """When this utterance was last heard until then; -1 if it had not begun."""
    return max((p.end for p in said.segments if p.end <= before + TICK), default=-1.0)


def _overlaps(talk: dict[Speaker, list[Interval]]) -> Iterable[Overlap]:
    for both in at_least(intersect(talk["caller"], talk["agent"]), TALKING_OVER):
        began = {
            speaker: next(part.start for part in parts if part.end > both.start)
            for speaker, parts in talk.items()
        }
        by: Speaker = "agent" if began["agent"] > began["caller"] else "caller"
        yield Overlap(both.start, both.end, by)


def as_json(truth: Truth) -> dict[str, Any]:
    """Everything in seconds, to the millisecond."""
    return {
        "utterances": [
            {
                "speaker": said.speaker,
                "start": round(said.start, 3),
                "end": round(said.end, 3),
                "text": said.text,
            }
            for said in truth.utterances
        ],
        "holds": _pairs(truth.holds),
        "hold_time": _total(truth.holds),
        "hold_count": len(truth.holds),
        "talk": {speaker: _pairs(parts) for speaker, parts in truth.talk.items()},
        "talk_time": {speaker: _total(parts) for speaker, parts in truth.talk.items()},
        "dead_air": [
            {
                "start": round(silence.start, 3),
                "end": round(silence.end, 3),
                "cause": silence.cause,
                "announced": silence.announced,
            }
            for silence in truth.dead_air
        ],
        "dead_air_time": _total(
            [Interval(silence.start, silence.end) for silence in truth.dead_air]
        ),
        "dead_air_count": len(truth.dead_air),
        "overlaps": [
            {
                "start": round(overlap.start, 3),
                "end": round(overlap.end, 3),
                "by": overlap.by,
            }
            for overlap in truth.overlaps
        ],
        "overlap_time": _total(
            [Interval(overlap.start, overlap.end) for overlap in truth.overlaps]
        ),
        "interruptions": truth.interruptions(),
    }


def _pairs(intervals: Iterable[Interval]) -> list[list[float]]:
    return [[round(part.start, 3), round(part.end, 3)] for part in intervals]


def _total(intervals: Iterable[Interval]) -> float:
    return round(sum(part.end - part.start for part in intervals), 3)
