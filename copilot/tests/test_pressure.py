"""When a process leaves work out and when it takes it up again, in virtual time."""

import pytest

from copilot.pressure import (
    JUDGED,
    LONGEST_REST,
    NO_SUGGESTIONS,
    NO_WORDS,
    REST,
    Pressure,
)


class Loop:
    """An event loop that measures itself every tenth of a second."""

    def __init__(self) -> None:
        self.pressure = Pressure()
        self.now = 1000.0

    def late_by(self, lag: float, seconds: float) -> list[int]:
        """The levels that follow each other in these seconds."""
        until, levels = self.now + seconds, [int(self.pressure.level)]
        while self.now < until:
            self.now += 0.1 + lag
            level = self.pressure.take(lag, self.now)
            if level != levels[-1]:
                levels.append(level)
        return levels

    def seconds_until(self, level: int, *, lag: float) -> float:
        begun = self.now
        while self.pressure.level != level:
            assert self.now < begun + 10 * LONGEST_REST
            self.late_by(lag, 0.1)
        return self.now - begun


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_a_loop_in_time_leaves_nothing_out(loop: Loop) -> None:
    assert loop.late_by(0.01, 600) == [0]


def test_one_long_stutter_is_no_load(loop: Loop) -> None:
    loop.late_by(0.001, 5)
    loop.late_by(4.0, 1)
    assert loop.late_by(0.001, 5) == [0]


def test_suggestions_are_left_out_first(loop: Loop) -> None:
    assert loop.late_by(0.15, 60) == [0, NO_SUGGESTIONS]


def test_words_follow_where_that_is_not_enough(loop: Loop) -> None:
    assert loop.late_by(0.4, 60) == [0, NO_SUGGESTIONS, NO_WORDS]


def test_each_step_is_measured_before_the_next(loop: Loop) -> None:
    loop.seconds_until(NO_SUGGESTIONS, lag=0.4)
    assert loop.seconds_until(NO_WORDS, lag=0.4) == pytest.approx(JUDGED * 0.5)


def test_all_comes_back_step_by_step_after_a_rest(loop: Loop) -> None:
    loop.seconds_until(NO_WORDS, lag=0.4)
    assert loop.late_by(0.001, 60) == [NO_WORDS, NO_SUGGESTIONS, 0]


def test_a_moment_of_ease_is_no_end_of_the_load(loop: Loop) -> None:
    loop.seconds_until(NO_WORDS, lag=0.4)
    for _ in range(10):
        assert loop.late_by(0.001, REST / 2) == [NO_WORDS]
        assert loop.late_by(0.4, REST) == [NO_WORDS]


def test_between_the_limits_everything_stays(loop: Loop) -> None:
    loop.seconds_until(NO_SUGGESTIONS, lag=0.15)
    assert loop.late_by(0.06, 600) == [NO_SUGGESTIONS]


def test_a_load_that_comes_back_with_the_work_is_given_longer_rests(loop: Loop) -> None:
    loop.seconds_until(NO_WORDS, lag=0.4)
    rests = []
    for _ in range(6):
        rests.append(loop.seconds_until(NO_SUGGESTIONS, lag=0.001))
        loop.seconds_until(NO_WORDS, lag=0.4)
    assert rests[0] == pytest.approx(REST, abs=2)
    assert rests[1] == pytest.approx(2 * REST, abs=2)
    assert rests[-1] == pytest.approx(LONGEST_REST, abs=2)


def test_long_after_the_last_load_the_first_rest_is_short_again(loop: Loop) -> None:
    for _ in range(3):
        loop.seconds_until(NO_SUGGESTIONS, lag=0.15)
        loop.seconds_until(0, lag=0.001)
    loop.late_by(0.001, 10 * LONGEST_REST)
    loop.seconds_until(NO_SUGGESTIONS, lag=0.15)
    assert loop.seconds_until(0, lag=0.001) == pytest.approx(REST, abs=2)
