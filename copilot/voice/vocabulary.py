"""What can happen to the AI voice and what it can decide; no rule is in here.

All times are seconds on the call's clock. A `key` names one line of the assistant's, a
`clause` counts what is spoken of it, from 0.
"""

from dataclasses import dataclass
from typing import Literal

from copilot.vocabulary import Line
from copilot.voice.prompts import Guidance, Situation

Mode = Literal["human", "approve", "auto"]
Kind = Literal["greeting", "reply", "nudge", "closing", "holding", "resume"]
State = Literal["writing", "waiting", "speaking", "said", "cut", "dropped", "failed"]
# Why the voice begins: a new call, back from a human, a stream that broke.
Beginning = Literal["call", "handed_back", "stream"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the voice must know of the assistant whose part it plays."""

    name: str
    language: str
    greeting: str
    holding_line: str
    goodbye: str
    silence_seconds: float
    veto_seconds: float | None
    # In which it answers besides, where the caller speaks one of them.
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a tool that the model called in this turn."""

    call_id: str
    name: str
    arguments: str
    output: str


@dataclass(frozen=True, slots=True)
class Stamps:
    """When the steps of a turn happened; None: not, or not yet."""

    speech_end: float | None = None
    final_at: float | None = None
    first_token_at: float | None = None
    first_audio_at: float | None = None
    first_mark_at: float | None = None


# What happens.


@dataclass(frozen=True, slots=True)
class CallerStarted:
    """The caller's voice became audible at `at`, a little ago."""

    at: float


@dataclass(frozen=True, slots=True)
class CallerStopped:
    """The caller's voice fell silent at `at`, a little ago."""

    at: float


@dataclass(frozen=True, slots=True)
class CallerInsists:
    """The caller goes on for longer than a cough or an "mhm", and it is no echo of us."""

    at: float


@dataclass(frozen=True, slots=True)
class Passed:
    """It is `at` now. `quiet`: the caller is not in a turn, and no words of theirs are to come."""

    at: float
    quiet: bool


@dataclass(frozen=True, slots=True)
class CallerWords:
    """Words of the caller's while they are being spoken, as far as understood."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """A finished utterance of the caller's."""

    text: str
    start: float
    end: float
    at: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """The caller pressed a key."""

    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class ModelText:
    """More of the text of a line."""

    key: str
    delta: str
    at: float


@dataclass(frozen=True, slots=True)
class ModelTool:
    """The model wants to use a tool."""

    key: str
    call_id: str
    name: str
    arguments: str
    at: float


@dataclass(frozen=True, slots=True)
class ModelDone:
    """The model has nothing to add."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """The model will not finish."""

    key: str
    code: str
    at: float


@dataclass(frozen=True, slots=True)
class ToolDone:
    """A tool has been used (`done`), or was refused or failed: `output` is for the model."""

    key: str
    call_id: str
    output: str
    done: bool
    at: float


@dataclass(frozen=True, slots=True)
class SoundSent:
    """`seconds` more of a clause went to the telephone; `last`: it is complete, with its mark."""

    key: str
    clause: int
    seconds: float
    at: float
    last: bool = False


@dataclass(frozen=True, slots=True)
class SoundFailed:
    """A clause could not be spoken, or not to its end."""

    key: str
    clause: int
    code: str
    at: float


@dataclass(frozen=True, slots=True)
class Marked:
    """The telephone has played a clause to its end, or thrown it away."""

    key: str
    clause: int
    at: float


@dataclass(frozen=True, slots=True)
class Released:
    """A human lets a line be spoken, perhaps in other words."""

    key: str
    text: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A human does not want a line to be spoken."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Guided:
    """A human whispered to the assistant."""

    guidance: Guidance
    at: float


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """Who may speak has changed."""

    mode: Mode
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is over."""

    at: float


Happening = (
    CallerStarted
    | CallerStopped
    | CallerInsists
    | Passed
    | CallerWords
    | CallerSaid
    | Pressed
    | ModelText
    | ModelTool
    | ModelDone
    | ModelFailed
    | ToolDone
    | SoundSent
    | SoundFailed
    | Marked
    | Released
    | Dropped
    | Guided
    | ModeChanged
    | Ended
)

# What is decided.


@dataclass(frozen=True, slots=True)
class Ask:
    """Have the model write the line `key`."""

    key: str
    lines: tuple[Line, ...]
    guidance: tuple[Guidance, ...]
    situation: Situation
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class StopAsking:
    """What the model writes of this line is not wanted any more."""

    key: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this clause after those before it, and have it marked."""

    key: str
    clause: int
    text: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Say no more: what the telephone has not played is thrown away."""


@dataclass(frozen=True, slots=True)
class UseTool:
    """Do what the model asks, if it may."""

    key: str
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ShowLine:
    """The desk sees what becomes of a line."""

    key: str
    kind: Kind
    state: State
    text: str
    heard: str = ""
    until: float | None = None
    code: str = ""
    stamps: Stamps = Stamps()


@dataclass(frozen=True, slots=True)
class ShowWords:
    """The desk sees a line as it is written."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ShowSpoken:
    """The desk sees what has been heard of a line that is being spoken."""

    key: str
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class StoreSaid:
    """Keep what the caller has heard."""

    key: str
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """Keep which keys the caller pressed."""

    digits: str
    at: float


@dataclass(frozen=True, slots=True)
class FetchHuman:
    """Give the call to people: the voice cannot go on."""

    code: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class VoiceLost:
    """Tell the desk that the voice is in trouble."""

    code: str


@dataclass(frozen=True, slots=True)
class VoiceBack:
    """Tell the desk that it is well again."""


Decision = (
    Ask
    | StopAsking
    | Speak
    | Silence
    | UseTool
    | ShowLine
    | ShowWords
    | ShowSpoken
    | StoreSaid
    | StoreKeys
    | FetchHuman
    | HangUp
    | VoiceLost
    | VoiceBack
)
