"""Whom of us the caller heard, and when: what was told and what sounded in, turns out; it reads no records.

One channel of a recording carries all that the caller hears, the agent and the assistant
one after the other. Times are seconds on the call's clock.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from analytics.metrics import AGENT, ASSISTANT
from audio.intervals import Interval, gaps, intersect, subtract, union

# Telephony's word of a connection or a hold comes up to this long after the fact.
LATE: Final = 0.5
# By how much our own word of the assistant's voice and its sound may differ.
_EAR: Final = 0.4
_EVER: Final = Interval(-math.inf, math.inf)


class Turn(NamedTuple):
    """One of us is on the line with the caller, and nobody else of us."""

    speaker: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the records tell.

    agent: when an agent was connected, by telephony's word, which comes late.
    led: when the assistant had the call, by our own word, which is exact.
    streams: when a stream that carries the assistant's voice had begun; late as well.
    heard: what the caller heard of the assistant.
    """

    agent: Sequence[Interval]
    led: Sequence[Interval] = ()
    streams: Sequence[float] = ()
    heard: Sequence[Interval] = ()


def turns(told: Told) -> list[Turn]:
    """Who was on the line when, sorted and disjoint.

    The assistant is from its stream's begin, or its first sound where that came before,
    to the takeover, and where the caller still heard it to the end of that; of a stream
    that is not known, from when it was given the call. An agent is while connected; but
    never beside the assistant, whose stream takes the caller out of the conference: what
    telephony tells of the agent after that is late.
    """
    led = [_assistants(stretch, told) for stretch in union(told.led)]
    found = [Turn(ASSISTANT, *part) for part in union(led)]
    found += [Turn(AGENT, *part) for part in subtract(told.agent, led)]
    return sorted(found, key=lambda turn: turn.start)


def settled(told: Sequence[Turn], sounds: Iterable[Interval]) -> list[Turn]:
    """The same turns, each change of voice moved into the pause of the channel in which it lies.

    `sounds` are words or voice activity of the channel that carries all of us. Of the
    pauses within 0.4 s of the moment that our own word gives (the assistant's end or
    begin) the longest is taken. Where the sound goes on right through, that moment stands.
    """
    silences = gaps(sounds, _EVER)
    found: list[Turn] = []
    for turn in told:
        after = turn
        if found and _changes(found[-1], turn):
            cut = _cut(found[-1], turn, silences)
            found[-1] = found[-1]._replace(end=cut)
            after = turn._replace(start=cut)
        found.append(after)
    return found


def turn_at(settled_turns: Sequence[Turn], second: float) -> Turn | None:
    """The turn in which something begins at this second, as late as telephony's word may come.

    A word belongs to whoever began to say it.
    """
    near = [
        turn
        for turn in settled_turns
        if turn.start - LATE <= second <= turn.end + LATE and turn.start < turn.end
    ]
    return min(near, key=lambda turn: _away(turn, second), default=None)


def by_speaker(told: Iterable[Turn]) -> dict[str, list[Interval]]:
    """The stretches of each; whoever had none is left out."""
    found: dict[str, list[Interval]] = {}
    for turn in told:
        if turn.start < turn.end:
            part = Interval(turn.start, turn.end)
            found.setdefault(turn.speaker, []).append(part)
    return {speaker: union(parts) for speaker, parts in found.items()}


def parted(
    settled_turns: Iterable[Turn], sounds: Iterable[Interval]
) -> dict[str, list[Interval]]:
    """The sounds of the channel by whoever had the turn; what is in nobody's turn is nobody's."""
    heard = list(sounds)
    turns_of = by_speaker(settled_turns)
    return {speaker: intersect(heard, parts) for speaker, parts in turns_of.items()}


def are_apart(settled_turns: Sequence[Turn], first: float, then: float) -> bool:
    """Whether one voice gave way to another between these two seconds."""
    return any(
        before.end == after.start and first < after.start <= then
        for before, after in pairwise(settled_turns)
    )


def _assistants(stretch: Interval, told: Told) -> Interval:
    """When the assistant could be heard, of the time in which it had the call."""
    heard = [
        part for part in told.heard if stretch.start - LATE <= part.start < stretch.end
    ]
    # What was said at the takeover was said to the end of what had left us.
    last = max((part.end for part in heard), default=stretch.end)
    end = min(max(last, stretch.end), stretch.end + LATE)
    return Interval(_begin(stretch, heard, told), end)


def _begin(stretch: Interval, heard: Sequence[Interval], told: Told) -> float:
    streams = [at for at in told.streams if stretch.start <= at < stretch.end]
    before = [part.end for part in told.agent if part.start <= stretch.start < part.end]
    if streams or (before and heard):
        return min([*streams, *(part.start for part in heard)])
    # Nothing is known of its stream: since it has the call, once the agent was gone.
    return min(max(before, default=stretch.start), stretch.end)


def _changes(before: Turn, after: Turn) -> bool:
    """Whether one follows the other so soon that late words would count for both."""
    return (
        before.speaker != after.speaker and after.start - before.end <= 2 * LATE + 1e-9
    )


def _cut(before: Turn, after: Turn, silences: list[Interval]) -> float:
    moment = before.end if before.speaker == ASSISTANT else after.start
    near = [
        pause
        for pause in silences
        if pause.start <= moment + _EAR and pause.end >= moment - _EAR
    ]
    if near:
        pause = max(near, key=lambda each: each.length)
        moment = min(max(moment, pause.start), pause.end)
    return min(max(moment, before.start), after.end)


def _away(turn: Turn, second: float) -> tuple[bool, float]:
    inside = turn.start <= second < turn.end
    return (not inside, max(turn.start - second, second - turn.end, 0.0))
