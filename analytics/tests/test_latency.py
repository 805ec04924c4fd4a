"""An answer's way in stages: known moments in, seconds out."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from analytics import latency


def line(*moments):
    """Speech end, final transcript, first token, first sound, first mark."""
    names = ("speech_end", *(stage.moment for stage in latency.STAGES))
    return SimpleNamespace(**dict(zip(names, moments, strict=True)))


def stages(*moments):
    found = latency.taken(line(*moments))
    return {each.stage.key: each.seconds for each in found}


def test_each_stage_runs_from_the_one_before():
    assert stages(10.0, 10.4, 10.9, 11.1, 12.6) == {
        "understood": 0.4,
        "thought": 0.5,
        "voiced": 0.2,
        "played": 1.5,
    }


def test_a_stage_that_is_not_known_is_left_out_and_the_next_takes_its_time():
    assert stages(10.0, 10.4, None, 11.1, None) == {"understood": 0.4, "voiced": 0.7}


def test_a_line_that_answered_nobody_has_no_stages():
    assert stages(None, None, 1.0, 1.5, 2.0) == {}
    assert latency.answered_after(line(None, None, 1.0, 1.5, 2.0)) is None


def test_work_that_began_early_takes_no_time():
    assert stages(10.0, 9.8, 10.3, 10.3, None) == {
        "understood": 0.0,
        "thought": 0.3,
        "voiced": 0.0,
    }


def test_an_answer_is_as_late_as_its_first_sound():
    assert latency.answered_after(line(10.0, 10.4, 10.9, 11.1, 12.6)) == 1.1


@given(st.lists(st.floats(0, 100), min_size=5, max_size=5))
def test_stages_lie_one_after_the_other_and_are_never_negative(moments):
    done = 0.0
    for each in latency.taken(line(*moments)):
        assert each.seconds >= 0.0
        assert each.begin >= done - 1e-9
        done = each.begin
