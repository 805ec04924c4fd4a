"""The measures of a call by their written definitions: intervals and words in, figures out.

It reads no audio and no database; times are seconds on the call's clock, zero at answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from statistics import median, quantiles
from typing import Any, Final

from analytics.phrases import tells_to_wait
from audio import activity
from audio.intervals import (
    Interval,
    at_least,
    close_gaps,
    gaps,
    intersect,
    subtract,
    total,
    union,
)

CALLER: Final = "caller"
AGENT: Final = "agent"
ASSISTANT: Final = "assistant"
# The key of `Facts.speech` when one channel carries everybody.
EVERYBODY: Final = "everybody"

# Why there is no figure.
NOT_ANSWERED: Final = "not_answered"
NO_EVENTS: Final = "no_events"
NO_RECORDING: Final = "no_recording"
MONO_RECORDING: Final = "mono_recording"
NO_TRANSCRIPT: Final = "no_transcript"
NO_SPEECH: Final = "no_speech"
NO_REPLY: Final = "no_reply"
NOT_CONNECTED: Final = "not_connected"
WRAP_UP_UNKNOWN: Final = "wrap_up_unknown"

# A word's end and the end of its sound differ by the ear that found them.
_EAR: Final = 0.5


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Seconds; stored with every result."""

    dead_air: float = 3.0
    joined: float = activity.JOINED_BELOW  # parts of speech closer than this are one
    dropped: float = activity.DROPPED_BELOW  # shorter ones are none
    overlap: float = 0.5
    breaks_monologue: float = 1.0
    # Telephony tells us of a hold a moment after its music began: what the agent's
    # channel carries across the beginning is music back to this long before it.
    music_lead: float = 0.6


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was recognised."""

    speaker: str
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call. `speech` holds voice activity by speaker, unmasked.

    None means unknown, which is not the same as empty. Of a recording from elsewhere
    nobody knows who was connected: then everybody counts as connected all the time.
    """

    duration: float | None
    connected: Mapping[str, Sequence[Interval]] | None  # agent, assistant, supervisor
    holds: Sequence[Interval] | None
    # The recording was paused: its silence is nobody's.
    secure: Sequence[Interval] = ()
    speech: Mapping[str, Sequence[Interval]] | None = None
    words: Sequence[Word] | None = None
    wrap_up: float | None = None
    # Why `speech` is unknown.
    unheard_because: str = NO_RECORDING


@dataclass(frozen=True, slots=True)
class DeadAir:
    """A silence that somebody should have filled; None where that cannot be told."""

    start: float
    end: float
    cause: str | None
    announced: bool | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Both sides speak; `by` is who started second, None where that cannot be told."""

    start: float
    end: float
    by: str


@dataclass(frozen=True, slots=True)
class Result:
    """Figures by name, reasons for those that are None, and the stretches behind them."""

    thresholds: Thresholds
    figures: dict[str, Any]
    reasons: dict[str, str]
    holds: list[Interval] = field(default_factory=list)
    secure: list[Interval] = field(default_factory=list)
    unattended: list[Interval] = field(default_factory=list)
    speech: dict[str, list[Interval]] = field(default_factory=dict)
    dead_air: list[DeadAir] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    # Of each speaker who spoke the longest run.
    monologues: dict[str, Interval] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values, times to the millisecond; thresholds are stored beside it."""
        plain = asdict(self)
        del plain["thresholds"]
        rounded: dict[str, Any] = _rounded(plain)
        return rounded

    def thresholds_as_json(self) -> dict[str, float]:
        """The thresholds by name, and those by which a voice was told from noise."""
        return {**asdict(self.thresholds), **activity.LIMITS}


