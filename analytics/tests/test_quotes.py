"""A quote counts if its speaker said its words in its order, in whatever spelling."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from analytics.quotes import Transcript


@dataclass
class Spoken:
    speaker: str
    start: float
    end: float
    text: str
    words: list[dict[str, Any]] = field(default_factory=list)


def timed(speaker, start, text):
    words = [
        {"text": word, "start": start + n, "end": start + n + 1}
        for n, word in enumerate(text.split())
    ]
    return Spoken(speaker, start, start + len(words), text, words)


@pytest.fixture
def transcript():
    return Transcript(
        [
            timed("caller", 1.0, "Hello, where is my lamp?"),
            timed("agent", 10.0, "I'll check that for you."),
            timed("caller", 20.0, "Yes."),
        ]
    )


def test_a_quote_is_found_with_its_time(transcript):
    place = transcript.find(speaker="caller", text="where is my lamp")
    assert (place.start, place.end) == (2.0, 6.0)


def test_spelling_does_not_matter(transcript):
    assert transcript.find(speaker="agent", text="“i'll CHECK that”")


def test_somebody_elses_words_are_no_proof(transcript):
    assert transcript.find(speaker="agent", text="where is my lamp") is None


@pytest.mark.parametrize("text", ["where is the lamp", "lamp my is where", "", "?!"])
def test_words_that_were_not_said_are_not_found(transcript, text):
    assert transcript.find(speaker="caller", text=text) is None


def test_a_word_or_two_prove_nothing_unless_they_were_all_that_was_said(transcript):
    assert transcript.find(speaker="caller", text="my lamp") is None
    assert transcript.find(speaker="caller", text="Yes").start == 20.0


def test_without_times_of_words_the_utterances_time_is_the_place():
    transcript = Transcript([Spoken("agent", 3.0, 6.0, "Thank you for calling us.")])
    assert transcript.find(speaker="agent", text="thank you for calling").start == 3.0
