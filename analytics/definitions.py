"""What each measure is called, how it is shown, and its definition in words; it computes none."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Unit = Literal["seconds", "count", "share", "pace"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure. Those whose value is a mapping are shown by speaker."""

    name: str
    unit: Unit
    title: Promise
    text: Promise


DEFINITIONS: Final = (
    Definition(
        "duration",
        "seconds",
        _("Duration"),
        _("From the answer to the end of the customer's leg."),
    ),
    Definition(
        "wait_time",
        "seconds",
        _("Waiting"),
        _(
            "From the answer to the first moment an agent or the assistant is connected."
        ),
    ),
    Definition(
        "hold_time",
        "seconds",
        _("On hold"),
        _(
            "All time in which the customer was on hold, from telephony events only and"
            " never guessed from the sound."
        ),
    ),
    Definition("hold_count", "count", _("Holds"), _("How often that was.")),
    Definition("longest_hold", "seconds", _("Longest hold"), _("The longest of them.")),
    Definition(
        "dead_air_time",
        "seconds",
        _("Dead air"),
        _(
            "Silences of at least the threshold, in their whole length: after the first"
            " and before the last speech, nobody speaks, the customer is neither on hold"
            " nor waiting to be connected, and the recording is not paused."
        ),
    ),
    Definition(
        "dead_air_count", "count", _("Silences"), _("How many of them there were.")
    ),
    Definition(
        "longest_dead_air", "seconds", _("Longest silence"), _("The longest of them.")
    ),
    Definition(
        "talk_time",
        "seconds",
        _("Talk time"),
        _(
            "The sum of a speaker's speech: parts closer than 0.3 s are one, parts shorter"
            " than 0.1 s are none. Speaking at once counts for both."
        ),
    ),
    Definition(
        "talk_share",
        "share",
        _("Talk share"),
        _("A speaker's talk time over the sum of all talk times."),
    ),
    Definition(
        "overlap_time",
        "seconds",
        _("Speaking at once"),
        _("Both sides speak at the same time, stretches of at least 0.5 s."),
    ),
    Definition(
        "interruptions",
        "count",
        _("Interruptions"),
        _("Such stretches, counted for the one who started second."),
    ),
    Definition(
        "response_time_median",
        "seconds",
        _("Response time"),
        _(
            "From the end of the caller's words to the answer, in the middle of all"
            " answers; those across a hold or a paused recording do not count."
        ),
    ),
    Definition(
        "response_time_p95",
        "seconds",
        _("Slow responses"),
        _("95 of 100 answers came within this time."),
    ),
    Definition(
        "longest_monologue",
        "seconds",
        _("Longest monologue"),
        _(
            "The longest run of a speaker's speech that no other speaker breaks for a"
            " second or more, nor a hold, nor a paused recording."
        ),
    ),
    Definition(
        "words_per_minute",
        "pace",
        _("Pace"),
        _("Words over the speaker's talk minutes."),
    ),
    Definition(
        "wrap_up_time",
        "seconds",
        _("Wrap-up"),
        _("From the end of the call to the agent's next status."),
    ),
    Definition(
        "handle_time",
        "seconds",
        _("Handle time"),
        _("Duration without waiting, and wrap-up."),
    ),
)
