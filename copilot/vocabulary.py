"""What can happen on a call and what can be decided about it; no rule is in here.

All times are seconds on the call's clock. An `item` names a stretch of speech that gets
one text; a long turn consists of several.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from copilot.pressure import Level

Side = Literal["caller", "agent"]
Part = Literal["transcription", "suggestions", "media"]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said, by whom."""

    speaker: str
    text: str


# What happens.


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """A side's voice became audible at `at`, which is a little ago."""

    side: Side
    at: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """A side's voice fell silent at `at`, which is a little ago."""

    side: Side
    at: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """From `at` on the caller speaks against the assistant: what came before was an echo."""

    at: float


class Heard(NamedTuple):
    """A side has been heard up to `at`: the passing of time.

    Ten of it are made each second for every side, each in a third of a dataclass' time.
    """

    side: Side
    at: float


@dataclass(frozen=True, slots=True)
class PartialText:
    """The whole text of an item so far."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class FinalText:
    """The text of an item, once."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class NoText:
    """An item will have no text: the vendor gave it up."""

    item: str


@dataclass(frozen=True, slots=True)
class AgentJoined:
    """The agent and the caller can hear each other."""

    at: float


@dataclass(frozen=True, slots=True)
class AgentLeft:
    """The caller is alone."""

    at: float


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """The caller hears music."""

    at: float


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The caller hears the agent again."""

    at: float


@dataclass(frozen=True, slots=True)
class Announced:
    """Until `until` the caller hears a sentence of ours, which is on the agent's track."""

    at: float
    until: float


@dataclass(frozen=True, slots=True)
class RecordingPaused:
    """Nothing that is said from `at` on may be written down, sent anywhere or shown."""

    at: float


@dataclass(frozen=True, slots=True)
class RecordingResumed:
    """What is said from `at` on may be written down again."""

    at: float


@dataclass(frozen=True, slots=True)
class SuggestionGrew:
    """A suggestion's whole text so far."""

    key: int
    text: str


@dataclass(frozen=True, slots=True)
class SuggestionDone:
    """A suggestion is complete."""

    key: int
    text: str


@dataclass(frozen=True, slots=True)
class SuggestionFailed:
    """A suggestion will not be written."""

    key: int
    code: str


@dataclass(frozen=True, slots=True)
class SuggestionSettled:
    """The agent has used or dismissed a suggestion."""

    key: int


@dataclass(frozen=True, slots=True)
class PartLost:
    """Something we depend on is away; `cause` tells apart several at once."""

    part: Part
    cause: str
    code: str


@dataclass(frozen=True, slots=True)
class PartRestored:
    """It is back."""

    part: Part
    cause: str


@dataclass(frozen=True, slots=True)
class LoadChanged:
    """From `at` on the process can spare so much; see `copilot.pressure`."""

    at: float
    level: Level


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """There will be no more sound."""

    at: float


Happening = (
    SpeechStarted
    | SpeechStopped
    | Interrupted
    | Heard
    | PartialText
    | FinalText
    | NoText
    | AgentJoined
    | AgentLeft
    | HoldStarted
    | HoldEnded
    | Announced
    | RecordingPaused
    | RecordingResumed
    | SuggestionGrew
    | SuggestionDone
    | SuggestionFailed
    | SuggestionSettled
    | PartLost
    | PartRestored
    | LoadChanged
    | StreamEnded
)

# What is decided.


@dataclass(frozen=True, slots=True)
class Listen:
    """Look for speech on this side, from `since` on."""

    side: Side
    since: float


@dataclass(frozen=True, slots=True)
class StopListening:
    """What this side sounds like is no speech of ours: music, or a greeting."""

    side: Side


@dataclass(frozen=True, slots=True)
class Open:
    """Send this side's sound for transcription from `since` on, as `item`."""

    item: str
    side: Side
    since: float


@dataclass(frozen=True, slots=True)
class Commit:
    """The item is complete."""

    item: str
    side: Side


@dataclass(frozen=True, slots=True)
class Discard:
    """The item was no speech."""

    item: str
    side: Side


@dataclass(frozen=True, slots=True)
class ShowPartial:
    """Show what has been understood so far; an empty text takes it away again."""

    item: str
    side: Side
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class StoreUtterance:
    """Keep what was said."""

    item: str
    side: Side
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class AskSuggestion:
    """Have a reply written to the caller's item `after`."""

    key: int
    after: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShowSuggestion:
    """Show a suggestion as it is written."""

    key: int
    text: str


@dataclass(frozen=True, slots=True)
class OfferSuggestion:
    """The suggestion may be used."""

    key: int
    text: str


@dataclass(frozen=True, slots=True)
class WithdrawSuggestion:
    """The suggestion no longer fits; stop writing it."""

    key: int


@dataclass(frozen=True, slots=True)
class OfferHolding:
    """The caller has waited so many seconds for the agent: offer a sentence that bridges it."""

    waited: float


@dataclass(frozen=True, slots=True)
class WithdrawHolding:
    """The caller does not wait any more."""


@dataclass(frozen=True, slots=True)
class StartTrouble:
    """Tell the desk that a part is missing, and why."""

    part: Part
    code: str


@dataclass(frozen=True, slots=True)
class EndTrouble:
    """Tell the desk that the part is back."""

    part: Part


Decision = (
    Listen
    | StopListening
    | Open
    | Commit
    | Discard
    | ShowPartial
    | StoreUtterance
    | AskSuggestion
    | ShowSuggestion
    | OfferSuggestion
    | WithdrawSuggestion
    | OfferHolding
    | WithdrawHolding
    | StartTrouble
    | EndTrouble
)
