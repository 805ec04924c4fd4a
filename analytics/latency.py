"""The way of an assistant's answer from the caller's last sound to the caller's ear, in stages; pure.

Each stage runs from the latest moment known before it to its own. Seconds.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Stamped(Protocol):
    """When the steps of an answer happened, on one clock; None where they did not."""

    speech_end: Any
    final_at: Any
    first_token_at: Any
    first_audio_at: Any
    first_mark_at: Any


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of an answer; `moment` is the field that says when it was done."""

    key: str
    moment: str
    title: Promise
    text: Promise


STAGES: Final = (
    Stage(
        "understood",
        "final_at",
        _("Understood"),
        _("From the caller's last sound to the final transcript."),
    ),
    Stage(
        "thought",
        "first_token_at",
        _("Thought"),
        _("From the final transcript to the model's first word."),
    ),
    Stage(
        "voiced",
        "first_audio_at",
        _("Voiced"),
        _("From the model's first word to the first sound that leaves us."),
    ),
    Stage(
        "played",
        "first_mark_at",
        _("Played"),
        _(
            "From there to Twilio's word that the first clause was played, which"
            " includes the clause itself."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How long a stage took, and when it began after the caller's last sound."""

    stage: Stage
    begin: float
    seconds: float


def taken(line: Stamped) -> list[Taken]:
    """The stages of a line that are known; none if it answered nobody.

    Work that began before the caller had ended, or steps that overtook each other,
    take no time: a stage is never negative.
    """
    if line.speech_end is None:
        return []
    found, done = [], 0.0
    for stage in STAGES:
        at = getattr(line, stage.moment)
        if at is None:
            continue
        seconds = max(at - line.speech_end - done, 0.0)
        found.append(Taken(stage, done, round(seconds, 3)))
        done += seconds
    return found


def answered_after(line: Stamped) -> float | None:
    """Seconds of silence that the caller heard: from the last sound to the first of the answer."""
    if line.speech_end is None or line.first_audio_at is None:
        return None
    return round(max(float(line.first_audio_at - line.speech_end), 0.0), 3)
