"""Which sentence a word on the desk belongs to, what of its way is ours, and what memory does in time."""

from base64 import b64encode
from socket import socket

import pytest

from bench.media.callers import Caller
from bench.media.frames import track_marks
from bench.pipeline import figures
from bench.pipeline.figures import Memory, Soak
from bench.pipeline.talk import Talk, Turn
from bench.voice.script import Script
from bench.voice.vendors import Heard

SPOKEN = tuple(b64encode(bytes([number]) * 160).decode() for number in range(10))
SILENT = b64encode(b"\xff" * 160).decode()
SCRIPT = Script(
    SPOKEN, SILENT, sure_at=3, ends_in=9, ends_early=0.0, over_at=39, speech=b""
)
TURN = Turn(began=10.0, sure=10.1, ended=11.0, over=11.6)
HEARD = Heard(1000, began=10.15, words=10.40, committed=11.65, completed=11.75)


@pytest.fixture
def talk() -> Talk:
    return Talk(SCRIPT)


def caller(number: int) -> Caller:
    marks = (track_marks(2 * number), track_marks(2 * number + 1))
    with socket() as unused:
        return Caller(number, unused, b"", marks, began=100.0)


def test_callers_speak_at_their_own_time_and_agents_are_silent(talk: Talk) -> None:
    first, second = caller(0), caller(1)
    assert talk.payload(0, first.marks[0]).decode() == SPOKEN[0]
    assert talk.payload(0, second.marks[0]).decode() == SILENT
    begins = talk.period - 37
    assert talk.payload(begins, second.marks[0]).decode() == SPOKEN[0]
    assert talk.payload(begins, second.marks[1]).decode() == SILENT


def test_a_word_belongs_to_the_sentence_that_was_said_then(talk: Talk) -> None:
    said = talk.turn(caller(0), 100.0 + talk.period * 0.02 + 0.07)
    assert said is not None
    begun = 100.0 + talk.period * 0.02
    assert said.began == pytest.approx(begun)
    assert said.sure == pytest.approx(begun + 0.06)
    assert said.over == pytest.approx(begun + 0.78)


def test_a_sentence_whose_begin_was_not_sent_is_none(talk: Talk) -> None:
    assert talk.turn(caller(1), 100.1) is None


def test_what_is_meant_and_what_the_vendor_took_is_not_ours() -> None:
    words = figures.words(TURN, HEARD, 10.42)
    text = figures.text(TURN, HEARD, 11.80)
    assert words is not None
    assert text is not None
    assert words.ours == pytest.approx(0.42 - 0.1 - 0.25)
    assert text.ours == pytest.approx(0.8 - 0.6 - 0.1)


def test_growing_memory_is_told_for_each_call_and_minute() -> None:
    soak = Soak(10, 5, [0.0, 30.0, 60.0], [1000.0, 1050.0, 1100.0], server=0.5)
    assert soak.slope == pytest.approx(10)
    assert soak.course == [1000 / 1024, 1050 / 1024, 1100 / 1024]
    longer = Soak(10, 5, [0.0] * 10, [1024.0] * 2 + [2048.0] * 8, server=0.5)
    assert longer.course == [1.0, 2.0, 2.0, 2.0, 2.0]
    table = figures.memory_table([Memory(0, 1024.0), Memory(10, 3072.0)], soak)
    assert table.rows == [(0, 1.0, None), (10, 3.0, pytest.approx(204.8))]
