"""Each measure that comes from somewhere in the call says where, so that it can be heard."""

import pytest

from analytics import definitions, metrics, places
from audio.intervals import Interval


@pytest.fixture
def result():
    """Ada waits, speaks long with a pause, is interrupted, is silent, and holds twice."""
    facts = metrics.Facts(
        duration=100.0,
        connected={"agent": [Interval(2.0, 100.0)]},
        holds=[Interval(40.0, 45.0), Interval(60.0, 75.0)],
        speech={
            "caller": [Interval(12.0, 14.0), Interval(30.0, 33.0)],
            "agent": [Interval(3.0, 8.0), Interval(8.5, 13.0), Interval(80.0, 82.0)],
        },
    )
    return metrics.measure(facts).as_json()


def at(found):
    return [(place.start, place.end) for place in found]


def test_silences_holds_and_talking_at_once_are_where_they_were(result):
    found = places.of(result)
    assert at(found["hold_count"]) == [(40.0, 45.0), (60.0, 75.0)]
    assert at(found["dead_air_count"]) == at(found["dead_air_time"])
    assert at(found["dead_air_count"])[0] == (14.0, 30.0)
    assert at(found["overlap_time"]) == [(12.0, 13.0)]
    assert at(found["wait_time"]) == [(0.0, 2.0)]


def test_an_interruption_says_whose_it_was(result):
    (interruption,) = places.of(result)["interruptions"]
    assert interruption.title == "Caller"


def test_the_longest_are_one_place_each(result):
    found = places.of(result)
    assert at(found["longest_hold"]) == [(60.0, 75.0)]
    assert found["longest_dead_air"][0].length == max(
        place.length for place in found["dead_air_time"]
    )


def test_a_monologue_is_heard_from_its_first_word_to_its_last(result):
    found = places.of(result)["longest_monologue"]
    assert [(place.title, place.start, place.end) for place in found] == [
        ("Agent", 3.0, 13.0),
        ("Caller", 12.0, 33.0),
    ]


def test_a_call_without_sound_has_no_places_but_those_of_events():
    facts = metrics.Facts(
        duration=10.0, connected={}, holds=[Interval(2.0, 3.0)], speech=None
    )
    found = places.of(metrics.measure(facts).as_json())
    assert at(found["hold_time"]) == [(2.0, 3.0)]
    for name in ("dead_air_time", "overlap_time", "longest_monologue"):
        assert found[name] == []


def test_places_are_of_measures_that_exist(result):
    names = {definition.name for definition in definitions.DEFINITIONS}
    assert places.of(result).keys() <= names
