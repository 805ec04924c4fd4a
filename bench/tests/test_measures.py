"""The arithmetic of the scores, and that the calls are what they are said to be."""

import numpy as np
import pytest

from analytics.metrics import AGENT, CALLER, Facts, measure
from audio.intervals import Interval
from bench.measures import calls, methods
from bench.measures.calls import Line
from bench.measures.scores import Score


def heard(caller, agent=(), holds=()):
    def spans(pairs):
        return [Interval(float(a), float(b)) for a, b in pairs]

    speech = {CALLER: spans(caller), AGENT: spans(agent)}
    return measure(Facts(100.0, None, spans(holds), speech=speech))


def score(truth, found):
    made = Score()
    made.add(truth, found)
    return made


def test_who_hears_right_has_no_error():
    truth = heard([(1, 5), (10, 12)])
    made = score(truth, truth)
    assert (made.f1, made.total_error, made.invented) == (1.0, 0.0, 0.0)
    assert made.boundaries == [0.0] * 4


def test_boundaries_are_off_by_the_nearest_of_their_kind():
    made = score(heard([(1, 5), (10, 12)]), heard([(1.1, 5), (9.8, 12)]))
    assert sorted(made.boundaries) == pytest.approx([0, 0, 0.1, 0.2])
    assert made.boundary(0.5) == pytest.approx(0)
    assert made.boundary(1.0) == pytest.approx(200)


def test_a_silence_that_shares_half_of_its_time_is_found():
    truth = heard([(1, 5), (15, 16)])
    assert score(truth, heard([(1, 5), (11, 16)])).f1 == 1.0
    assert score(truth, heard([(1, 5), (9, 16)])).f1 == 0.0


def test_dead_air_where_there_is_none_is_invented():
    made = score(heard([(1, 9)]), heard([(1, 3), (8, 9)]))
    assert (made.invented, made.f1, made.total_error) == (5.0, 0.0, None)


def test_a_pause_of_about_the_join_and_the_edge_of_a_hold_do_not_count():
    truth = heard([(1, 5), (5.3, 8), (20.2, 22)], holds=[(10, 20)])
    assert len(score(truth, truth).boundaries) == 3


def test_a_made_call_holds_what_is_said_of_it():
    call = calls.made(Line("clean"), 1)
    assert call.truth.figures["hold_count"] == 1
    assert call.truth.figures["dead_air_count"] >= 4
    assert call.truth.figures["overlap_time"] > 0
    assert len(call.codes) == pytest.approx(call.facts.duration * 8000, abs=1)
    assert (calls.made(Line("clean"), 1).codes == call.codes).all()
    silent = calls.made(Line("no dead air", has_dead_air=False), 1)
    assert silent.truth.figures["dead_air_count"] == 0


@pytest.mark.parametrize("find", [methods.fixed, methods.adaptive, methods.ours])
def test_every_method_finds_a_tone_that_comes_and_goes(find):
    time = np.arange(8000) / 8000
    voice = 6000 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 2 * time)
    line = np.concatenate([np.zeros(8000), voice, np.zeros(8000)]).astype(np.int16)
    found = find(line)
    assert found[0].start == pytest.approx(1, abs=0.1)
    assert found[-1].end == pytest.approx(2, abs=0.1)
