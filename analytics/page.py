"""What the call page shows, put together from the records; it decides nothing and writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from analytics import (
    assistant,
    definitions,
    facts,
    lanes,
    latency,
    pipeline,
    places,
    privacy,
    reasons,
    report_page,
    serving,
    speakers,
    telephone,
    transcript_page,
)
from analytics.metrics import CALLER, EVERYBODY
from analytics.models import Measures, Step
from analytics.templatetags.call_times import percent, short
from calls.models import Call, Recording, User, Utterance

Context = dict[str, Any]

# How fast one may listen.
SPEEDS: Final = ("0.75", "1", "1.25", "1.5", "1.75", "2")

# What is told of an event beside its name: by the first of these that it says.
_TOLD: Final = {
    "step": ("step", "state", "reason"),
    "status": ("status",),
    "mode": ("mode", "reason"),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the work after the call."""

    name: str
    title: str
    state: str
    state_title: str
    reason: str
    detail: str
    attempts: int
    repeatable: bool


class Event(NamedTuple):
    """A row of the call's history; `told` are codes."""

    number: int
    at: datetime
    name: str
    told: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure by its title: one value, or one for each speaker; and where it is to be heard."""

    name: str
    title: str
    text: str
    value: str
    by_speaker: list[tuple[str, str, str]]
    reason: str
    places: list[places.Place]


def steps(call: Call, user: User) -> Context:
    """The progress of the work after the call."""
    may_repeat = user.has_perm("analytics.change_step")
    found = list(call.steps.in_order())
    lines = [_step(step, may_repeat=may_repeat) for step in found]
    return {
        "call": call,
        "steps": lines,
        "unsettled": not call.has_ended
        or not found
        or any(line.state in pipeline.UNFINISHED for line in lines),
        # Changes whenever there is something new to be shown.
        "version": f"{call.last_number}",
    }


def whole(call: Call, user: User, *, at: float | None = None) -> Context:
    """All of the page, and the second at which its sound begins: a message, else where one asked for."""
    measures = Measures.objects.filter(call=call, current=True).first()
    said = facts.transcript(call, with_words=False)
    recording = facts.recording(call) if user.has_perm("calls.view_recording") else None
    work = steps(call, user)
    told = telephone.of(call, user, said)
    changes = assistant.changes(call, call.events.filter(name="call.mode"))
    # A call that was never given to an assistant has none of its turns.
    turns, other_uses = assistant.turns(call) if changes else ([], [])
    marks = [*told["marks"], *assistant.marks(changes)]
    return {
        **work,
        **told,
        "changes": changes,
        "turns": turns,
        "other_uses": other_uses,
        "stages": latency.STAGES,
        "asked_at": at,
        "begin_at": _begin(told["voicemail"]) if at is None else at,
        "measures": measures,
        "figures": figures(measures) if measures else [],
        "picture": lanes.picture(measures.result, marks) if measures else None,
        "lane_titles": _lane_titles(measures),
        **report_page.of(call, user),
        "transcript": transcript_page.lines(call, said, measures, marks),
        "may_see_original": privacy.may_see_original(user)
        and privacy.has_original(call),
        "is_final": bool(said) and said[0].source == Utterance.Source.FINAL,
        "order": call.transcripts.of(said[0]).first() if said else None,
        "recording": recording,
        "speeds": SPEEDS,
        "player_words": player_words(),
        "channels": _channels(recording) if recording else [],
        # A browser mixes no sound that another server sends.
        "can_solo": recording is not None
        and recording.channels == 2
        and serving.is_here(recording.file),
        "events": _events(call),
        "step_states": {line.name: line for line in work["steps"]},
    }


def _events(call: Call) -> list[Event]:
    """Without the words that some of them tell: those are in the transcript."""
    names = list(dict.fromkeys(chain.from_iterable(_TOLD.values())))
    rows = call.events.values_list(
        "number", "at", "name", *(f"data__{n}" for n in names)
    )
    return [
        Event(number, at, name, _told(dict(zip(names, data, strict=True))))
        for number, at, name, *data in rows
    ]


def _told(data: Mapping[str, Any]) -> str:
    names = next((names for first, names in _TOLD.items() if data[first]), ())
    return " ".join(str(data[name]) for name in names if data[name])


def _begin(message: telephone.Left | None) -> float | None:
    return None if message is None else message.row.start


def figures(measures: Measures) -> list[Figure]:
    """Every measure in its order, with its definition and, where it is unknown, the reason."""
    values, missing = measures.result["figures"], measures.result["reasons"]
    where = places.of(measures.result)
    return [
        _figure(
            definition,
            values.get(definition.name),
            missing,
            where.get(definition.name, []),
        )
        for definition in definitions.DEFINITIONS
    ]


def _figure(
    definition: definitions.Definition,
    value: Any,  # noqa: ANN401  a figure, or one for each speaker
    missing: Mapping[str, str],
    where: list[places.Place],
) -> Figure:
    by_speaker = []
    if isinstance(value, dict):
        by_speaker = [
            (who, speakers.title(who), _shown(definition.unit, value[who]))
            for who in sorted(value, key=lambda speaker: (speaker != CALLER, speaker))
        ]
    return Figure(
        name=definition.name,
        title=str(definition.title),
        text=str(definition.text),
        value="" if by_speaker else _shown(definition.unit, value),
        by_speaker=by_speaker,
        reason=reasons.text(missing.get(definition.name, "")) if value is None else "",
        places=where,
    )


def _shown(unit: definitions.Unit, value: float | None) -> str:
    if value is None:
        return "–"
    match unit:
        case "seconds":
            return short(value)
        case "share":
            return percent(value)
        case "pace":
            return _("%(words)d words/min") % {"words": round(value)}
    return str(value)


def _step(step: Step, *, may_repeat: bool) -> StepLine:
    return StepLine(
        name=step.name,
        title=step.get_name_display(),
        state=step.state,
        state_title=step.get_state_display(),
        reason=reasons.text(step.reason),
        detail=step.message,
        attempts=step.attempts,
        repeatable=may_repeat and _has_been_tried(step),
    )


def _has_been_tried(step: Step) -> bool:
    """Done, failed, or waiting for another attempt."""
    return step.state not in pipeline.UNFINISHED or (
        step.state == pipeline.WAITING and step.attempts > 0
    )


def player_words() -> dict[str, str]:
    """What the player says by itself; `{…}` is filled in by the page."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "place": _("{at} of {length}"),
        "gone": _("The recording is no longer stored."),
        "hidden": _(
            "The recording can be heard when what is personal in it has been silenced."
        ),
        "unreadable": _("The recording is not a readable sound file."),
        "signed_out": _(
            "You are logged out. Log in again in another tab, then try again."
        ),
        "offline": _("The server cannot be reached. Your place in the call is kept."),
        "other": _(
            "The recording could not be opened. Your place in the call is kept."
        ),
        "no_outline": _(
            "The waveform could not be drawn; the sound plays all the same."
        ),
    }


def _channels(recording: Recording) -> list[tuple[str, str]]:
    """Who is on each channel of the sound, in its order: a speaker and a title."""
    known = sorted(recording.channel_map.items(), key=lambda each: int(each[0]))
    if recording.channels == 1:
        return [(EVERYBODY, speakers.title(EVERYBODY))]
    return [
        (who, speakers.title(who) if who == CALLER else _("Our side"))
        for _number, who in known
    ]


def _lane_titles(measures: Measures | None) -> list[tuple[str, str]]:
    if measures is None:
        return []
    titles = [(who, speakers.title(who)) for who in lanes.speakers(measures.result)]
    return [*titles, ("moments", _("Moments"))]
