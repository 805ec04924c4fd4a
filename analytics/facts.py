"""What a call's records say about who was connected, who was on hold and who said what; it judges nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from analytics import voices
from analytics.metrics import AGENT, ASSISTANT, CALLER, Word
from audio.intervals import Interval, intersect
from calls.models import (
    Call,
    CallEvent,
    Recording,
    Speaker,
    User,
    Utterance,
    WebhookDelivery,
)

# The modes in which the assistant has the call, and the stream that carries its voice.
_LED: Final = frozenset({Call.Mode.AUTO, Call.Mode.APPROVE})
_VOICE: Final = "voice"
_BEGINS_AND_ENDS = {
    AGENT: ("agent.joined", "agent.left"),
    "hold": ("hold.started", "hold.ended"),
    "secure": ("recording.paused", "recording.resumed"),
    "mute": ("mute.started", "mute.ended"),
}


class Spoken(NamedTuple):
    """What is needed of an utterance where there are thousands of them."""

    speaker: str
    start: float
    text: str


def turns(call: Call) -> list[voices.Turn]:
    """Whom of us the caller could hear, and when."""
    return voices.turns(
        voices.Told(
            agent=_stretches(call, AGENT),
            led=_led(call),
            streams=_voice_streams(call),
            heard=_heard_of_the_assistant(call),
        )
    )


def connected(call: Call) -> dict[str, list[Interval]]:
    """When an agent or the assistant could talk with the caller."""
    return {AGENT: [], **voices.by_speaker(turns(call))}


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
    if call.agent is None and connected(call).get(ASSISTANT):
        # An assistant has nothing to wrap up.
        return 0.0
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


def recording(call: Call) -> Recording | None:
    """The recording of the call that we hold; of several the longest."""
    return call.recordings.exclude(file="").order_by("-duration", "pk").first()


def transcript(call: Call, *, with_words: bool = True) -> Sequence[Utterance]:
    """What was said, from the recording where that is known, else as heard live.

    Without its words one by one it is there in half the time.
    """
    said = call.utterances.all() if with_words else call.utterances.defer("words")
    final = list(said.filter(source=Utterance.Source.FINAL))
    return final or list(said.filter(source=Utterance.Source.LIVE))


def transcripts(calls: Iterable[int]) -> dict[int, list[Spoken]]:
    """The transcripts of several calls by their ids."""
    said: dict[int, dict[str, list[Spoken]]] = {}
    rows = Utterance.objects.filter(call__in=calls)
    for call, source, *row in rows.values_list("call", "source", *Spoken._fields):
        said.setdefault(call, {}).setdefault(source, []).append(Spoken(*row))
    return {
        call: found.get(Utterance.Source.FINAL) or found[Utterance.Source.LIVE]
        for call, found in said.items()
    }


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


def _led(call: Call) -> list[Interval]:
    """When the assistant had the call, whether or not a human released its lines."""
    since: float | None = None
    found = []
    events = CallEvent.objects.filter(call=call, name="call.mode")
    for mode, at in events.order_by("at", "number").values_list("data__mode", "at"):
        second = on_clock(call, at)
        if mode in _LED and since is None:
            since = second
        elif mode not in _LED and since is not None:
            found.append(Interval(since, second))
            since = None
    if since is not None and call.duration is not None:
        found.append(Interval(since, call.duration))
    return intersect(found, [Interval(0.0, call.duration or 0.0)])


def _voice_streams(call: Call) -> list[float]:
    """When Twilio told us that it carries the assistant's voice."""
    told = WebhookDelivery.objects.filter(
        call=call,
        kind="stream-status",
        payload__StreamEvent="stream-started",
        payload__StreamName=_VOICE,
    )
    return [on_clock(call, at) for at in told.values_list("received_at", flat=True)]


def _heard_of_the_assistant(call: Call) -> list[Interval]:
    live = call.utterances.filter(
        source=Utterance.Source.LIVE, speaker=Speaker.ASSISTANT
    )
    return [Interval(start, end) for start, end in live.values_list("start", "end")]


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
