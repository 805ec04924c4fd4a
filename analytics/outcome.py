"""What became of one attempt at a step, as the work tells it; who stores it is services."""

from collections.abc import Callable
from dataclasses import dataclass


def _nothing() -> None:
    """Nothing to store."""


@dataclass(frozen=True, slots=True)
class Done:
    """The step is settled; a reason says why there was nothing to do.

    `store` writes the result, in the transaction that finishes the step and only if
    the step still belongs to the worker.
    """

    reason: str = ""
    store: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Later:
    """A vendor is at work on it: look again after so many seconds.

    `is_ready` is asked when that is stored: the vendor may have been faster than we.
    """

    reason: str
    seconds: float
    is_ready: Callable[[], bool]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed; `retryable` says whether another may succeed.

    `store` writes what was found out all the same, as that of `Done` does.
    """

    reason: str
    message: str = ""
    retryable: bool = False
    retry_after: float | None = None
    store: Callable[[], None] = _nothing


Outcome = Done | Later | Failed
