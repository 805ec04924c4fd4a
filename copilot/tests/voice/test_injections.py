"""What a caller says changes neither what is asked of the model nor what may come of it."""

import json
import re

import pytest

from copilot.prompts import MOST_CHARACTERS
from copilot.tests.voice.injections import ATTEMPTS, Attempt
from copilot.tests.voice.talk import GOODBYE, GREETING, NORA, OFFER
from copilot.vocabulary import Line
from copilot.voice.clauses import Clauses
from copilot.voice.guard import Block, Guard, Speak
from copilot.voice.leaks import RUN
from copilot.voice.prompts import Guidance, instructions, turn_input
from copilot.voice.tools import EndCall, Rejected, definitions, parse
from copilot.voice.wording import plain

# For what reasons an answer with such an effect is ended.
BY = {
    "leak": ("leak", "markup", "rambling"),
    "wrong_language": ("language",),
    "card": ("card",),
    "end_call": ("markup",),
    "transfer_to_queue": ("markup",),
}
TAG = re.compile(r"</?[a-z]+>")

each_attempt = pytest.mark.parametrize(
    "attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.kind}: {attempt.text[:40]}"
)


def asked(*said: str) -> str:
    """The input of the turn after the caller has said this."""
    lines = [Line("assistant", GREETING), *(Line("caller", words) for words in said)]
    return turn_input(lines, guidance=[Guidance("Ada", "Offer a test ride.")])


def spoken(answer: str) -> tuple[str, Block | None]:
    """What the caller hears of an answer that comes in pieces, and what ended it."""
    guard, clauses, heard = Guard(NORA, spoken=(GREETING, GOODBYE)), Clauses(), []
    pieces = [answer[at : at + 7] for at in range(0, len(answer), 7)]
    ready = [clause for piece in pieces for clause in clauses.add(piece)]
    for clause in [*ready, *clauses.finish()]:
        match guard.check(clause):
            case Speak(text):
                heard.append(text)
            case Block() as block:
                return " ".join(heard), block
    return " ".join(heard), None


def test_there_are_enough_attempts_of_every_kind() -> None:
    assert len(ATTEMPTS) >= 50
    assert len({attempt.text for attempt in ATTEMPTS}) == len(ATTEMPTS)
    assert len({attempt.kind for attempt in ATTEMPTS}) >= 15


@each_attempt
def test_what_is_said_stays_in_its_line(attempt: Attempt) -> None:
    lines = asked(attempt.text).split("\n")
    line = lines[lines.index("</conversation>") - 1]
    assert json.loads(line) == {
        "speaker": "caller",
        "text": attempt.text[:MOST_CHARACTERS],
    }


@each_attempt
def test_no_block_begins_or_ends_by_what_is_said(attempt: Attempt) -> None:
    assert TAG.findall(asked(attempt.text)) == TAG.findall(asked("Good morning."))


@each_attempt
def test_the_rest_of_the_request_is_as_for_anybody(attempt: Attempt) -> None:
    before = instructions(NORA), definitions(OFFER)
    after = asked(attempt.text)
    assert (instructions(NORA), definitions(OFFER)) == before
    assert (
        after.partition("</conversation>")[2]
        == (asked("Good morning.").partition("</conversation>")[2])
    )


@pytest.mark.parametrize(
    "attempt",
    [attempt for attempt in ATTEMPTS if attempt.answer is not None],
    ids=lambda attempt: f"{attempt.kind}: {attempt.text[:40]}",
)
def test_an_obedient_answer_is_not_spoken(attempt: Attempt) -> None:
    told = instructions(NORA)
    heard, block = spoken(attempt.answer(told))
    assert block is not None
    assert block.reason in {reason for each in attempt.forbidden for reason in BY[each]}
    assert not shares_a_run(heard, told[told.index("One to three") :])
    assert len(plain(heard)) < 2 * RUN


@pytest.mark.parametrize(
    "attempt",
    [attempt for attempt in ATTEMPTS if attempt.call is not None],
    ids=lambda attempt: f"{attempt.kind}: {attempt.text[:40]}",
)
def test_an_obedient_call_of_a_tool_is_rejected(attempt: Attempt) -> None:
    assert attempt.call is not None
    outcome = parse(attempt.call.name, attempt.call.arguments, OFFER)
    assert isinstance(outcome, Rejected)


def test_a_call_that_is_rejected_is_one_that_would_be_taken_in_its_right_form() -> None:
    assert parse("end_call", "{}", OFFER) == EndCall()


def test_an_answer_that_does_not_obey_is_spoken() -> None:
    answer = "I'm sorry, I can't do that. Is there anything about your bike?"
    assert spoken(answer) == (answer, None)


def shares_a_run(heard: str, told: str) -> bool:
    words, secret = plain(heard), f" {' '.join(plain(told))} "
    return any(
        f" {' '.join(words[at : at + RUN])} " in secret
        for at in range(len(words) - RUN + 1)
    )
