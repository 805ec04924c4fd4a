"""When a reply is suggested to the agent and how long it stays; how it is written is not
known here.
"""

from copilot.turns import Turn
from copilot.vocabulary import (
    AskSuggestion,
    Decision,
    EndTrouble,
    Happening,
    Line,
    OfferSuggestion,
    ShowSuggestion,
    StartTrouble,
    SuggestionDone,
    SuggestionFailed,
    SuggestionGrew,
    SuggestionSettled,
    WithdrawSuggestion,
)

# An agent's turn of less speech than this ("mhm", "sure") does not answer the caller.
ANSWER = 1.0
# An answer is over when the agent has been silent for this long.
AFTERTHOUGHT = 2.0


class Replies:
    """At most one suggestion at a time: the one for what the caller said last."""

    def __init__(self) -> None:
        self._last_key = 0
        self._current: int | None = None
        self._unanswered: str | None = None
        self._answered_at: float | None = None
        self._trouble = False

    @property
    def unanswered(self) -> bool:
        """Whether the caller's last words have had no reply yet."""
        return self._unanswered is not None

    def caller_said(self, item: str) -> None:
        """New words of the caller's want an answer."""
        self._unanswered = item
        self._answered_at = None

    def caller_goes_on(self) -> list[Decision]:
        """The caller speaks again."""
        return self._withdraw() if self._answered_at is not None else []

    def agent_speaks(self) -> None:
        """The agent has begun, or goes on: what is offered may be being read out."""
        self._answered_at = None

    def agent_spoke(self, turn: Turn) -> None:
        """A turn of the agent's is over."""
        if turn.spoken >= ANSWER:
            self._answered_at = turn.end

    def passed(self, now: float) -> list[Decision]:
        """Time has passed."""
        answered = self._answered_at
        if answered is None or now - answered < AFTERTHOUGHT:
            return []
        self._answered_at = None
        self._unanswered = None
        return self._withdraw()

    def nobody_reads(self) -> list[Decision]:
        """There is no agent to read a suggestion."""
        self._answered_at = None
        return self._withdraw()

    def ask(self, lines: tuple[Line, ...]) -> list[Decision]:
        """Have a reply written if the caller's last words have had none."""
        if self._unanswered is None:
            return []
        after, self._unanswered = self._unanswered, None
        withdrawn = self._withdraw()
        self._last_key += 1
        self._current = self._last_key
        return [*withdrawn, AskSuggestion(self._last_key, after, lines)]

    def take(self, happening: Happening) -> list[Decision]:
        """What the writer says, and what the agent did with it."""
        match happening:
            case SuggestionGrew(key, text) if key == self._current:
                return [ShowSuggestion(key, text)]
            case SuggestionDone(key, text) if key == self._current:
                return [OfferSuggestion(key, text), *self._recovered()]
            case SuggestionFailed(key, code) if key == self._current:
                self._trouble = True
                return [*self._withdraw(), StartTrouble("suggestions", code)]
            case SuggestionSettled(key) if key == self._current:
                self._current = None
        return []

    def _withdraw(self) -> list[Decision]:
        key, self._current = self._current, None
        return [] if key is None else [WithdrawSuggestion(key)]

    def _recovered(self) -> list[Decision]:
        was_in_trouble, self._trouble = self._trouble, False
        return [EndTrouble("suggestions")] if was_in_trouble else []
