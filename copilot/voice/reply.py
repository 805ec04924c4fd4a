"""One line of the assistant's, from its first word to what was heard of it; it decides nothing."""

from dataclasses import dataclass, field, replace

from copilot.voice.clauses import Clauses
from copilot.voice.playback import Playback
from copilot.voice.vocabulary import (
    Answered,
    Kind,
    ShowLine,
    Speak,
    Stamps,
    State,
    StopAsking,
    UseTool,
)

# Sentences of the company's own, which nobody needs to approve.
FIXED: frozenset[Kind] = frozenset({"greeting", "nudge", "closing", "holding"})


@dataclass(slots=True)
class Reply:
    """A line on its way to the caller."""

    key: str
    kind: Kind
    asked_at: float
    state: State = "writing"
    stamps: Stamps = field(default_factory=Stamps)
    playback: Playback = field(default_factory=Playback)
    clauses: Clauses = field(default_factory=Clauses)
    # What is written and may not be spoken yet.
    held: list[str] = field(default_factory=list)
    # What the model has written of it, as it came.
    draft: str = ""
    answers: list[Answered] = field(default_factory=list)
    streamed: bool = False  # the model has ended what it was asked for last
    finished: bool = False  # nothing will be added
    released: bool = False  # somebody, or its kind, lets it be spoken
    until: float | None = None  # when it is spoken by itself
    tool: UseTool | None = None  # in use, or to be used when all was heard
    code: str = ""  # why it is not what it might have been
    covered: int = 0  # holding lines that were said while it waited

    @property
    def text(self) -> str:
        """All that is or will be said of it."""
        return " ".join(part for part in (self.playback.text, *self.held) if part)

    def text_from(self, clause: int) -> str:
        """What is to be said of it from this clause on."""
        return " ".join([self.playback.text_from(clause), *self.held]).strip()

    @property
    def sounds(self) -> bool:
        """Whether the caller may have heard some of it."""
        return self.playback.count > 0

    @property
    def is_awaited(self) -> bool:
        """Whether the model has not written a word of it."""
        silent = not self.draft and self.tool is None
        return self.state == "writing" and silent and not self.finished

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for somebody to release it, without a limit."""
        free = self.released or self.until is not None
        return self.state == "waiting" and not free

    def write(self, delta: str) -> list[str]:
        """More text came; the clauses that it completes."""
        self.draft += delta
        return self.clauses.add(delta)

    def speak(self) -> list[Speak]:
        """Let what is held be spoken."""
        spoken = [Speak(self.key, self.playback.add(text), text) for text in self.held]
        self.held.clear()
        return spoken

    def stop(self) -> list[StopAsking]:
        """What ends its being written, if it still is."""
        return [] if self.finished else [StopAsking(self.key)]

    def stamp(self, **moments: float | None) -> None:
        """Note when steps happened; what is known already stays."""
        new = {
            name: at
            for name, at in moments.items()
            if getattr(self.stamps, name) is None
        }
        self.stamps = replace(self.stamps, **new)

    def shown(self, *, heard: str = "") -> ShowLine:
        """The line as it is now, for the desk."""
        return ShowLine(
            key=self.key,
            kind=self.kind,
            state=self.state,
            text=self.text or self.draft.strip(),
            heard=heard,
            until=self.until if self.state in ("writing", "waiting") else None,
            code=self.code,
            stamps=self.stamps,
        )
