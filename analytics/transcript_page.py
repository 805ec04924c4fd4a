"""The transcript as the call page shows it: lines, the times of their words, the moments between; it writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from analytics import lanes, mood, speakers
from analytics.models import Measures
from calls.models import Call, Utterance


class Line(NamedTuple):
    """A line of the transcript: an utterance, or (without a speaker) a moment between two."""

    kind: str  # a speaker, "hold", "secure", "dead-air" or that of a mark
    title: str
    start: float
    end: float
    text: str
    spoken: bool = False
    # Of each word of the text, see `_timed`; empty where that is not known.
    words: str = ""
    mood: str = ""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


class _Word(msgspec.Struct, frozen=True, gc=False):
    text: str
    start: float
    end: float


# A long call has forty thousand: as dictionaries they would take most of the page's time.
_WORDS: Final = msgspec.json.Decoder(list[_Word])


def lines(
    call: Call,
    said: Sequence[Utterance],
    measures: Measures | None,
    marks: Iterable[lanes.Mark],
) -> list[Line]:
    """What was said, all of one source, and what happened meanwhile, in the order of the call."""
    title, moods = cache(speakers.title), mood.of(call)
    words = _words(call, said)
    found = [
        Line(
            each.speaker,
            title(each.speaker),
            each.start,
            each.end,
            each.text,
            spoken=True,
            words=_timed(each, words.get(each.pk, [])),
            mood=moods.get(each.item, ""),
        )
        for each in said
    ]
    if measures is not None:
        found += _moments(measures.result)
    if found:
        # Alone they are no transcript.
        found += [
            Line(mark.kind, mark.title, mark.start, mark.end, "") for mark in marks
        ]
    return sorted(found, key=lambda line: line.start)


def _words(call: Call, said: Sequence[Utterance]) -> dict[int, list[_Word]]:
    if not said:
        return {}
    rows = call.utterances.order_by().filter(source=said[0].source)
    texts = rows.values_list("pk", Cast("words", TextField()))
    return {pk: _WORDS.decode(text) for pk, text in texts}


def _timed(said: Utterance, words: Sequence[_Word]) -> str:
    """Start and end of each word of the text (what spaces part), in hundredths after the line's start.

    Empty where the words are not those of the text: then the line is all that can be marked.
    """
    zero, shown = said.start, said.text.split()
    times = [
        f"{round(100 * (word.start - zero))} {round(100 * (word.end - zero))}"
        for word in words
    ]
    texts = [word.text for word in words]
    if texts == shown:
        return " ".join(times)
    # What was blacked out may be one word of the vendor's, and several here.
    parts = [text.split() for text in texts]
    if list(chain.from_iterable(parts)) != shown:
        return ""
    return " ".join(
        time for time, part in zip(times, parts, strict=True) for _part in part
    )


def _moments(result: Mapping[str, Any]) -> list[Line]:
    holds = [
        Line("hold", _("On hold"), start, end, "") for start, end in result["holds"]
    ]
    secure = [
        Line("secure", _("Secure moment, not recorded"), start, end, "")
        for start, end in result.get("secure", ())
    ]
    silences = [
        Line("dead-air", _("Silence"), each["start"], each["end"], _explained(each))
        for each in result["dead_air"]
    ]
    return holds + secure + silences


def _explained(silence: Mapping[str, Any]) -> str:
    if silence["announced"]:
        return _("announced")
    if silence["cause"] is None:
        return ""
    return _("%(speaker)s owed the next word") % {
        "speaker": speakers.title(silence["cause"])
    }
