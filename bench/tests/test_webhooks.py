"""What a storm consists of."""

from collections import Counter

from bench.webhooks import history
from bench.webhooks.history import Names

CALLS = [Names(*(f"{kind}{number}" for kind in "CAFSR")) for number in range(40)]


def keys(callbacks):
    return Counter(str(one) for one in callbacks)


def test_a_storm_has_every_callback_some_twice_and_none_else() -> None:
    storm = keys(history.storm(CALLS, seed=1))
    assert storm.keys() == keys(c for names in CALLS for c in history.of(names)).keys()
    assert set(storm.values()) == {1, 2}


def test_a_storm_is_the_same_for_a_seed_and_in_no_order() -> None:
    storm = history.storm(CALLS, seed=1)
    assert storm == history.storm(CALLS, seed=1)
    assert storm != sorted(storm, key=str)
    assert storm != history.storm(CALLS, seed=2)


def test_a_history_begins_with_ringing_and_ends_with_the_recording() -> None:
    told = history.of(CALLS[0])
    assert told[0].form["CallStatus"] == "ringing"
    assert told[-1].form["RecordingStatus"] == "completed"
    assert len(told) == 12
