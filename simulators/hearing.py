"""What an ear reports: a word with its time; not how it was found."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and when it was heard, in seconds since the first byte."""

    text: str
    start: float
    end: float
    confidence: float
    unrecognised: bool = False

    def later(self, seconds: float) -> "HeardWord":
        """The same word on a clock that began so much earlier."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)
