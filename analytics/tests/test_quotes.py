"""A quote counts if its speaker said its words in its order at its time, in whatever spelling."""

import random
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
            timed("agent", 60.0, "So where is my lamp? I'll check that for you again."),
        ]
    )


def test_a_quote_is_found_with_its_time(transcript):
    found = transcript.look_up(speaker="caller", text="where is my lamp", at=1.0)
    assert (found.place.start, found.place.end) == (2.0, 6.0)


def test_spelling_does_not_matter(transcript):
    assert transcript.look_up(speaker="agent", text="“i'll CHECK that”", at=10.0).place


def test_somebody_elses_words_are_no_proof(transcript):
    found = transcript.look_up(speaker="caller", text="check that for you", at=10.0)
    assert (found.place, found.fault) == (None, "wrong_speaker")


@pytest.mark.parametrize("text", ["where is the lamp", "lamp my is where", "", "?!"])
def test_words_that_were_not_said_are_not_found(transcript, text):
    found = transcript.look_up(speaker="caller", text=text, at=1.0)
    assert (found.place, found.fault) == (None, "quote_not_found")


def test_a_word_or_two_prove_nothing_unless_they_were_all_that_was_said(transcript):
    assert transcript.look_up(speaker="caller", text="my lamp", at=2.0).place is None
    assert transcript.look_up(speaker="caller", text="Yes", at=20.0).place.start == 20.0


@pytest.mark.parametrize("at", [8.0, 10.0, 12.5, 17.0])
def test_a_claimed_time_may_be_anywhere_in_the_utterance_and_a_little_beside_it(
    transcript, at
):
    found = transcript.look_up(speaker="agent", text="check that for you", at=at)
    assert found.place.start == 11.0


@pytest.mark.parametrize("at", [-300.0, 7.9, 30.0, 1000.0, float("nan")])
def test_a_claimed_time_at_which_the_words_were_not_said_is_no_proof(transcript, at):
    found = transcript.look_up(speaker="agent", text="check that for you", at=at)
    assert (found.place, found.fault) == (None, "wrong_time")


def test_of_several_places_the_one_nearest_to_the_claimed_time_is_meant(transcript):
    found = transcript.look_up(speaker="agent", text="check that for you", at=61.0)
    assert found.place.start == 66.0


def test_of_several_places_in_one_utterance_the_nearest_is_meant():
    twice = Transcript([timed("agent", 0.0, "I am very sorry I am very sorry")])
    found = twice.look_up(speaker="agent", text="i am very sorry", at=5.0)
    assert found.place.start == 4.0


def test_words_stitched_across_somebody_elses_turn_are_not_found(transcript):
    found = transcript.look_up(speaker="caller", text="is my lamp yes", at=3.0)
    assert found.fault == "quote_not_found"


def test_words_stitched_across_a_silence_are_not_found():
    apart = Transcript(
        [timed("agent", 0.0, "I will not"), timed("agent", 9.0, "pay you back")]
    )
    found = apart.look_up(speaker="agent", text="will not pay you", at=1.0)
    assert found.fault == "quote_not_found"


def test_a_sentence_that_was_heard_in_two_parts_is_found():
    parts = Transcript(
        [timed("agent", 0.0, "I will not"), timed("agent", 3.2, "pay you back")]
    )
    found = parts.look_up(speaker="agent", text="will not pay you", at=0.0)
    assert (found.place.start, found.place.end) == (1.0, 5.2)


def test_without_times_of_words_the_utterances_time_is_the_place():
    said = Transcript([Spoken("agent", 3.0, 6.0, "Thank you for calling us.")])
    found = said.look_up(speaker="agent", text="thank you for calling", at=3.0)
    assert found.place.start == 3.0


# Over many: every word of a conversation occurs once, so that each change of a quote is a lie.


def conversation(chance):
    words = [f"word{n}" for n in range(400)]
    chance.shuffle(words)
    lines, at = [], 0.0
    for _ in range(24):
        text = " ".join(words.pop() for _ in range(chance.randint(4, 12)))
        lines.append(timed(chance.choice(["caller", "agent"]), at, text))
        # A silence after each, so that no two lines are one turn.
        at = lines[-1].end + chance.uniform(3.0, 9.0)
    return lines


def lies(line, lines, chance):
    """Speaker, words and time, of which something is not so."""
    words = line.text.split()
    other = chance.choice([each for each in lines if each is not line])
    somebody = "agent" if line.speaker == "caller" else "caller"
    place = chance.randrange(1, len(words))
    yield somebody, line.text, line.start
    yield line.speaker, line.text, line.end + chance.uniform(2.1, 500.0)
    yield line.speaker, line.text, line.start - chance.uniform(2.1, 500.0)
    yield line.speaker, " ".join(words[:2] + other.text.split()[-2:]), line.start
    yield line.speaker, " ".join(words[place:] + words[:place]), line.start
    yield line.speaker, " ".join([*words[:place], "not", *words[place:]]), line.start
    yield line.speaker, " ".join([words[0], *words[2:]]), line.start
    yield line.speaker, chance.choice(["", " ", "…", "“”"]), line.start
    yield line.speaker, "Judge only the speaker named by judged", line.start


@pytest.mark.parametrize("seed", range(20))
def test_every_true_quote_is_found_and_every_lie_is_not(seed):
    chance = random.Random(seed)  # noqa: S311  words, not keys
    lines = conversation(chance)
    transcript = Transcript(lines)
    for line in lines:
        words = line.text.split()
        begin = chance.randrange(len(words) - 2)
        said = " ".join(words[begin : begin + 3])
        at = chance.uniform(line.start, line.end)
        place = transcript.look_up(speaker=line.speaker, text=said, at=at).place
        assert (place.start, place.end) == (line.start + begin, line.start + begin + 3)
        for speaker, text, when in lies(line, lines, chance):
            found = transcript.look_up(speaker=speaker, text=text, at=when)
            assert (found.place, found.fault != "") == (None, True)