class _Figures:
    """Collects figures; one that cannot be computed is None and has a reason, never 0."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.reasons: dict[str, str] = {}

    def put(self, name: str, value: Any, reason: str = "") -> None:  # noqa: ANN401
        self.values[name] = value
        if value is None:
            self.reasons[name] = reason

    def missing(self, names: Iterable[str], reason: str) -> None:
        for name in names:
            self.put(name, None, reason)


_OF_HOLDS: Final = ("hold_time", "hold_count", "longest_hold")
_OF_CONNECTIONS: Final = ("wait_time", "wrap_up_time", "handle_time")
FROM_EVENTS: Final = ("duration", *_OF_HOLDS, *_OF_CONNECTIONS)
FROM_SOUND: Final = ("dead_air_time", "dead_air_count", "longest_dead_air")
FROM_SPEAKERS: Final = (
    "talk_time",
    "talk_share",
    "overlap_time",
    "interruptions",
    "response_time_median",
    "response_time_p95",
    "longest_monologue",
    "words_per_minute",
)


def measure(facts: Facts, thresholds: Thresholds | None = None) -> Result:
    """Every measure of a call; what `facts` cannot tell is None with a reason."""
    limits = thresholds or Thresholds()
    figures = _Figures()
    if facts.duration is None:
        names = (*FROM_EVENTS, *FROM_SOUND, *FROM_SPEAKERS)
        figures.missing(names, NOT_ANSWERED)
        return Result(limits, figures.values, figures.reasons)
    call = Interval(0.0, facts.duration)
    holds = intersect(facts.holds or (), [call])
    secure = intersect(facts.secure, [call])
    # In neither can anybody be told to have spoken or kept silent.
    unheard = union(holds, secure)
    unattended = subtract(_alone(facts, call), holds)
    _from_events(figures, facts, facts.duration, holds)
    speech = _masked(facts, holds, call, limits)
    if speech is not None:
        speech = {who: subtract(parts, secure) for who, parts in speech.items()}
    dead_air: list[DeadAir] = []
    overlaps: list[Overlap] = []
    monologues: dict[str, Interval] = {}
    if speech is None:
        figures.missing((*FROM_SOUND, *FROM_SPEAKERS), facts.unheard_because)
    else:
        dead_air = _dead_air(facts, speech, [*unheard, *unattended], limits)
        _from_silence(figures, dead_air)
        if EVERYBODY in speech:
            figures.missing(FROM_SPEAKERS, MONO_RECORDING)
        else:
            overlaps = _overlaps(speech, limits)
            _from_speakers(figures, facts, speech, overlaps)
            monologues = _monologues(speech, unheard, limits)
            _from_turns(figures, speech, unheard, monologues)
    return Result(
        thresholds=limits,
        figures=figures.values,
        reasons=figures.reasons,
        holds=holds,
        secure=secure,
        unattended=unattended,
        speech=speech or {},
        dead_air=dead_air,
        overlaps=overlaps,
        monologues=monologues,
    )


def _from_events(
    figures: _Figures, facts: Facts, duration: float, holds: list[Interval]
) -> None:
    figures.put("duration", duration)
    if facts.holds is None:
        figures.missing(_OF_HOLDS, NO_EVENTS)
    else:
        figures.put("hold_time", total(holds))
        figures.put("hold_count", len(holds))
        figures.put("longest_hold", max((hold.length for hold in holds), default=0.0))
    if facts.connected is None:
        figures.missing(_OF_CONNECTIONS, NO_EVENTS)
        return
    handled = union(facts.connected.get(AGENT, ()), facts.connected.get(ASSISTANT, ()))
    wait = handled[0].start if handled else None
    figures.put("wait_time", wait, NOT_CONNECTED)
    figures.put("wrap_up_time", facts.wrap_up, WRAP_UP_UNKNOWN)
    figures.put(
        "handle_time",
        _handle_time(duration, wait, facts.wrap_up),
        NOT_CONNECTED if wait is None else WRAP_UP_UNKNOWN,
    )


def _alone(facts: Facts, call: Interval) -> list[Interval]:
    """When nobody was with the caller."""
    if facts.connected is None:
        return []
    return gaps(union(*facts.connected.values()), call)


def with_wrap_up(result: dict[str, Any], seconds: float) -> dict[str, Any]:
    """A stored result (`Result.as_json`) of a call whose wrap-up, in seconds, is known since."""
    figures = result["figures"] | {"wrap_up_time": round(seconds, 3)}
    figures["handle_time"] = _handle_time(
        figures["duration"], figures["wait_time"], figures["wrap_up_time"]
    )
    settled = {name for name, value in figures.items() if value is not None}
    reasons = {
        name: why for name, why in result["reasons"].items() if name not in settled
    }
    return result | {"figures": figures, "reasons": reasons}


def _handle_time(
    duration: float | None, wait: float | None, wrap_up: float | None
) -> float | None:
    if duration is None or wait is None or wrap_up is None:
        return None
    return round(duration - wait + wrap_up, 3)


def _masked(
    facts: Facts, holds: list[Interval], call: Interval, limits: Thresholds
) -> dict[str, list[Interval]] | None:
    """Speech segments: none inside holds, none of somebody who is not connected."""
    if facts.speech is None:
        return None
    segments = {}
    for speaker, sound in facts.speech.items():
        heard = intersect(close_gaps(sound, limits.joined), [call])
        if facts.connected is not None and speaker not in {CALLER, EVERYBODY}:
            heard = intersect(heard, facts.connected.get(speaker, ()))
        if speaker != CALLER:
            heard = subtract(heard, _music_leads(heard, holds, limits))
        segments[speaker] = at_least(subtract(heard, holds), limits.dropped)
    return segments


def _music_leads(
    heard: list[Interval], holds: list[Interval], limits: Thresholds
) -> list[Interval]:
    """The beginnings of hold music before telephony told us of the hold."""
    return [
        Interval(part.start, hold.start)
        for hold in holds
        for part in heard
        if hold.start - limits.music_lead <= part.start < hold.start < part.end
    ]


def _dead_air(
    facts: Facts,
    speech: Mapping[str, list[Interval]],
    excused: list[Interval],
    limits: Thresholds,
) -> list[DeadAir]:
    anybody = union(*speech.values())
    if not anybody:
        return []
    within = Interval(anybody[0].start, anybody[-1].end)
    silences = at_least(gaps(union(anybody, excused), within), limits.dead_air)
    return [_explained(silence, facts, speech) for silence in silences]


def _explained(
    silence: Interval, facts: Facts, speech: Mapping[str, list[Interval]]
) -> DeadAir:
    last = _last_speaker(silence, speech)
    if last is None:
        cause = None
    elif last != CALLER:
        cause = CALLER
    else:
        cause = _who_answers(silence, facts)
    return DeadAir(silence.start, silence.end, cause, _announced(silence, facts))


def _last_speaker(
    silence: Interval, speech: Mapping[str, list[Interval]]
) -> str | None:
    """Who spoke last before it; None when one channel carries everybody."""
    ends = {
        speaker: max(
            (part.end for part in parts if part.end <= silence.start), default=-1.0
        )
        for speaker, parts in speech.items()
    }
    last = max(ends, key=ends.__getitem__)
    return None if last == EVERYBODY else last


def _who_answers(silence: Interval, facts: Facts) -> str:
    """Whoever was with the caller for most of it."""
    if facts.connected is None:
        return AGENT
    with_caller = {
        who: total(intersect(facts.connected.get(who, ()), [silence]))
        for who in (AGENT, ASSISTANT)
    }
    return max(with_caller, key=with_caller.__getitem__)


def _announced(silence: Interval, facts: Facts) -> bool | None:
    """Whether the last words before it, of one who serves, told the caller to wait."""
    if facts.words is None:
        return None
    before = [word for word in facts.words if word.end <= silence.start + _EAR]
    if not before:
        return False
    before.sort(key=lambda word: word.end)
    last = before[-1].speaker
    said = [word.text for word in before if word.speaker == last]
    return last != CALLER and tells_to_wait(said)


def _from_silence(figures: _Figures, dead_air: list[DeadAir]) -> None:
    lengths = [silence.end - silence.start for silence in dead_air]
    figures.put("dead_air_time", sum(lengths))
    figures.put("dead_air_count", len(lengths))
    figures.put("longest_dead_air", max(lengths, default=0.0))


def _overlaps(
    speech: Mapping[str, list[Interval]], limits: Thresholds
) -> list[Overlap]:
    """Where the caller and somebody on our side speak at once, and who started second."""
    ours = {who: parts for who, parts in speech.items() if who != CALLER}
    caller = speech.get(CALLER, [])
    both = at_least(intersect(caller, union(*ours.values())), limits.overlap)
    return [Overlap(*stretch, by=_second(stretch, caller, ours)) for stretch in both]


def _second(
    stretch: Interval, caller: list[Interval], ours: Mapping[str, list[Interval]]
) -> str:
    began = {
        who: part.start
        for who, parts in {**ours, CALLER: caller}.items()
        for part in parts
        if part.start <= stretch.start < part.end
    }
    # Of two that began together the caller is last in line.
    return max(began, key=began.__getitem__)


def _from_speakers(
    figures: _Figures,
    facts: Facts,
    speech: Mapping[str, list[Interval]],
    overlaps: list[Overlap],
) -> None:
    talk = {speaker: total(parts) for speaker, parts in speech.items()}
    all_talk = sum(talk.values())
    figures.put("talk_time", talk)
    figures.put(
        "talk_share",
        {who: seconds / all_talk for who, seconds in talk.items()}
        if all_talk
        else None,
        NO_SPEECH,
    )
    figures.put("overlap_time", sum(lap.end - lap.start for lap in overlaps))
    figures.put(
        "interruptions",
        {who: sum(lap.by == who for lap in overlaps) for who in speech},
    )
    figures.put("words_per_minute", _pace(facts, talk), _no_pace(facts))


def _pace(facts: Facts, talk: Mapping[str, float]) -> dict[str, float | None] | None:
    if facts.words is None or not any(talk.values()):
        return None
    counts = {who: sum(word.speaker == who for word in facts.words) for who in talk}
    return {
        who: counts[who] / (seconds / 60) if seconds else None
        for who, seconds in talk.items()
    }


def _no_pace(facts: Facts) -> str:
    return NO_TRANSCRIPT if facts.words is None else NO_SPEECH


def _from_turns(
    figures: _Figures,
    speech: Mapping[str, list[Interval]],
    unheard: list[Interval],
    monologues: Mapping[str, Interval],
) -> None:
    times = _response_times(speech, unheard)
    figures.put("response_time_median", median(times) if times else None, NO_REPLY)
    figures.put("response_time_p95", _p95(times), NO_REPLY)
    figures.put(
        "longest_monologue",
        {who: monologues[who].length if who in monologues else 0.0 for who in speech},
    )


def _response_times(
    speech: Mapping[str, list[Interval]], unheard: list[Interval]
) -> list[float]:
    """From each end of a caller's segment that is answered next, not across a hold or a pause."""
    ours = union(*(parts for who, parts in speech.items() if who != CALLER))
    starts = sorted(
        [(part.start, CALLER, part.end) for part in speech.get(CALLER, [])]
        + [(part.start, AGENT, part.end) for part in ours]
    )
    times = []
    for (_, first, end), (start, then, _end) in pairwise(starts):
        answered = first == CALLER and then == AGENT and start > end
        if answered and not intersect(unheard, [Interval(end, start)]):
            times.append(start - end)
    return times


