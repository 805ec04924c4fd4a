"""The next step after a call as a function of its state: facts in, a step's name out; it does nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FETCH: Final = "fetch"
TRANSCRIBE: Final = "transcribe"
MEASURE: Final = "measure"
REDACT: Final = "redact"
JUDGE: Final = "judge"
FOLLOW_UP: Final = "follow_up"
# Each needs the ones before it to be settled, not to have succeeded: measures
# without words and a report from the live transcript are better than none. Measures
# come from the original sound, which redacting may delete.
STEPS: Final = (FETCH, TRANSCRIBE, MEASURE, REDACT, JUDGE, FOLLOW_UP)

WAITING: Final = "waiting"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
UNFINISHED: Final = frozenset({WAITING, RUNNING})

MAX_ATTEMPTS: Final = 5
_BACKOFF: Final = (5.0, 20.0, 60.0, 180.0)
# How long after the end of a call its recording may still be announced.
RECORDING_PATIENCE: Final = 900.0


@dataclass(frozen=True, slots=True)
class StepState:
    """`not_before` in seconds on the same clock as `CallState.now`; None is at once."""

    state: str = WAITING
    not_before: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether a worker may take it: for a running step, that its worker counts as dead."""
        return self.state in UNFINISHED and (
            self.not_before is None or self.not_before <= now
        )


@dataclass(frozen=True, slots=True)
class CallState:
    """All that decides what is to be done next for a call."""

    now: float
    ended_at: float | None  # None: it goes on
    answered: bool
    recording_settled: bool  # Twilio has it ready, or says that there is none
    steps: Mapping[str, StepState]


def next_step(call: CallState) -> str | None:
    """The step that a worker should do now; None when there is none, or it must wait."""
    if call.ended_at is None:
        return None
    for name in STEPS:
        step = call.steps.get(name, StepState())
        if step.state not in UNFINISHED:
            continue
        if name == FETCH and _recording_is_awaited(call, call.ended_at):
            return None
        return name if step.is_due(call.now) else None
    return None


def steps_from(name: str) -> tuple[str, ...]:
    """A step and all that build on it."""
    return STEPS[STEPS.index(name) :]


def backoff(attempts: int) -> float | None:
    """Seconds until the next attempt after so many; None when it was the last."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return _BACKOFF[min(attempts, len(_BACKOFF)) - 1] if attempts else 0.0


def _recording_is_awaited(call: CallState, ended_at: float) -> bool:
    if not call.answered or call.recording_settled:
        return False
    return call.now < ended_at + RECORDING_PATIENCE
