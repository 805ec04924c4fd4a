"""What the caller has heard of a line: from what was sent, the marks that came back, and the time.

The telephone plays clause after clause from what it was sent, which may be far ahead. A
mark says that a clause was heard; inside a clause the time since its beginning tells
which words were.
"""

from dataclasses import dataclass

# Speech that is not yet complete is taken to be as long as this for each character.
SECONDS_PER_CHARACTER = 0.065
# A mark that has not come so long after the clause must have been heard never will.
MARK_PATIENCE = 1.5


@dataclass(slots=True)
class _Clause:
    text: str
    begun_at: float | None = None  # its first sound was sent
    seconds: float = 0.0
    complete: bool = False
    marked_at: float | None = None
    failed: bool = False

    @property
    def length(self) -> float:
        """How long it is, or is likely to become."""
        if self.complete:
            return self.seconds
        return max(self.seconds, len(self.text) * SECONDS_PER_CHARACTER)


class Playback:
    """The clauses of one line."""

    def __init__(self) -> None:
        self._clauses: list[_Clause] = []

    @property
    def text(self) -> str:
        """All of it, heard or not."""
        return " ".join(clause.text for clause in self._clauses)

    @property
    def count(self) -> int:
        return len(self._clauses)

    @property
    def began_at(self) -> float | None:
        """When the caller began to hear it."""
        return self._clauses[0].begun_at if self._clauses else None

    @property
    def first_mark_at(self) -> float | None:
        return self._clauses[0].marked_at if self._clauses else None

    def add(self, text: str) -> int:
        """A clause is to be spoken after the others; its number."""
        self._clauses.append(_Clause(text))
        return len(self._clauses) - 1

    def sent(self, number: int, seconds: float, at: float, *, last: bool) -> None:
        """More of a clause is with the telephone."""
        clause = self._clauses[number]
        if clause.begun_at is None and seconds:
            clause.begun_at = at
        clause.seconds += seconds
        clause.complete = clause.complete or last

    def marked(self, number: int, at: float) -> None:
        """The telephone says that a clause was played, and so were those before it; once counts."""
        if number >= len(self._clauses):
            return
        for clause in self._clauses[: number + 1]:
            if clause.marked_at is None and clause.begun_at is not None:
                clause.marked_at = at

    def failed(self, number: int) -> None:
        """There will be no more sound of a clause: what there is of it counts."""
        clause = self._clauses[number]
        clause.failed = clause.complete = True

    def text_from(self, number: int) -> str:
        """What is to be said from this clause on."""
        return " ".join(clause.text for clause in self._clauses[number:])

    def ends_at(self) -> float | None:
        """When the last sound will have been played; None while there is more to be sent."""
        if not all(clause.complete for clause in self._clauses):
            return None
        return self._times()[-1][1] if self._clauses else 0.0

    def is_over(self, at: float) -> bool:
        """Whether everything has been heard: the marks say so, or must have been lost."""
        end = self.ends_at()
        if end is None:
            return False
        spoken = [clause for clause in self._clauses if clause.begun_at is not None]
        if all(clause.marked_at is not None for clause in spoken):
            return True
        return at >= end + MARK_PATIENCE

    def heard(self, at: float) -> tuple[str, float]:
        """The words that have been heard by then, and when the last of them was over."""
        words: list[str] = []
        until = self.began_at or at
        for clause, (start, end) in zip(self._clauses, self._times(), strict=True):
            if clause.begun_at is None:
                break
            marked = clause.marked_at is not None and clause.marked_at <= at
            if marked or (clause.complete and end <= at):
                words.append(clause.text)
                until = end
                continue
            share = (at - start) / (end - start) if end > start else 1.0
            known = clause.seconds / clause.length if clause.length else 1.0
            words += _first(clause.text, min(share, known))
            until = max(until, min(at, end))
            break
        return " ".join(words), until

    def first_unheard(self, at: float) -> int:
        """The clause that was being heard, or is to be heard next."""
        for number, (clause, (_start, end)) in enumerate(
            zip(self._clauses, self._times(), strict=True)
        ):
            if clause.marked_at is None and (clause.begun_at is None or end > at):
                return number
        return len(self._clauses)

    def _times(self) -> list[tuple[float, float]]:
        """From when to when each clause is heard, as well as that is known."""
        times: list[tuple[float, float]] = []
        before = 0.0
        for clause in self._clauses:
            start = max(before, before if clause.begun_at is None else clause.begun_at)
            end = start + clause.length
            if clause.marked_at is not None:
                end = clause.marked_at
            times.append((start, end))
            before = end
        return times


def _first(text: str, share: float) -> list[str]:
    """The words that are over after this share of the time, from 0 to 1."""
    words = text.split()
    reached = share * len(text)
    heard: list[str] = []
    at = 0
    for word in words:
        at += len(word)
        if at > reached:
            break
        heard.append(word)
        at += 1
    return heard