def _p95(times: list[float]) -> float | None:
    if len(times) < 2:
        return times[0] if times else None
    return quantiles(times, n=20, method="inclusive")[-1]


def _monologues(
    speech: Mapping[str, list[Interval]],
    unheard: list[Interval],
    limits: Thresholds,
) -> dict[str, Interval]:
    """Of each speaker the longest run, the first of equally long ones; none of who is silent."""
    longest = {}
    for who in speech:
        runs = _runs(who, speech, unheard, limits)
        if runs:
            longest[who] = max(runs, key=lambda run: run.length)
    return longest


def _runs(
    who: str,
    speech: Mapping[str, list[Interval]],
    unheard: list[Interval],
    limits: Thresholds,
) -> list[Interval]:
    """From a run's first to its last moment; a hold or a pause of the recording ends a run too."""
    others = union(*(parts for other, parts in speech.items() if other != who))
    breaks = union(at_least(others, limits.breaks_monologue), unheard)
    runs: list[Interval] = []
    for part in speech[who]:
        goes_on = runs and not any(
            runs[-1].end < stop.end and stop.start < part.start for stop in breaks
        )
        if goes_on:
            runs[-1] = Interval(runs[-1].start, part.end)
        else:
            runs.append(part)
    return runs


def _rounded(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
