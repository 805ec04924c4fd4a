"""What a call's records say about who was connected, who was on hold and who said what; it judges nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from analytics.metrics import AGENT, CALLER, Word
from audio.intervals import Interval, intersect
from calls.models import Call, CallEvent, User, Utterance

_BEGINS_AND_ENDS = {
    AGENT: ("agent.joined", "agent.left"),
    "hold": ("hold.started", "hold.ended"),
    "secure": ("recording.paused", "recording.resumed"),
    "mute": ("mute.started", "mute.ended"),
}


def connected(call: Call) -> dict[str, list[Interval]]:
    """When an agent could talk with the caller."""
    return {AGENT: _stretches(call, AGENT)}


def holds(call: Call) -> list[Interval]:
    """When the caller was on hold, by telephony's word."""
    return _stretches(call, "hold")


def wrap_up(call: Call) -> float | None:
    """Seconds from the end of the call to its agent's next status; None while that is open."""
    mine = call.presence_spans.filter(user=call.agent)
    span = mine.filter(presence=User.Presence.WRAP_UP).first()
    if span is not None:
        after = span.ended_at
        return None if after is None else (after - span.began_at).total_seconds()
    # Whoever had no wrap-up went straight on.
    is_done = mine.filter(presence=User.Presence.BUSY, ended_at__isnull=False).exists()
    return 0.0 if is_done else None


def secure_moments(call: Call) -> list[Interval]:
    """When the recording was paused: it holds silence there, whatever was said."""
    return _stretches(call, "secure")


def mutes(call: Call) -> list[Interval]:
    """When the agent could hear and not be heard."""
    return _stretches(call, "mute")


def words(utterances: Iterable[Utterance]) -> list[Word]:
    """The words of a transcript, one by one."""
    return [
        Word(said.speaker, word["text"], word["start"], word["end"])
        for said in utterances
        for word in said.words
    ]


def transcript(call: Call) -> Sequence[Utterance]:
    """What was said, from the recording where that is known, else as heard live."""
    final = list(call.utterances.filter(source=Utterance.Source.FINAL))
    return final or list(call.utterances.filter(source=Utterance.Source.LIVE))


def was_attended(call: Call) -> bool:
    """Whether anybody on our side was ever connected to the caller."""
    return any(connected(call).values())


def has_conversation(said: Iterable[Utterance]) -> bool:
    """Whether the caller spoke, and somebody with the caller."""
    speakers = {utterance.speaker for utterance in said}
    return CALLER in speakers and len(speakers) > 1


def on_clock(call: Call, moment: datetime) -> float:
    """A moment on the call's clock."""
    zero = call.answered_at or call.created_at
    return (moment - zero).total_seconds()


def _stretches(call: Call, what: str) -> list[Interval]:
    begin, end = _BEGINS_AND_ENDS[what]
    since: float | None = None
    found = []
    for name, at in _events(call, begin, end):
        if name == begin and since is None:
            since = at
        elif name == end and since is not None:
            found.append(Interval(since, at))
            since = None
    if since is not None and call.duration is not None:
        found.append(Interval(since, call.duration))
    return intersect(found, [Interval(0.0, call.duration or 0.0)])


def _events(call: Call, *names: str) -> list[tuple[str, float]]:
    events = CallEvent.objects.filter(call=call, name__in=names)
    # What was learnt late is numbered late: the moments tell what came first.
    events = events.order_by("at", "number")
    return [(name, on_clock(call, at)) for name, at in events.values_list("name", "at")]
