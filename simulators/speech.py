"""What rendered speech is: audio and the time of each of its words. Renders nothing."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NOT_IN_WORDS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word as it is written, and when it is heard, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A text, said. `mulaw` is 8 kHz in whole 20 ms frames; both begin at zero."""

    text: str
    voice: str
    language: str
    mulaw: bytes
    samples24k: NDArray[np.int16]
    words: tuple[SpokenWord, ...]

    @property
    def seconds(self) -> float:
        """How long it takes to say, with the padding of the last frame."""
        return len(self.mulaw) / 8000


def normalise(text: str) -> list[str]:
    """The words of a text for comparison: lower case, letters and digits only."""
    words = (_NOT_IN_WORDS.sub("", word).casefold() for word in text.split())
    return [word for word in words if word]


def display_words(text: str) -> list[str]:
    """The words of a text with their punctuation; a lone dash joins the word before."""
    words: list[str] = []
    for token in text.split():
        if words and not normalise(token):
            words[-1] += " " + token
        else:
            words.append(token)
    return words
