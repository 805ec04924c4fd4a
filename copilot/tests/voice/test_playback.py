"""What was heard: from sounds that were sent, marks that came back, and the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.playback import MARK_PATIENCE, Playback

FIRST = "Good morning to you."
SECOND = "How can I help?"


def spoken(*lengths: float) -> Playback:
    """Two clauses of so many seconds, sent at once at second 1."""
    playback = Playback()
    for text, seconds in zip((FIRST, SECOND), lengths, strict=False):
        playback.sent(playback.add(text), seconds, 1.0, last=True)
    return playback


def test_nothing_is_heard_before_the_first_sound():
    playback = Playback()
    playback.add(FIRST)
    assert playback.heard(5.0) == ("", 5.0)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (1.0, ""),
        (1.3, ""),
        (1.5, "Good"),
        (2.2, "Good morning"),
        (2.5, "Good morning to"),
        (3.0, "Good morning to you."),
        (3.5, "Good morning to you. How"),
        (5.0, "Good morning to you. How can I help?"),
    ],
)
def test_the_time_tells_how_far_a_clause_was_heard(at, words):
    assert spoken(2.0, 1.5).heard(at)[0] == words


def test_a_mark_says_that_a_clause_was_heard_before_its_time():
    playback = spoken(2.0, 1.5)
    playback.marked(0, 2.5)
    assert playback.heard(2.5)[0] == FIRST


def test_the_next_clause_begins_where_the_mark_says():
    playback = spoken(2.0, 1.5)
    playback.marked(0, 3.4)
    assert playback.heard(4.15)[0] == f"{FIRST} How can"


def test_a_mark_that_comes_twice_counts_once():
    playback = spoken(2.0, 1.5)
    playback.marked(0, 3.0)
    playback.marked(0, 4.9)
    assert playback.heard(3.75)[0] == f"{FIRST} How can"


def test_a_later_mark_stands_for_those_that_were_lost():
    playback = spoken(2.0, 1.5)
    playback.marked(1, 4.5)
    assert playback.heard(4.5)[0] == f"{FIRST} {SECOND}"
    assert playback.is_over(4.5)


def test_a_mark_of_no_clause_says_nothing():
    playback = spoken(2.0, 1.5)
    playback.marked(7, 1.5)
    assert not playback.is_over(1.6)


def test_without_marks_it_is_over_after_some_patience():
    playback = spoken(2.0, 1.5)
    assert not playback.is_over(4.5 + MARK_PATIENCE - 0.01)
    assert playback.is_over(4.5 + MARK_PATIENCE)


def test_what_is_still_being_made_is_not_over():
    playback = Playback()
    playback.sent(playback.add(FIRST), 0.5, 1.0, last=False)
    assert playback.ends_at() is None
    assert not playback.is_over(100.0)


def test_no_more_is_heard_than_was_sent():
    playback = Playback()
    playback.sent(playback.add(FIRST), 0.5, 1.0, last=False)
    assert playback.heard(100.0)[0] == "Good"


def test_a_clause_that_failed_counts_for_what_there_is_of_it():
    playback = Playback()
    playback.sent(playback.add(FIRST), 1.0, 1.0, last=False)
    playback.failed(0)
    assert playback.ends_at() == 2.0


def test_the_first_unheard_clause_is_the_one_that_is_being_heard():
    playback = spoken(2.0, 1.5)
    assert playback.first_unheard(2.0) == 0
    playback.marked(0, 3.0)
    assert playback.first_unheard(3.5) == 1
    playback.marked(1, 4.5)
    assert playback.first_unheard(5.0) == 2


moments = st.floats(0.0, 20.0, allow_nan=False)


@given(
    lengths=st.lists(st.floats(0.1, 5.0), min_size=1, max_size=4),
    times=st.lists(moments, min_size=2, max_size=8),
)
def test_what_was_heard_only_grows_and_is_always_a_beginning(lengths, times):
    playback = Playback()
    for number, seconds in enumerate(lengths):
        text = f"This is clause number {number} of the line."
        playback.sent(playback.add(text), seconds, 0.5, last=True)
    before = ""
    for at in sorted(times):
        heard = playback.heard(at)[0]
        assert playback.text.startswith(heard)
        assert heard.startswith(before)
        before = heard
