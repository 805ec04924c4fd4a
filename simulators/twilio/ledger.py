"""What was asked of the REST API, the latest of it, for tests to look at; it judges nothing."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

KEPT: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `path` is below the account's, `form` the query and the body."""

    number: int
    method: str
    path: str
    form: list[tuple[str, str]]


class Ledger:
    """The requests in the order in which they came."""

    def __init__(self) -> None:
        self._kept: deque[Asked] = deque(maxlen=KEPT)
        self._last = 0

    def note(self, method: str, path: str, form: list[tuple[str, str]]) -> None:
        self._last += 1
        self._kept.append(Asked(self._last, method, path, form))

    def after(self, number: int) -> dict[str, Any]:
        """Those that came later than that one, as JSON, with the number of the last."""
        later = [asdict(asked) for asked in self._kept if asked.number > number]
        return {"requests": later, "last": self._last}
