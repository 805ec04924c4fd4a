"""The tone of each utterance, from the vendor's verdicts on sentences; it makes no verdict of its own."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, cast

from analytics.metrics import CALLER
from analytics.spoken import Said
from calls.models import Call
from vendors.assemblyai.transcript import Sentiment

Mood = Literal["positive", "neutral", "negative"]
_MOODS: Final[frozenset[str]] = frozenset({"positive", "neutral", "negative"})


def of(call: Call) -> dict[str, Mood]:
    """By the item of the final transcript's utterance; those without a verdict are left out."""
    order = call.transcripts.told().exclude(moods={}).first()
    if order is None:
        return {}
    return {
        str(item): cast("Mood", label)
        for item, label in order.moods.items()
        if label in _MOODS
    }


def weighed(
    said: Mapping[str, Said],
    verdicts: Sequence[Sentiment],
    speakers: Mapping[str, str],
    offset: float,
) -> dict[str, str]:
    """Of each utterance the verdict that covers most of it, on the same side of the call.

    `speakers` maps the vendor's channel or speaker to ours, `offset` is the recording's
    start on the call's clock. A verdict of a kind that we do not know is none.
    """
    known = []
    for verdict in verdicts:
        who = speakers.get(verdict.channel) or speakers.get(verdict.speaker)
        label = verdict.label.casefold()
        if who is not None and label in _MOODS:
            known.append((who == CALLER, label, verdict))
    found = {}
    for item, each in said.items():
        times: dict[str, float] = {}
        for is_caller, label, verdict in known:
            if is_caller == (each.speaker == CALLER):
                start = max(each.start, verdict.start + offset)
                shared = min(each.end, verdict.end + offset) - start
                if shared > 0:
                    times[label] = times.get(label, 0.0) + shared
        if times:
            found[item] = max(times, key=lambda label: times[label])
    return found
