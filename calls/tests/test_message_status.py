"""How far a message has got, in whatever order that is reported."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.message_status import ASKING, OURS, TWILIOS, later

READ = ["accepted", "queued", "sending", "sent", "delivered", "read"]
HISTORIES = [
    *(READ[: end + 1] for end in range(len(READ))),
    ["queued", "sent", "undelivered"],
    ["queued", "failed"],
    ["queued", "sending", "sent", "undelivered", "failed"],
]


@given(st.data())
def test_any_order_with_any_repetition_ends_like_the_ordered_one(data):
    history = data.draw(st.sampled_from(HISTORIES))
    repeated = history + data.draw(st.lists(st.sampled_from(history)))
    shuffled = data.draw(st.permutations(repeated))
    assert reduce(later, shuffled, ASKING) == history[-1]


@pytest.mark.parametrize("broken", ["failed", "undelivered"])
def test_nothing_on_the_way_revives_what_failed(broken):
    for status in ("accepted", "queued", "sending", "sent"):
        assert later(broken, status) == broken


@pytest.mark.parametrize("arrived", ["delivered", "read"])
def test_what_has_arrived_has_not_failed(arrived):
    for broken in ("failed", "undelivered"):
        assert later(arrived, broken) == later(broken, arrived) == arrived


@pytest.mark.parametrize("odd", ["", "receiving", "scheduled", "waiting", "nonsense"])
def test_a_word_that_is_not_twilios_changes_nothing(odd):
    for status in (*OURS, *TWILIOS):
        assert later(status, odd) == status


def test_what_a_customer_wrote_has_no_way_to_go():
    assert later("received", "delivered") == "received"
