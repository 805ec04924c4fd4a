"""A silent agent is offered a sentence for a caller who waits, once for each wait."""

import pytest

from copilot.tests.test_conversation import Call, of
from copilot.vocabulary import (
    AgentLeft,
    Announced,
    HoldStarted,
    OfferHolding,
    Open,
    RecordingPaused,
    WithdrawHolding,
)

AFTER = 6.0


def asked() -> Call:
    """Cleo has asked something until second 3, and Ada says nothing."""
    call = Call(holding_after=AFTER)
    call.cleo(1, 3)
    call.until(3 + AFTER - 0.2)
    return call


def test_nothing_is_offered_before_its_time():
    assert not asked().all(OfferHolding)


def test_after_so_many_seconds_it_is_offered_once():
    call = asked()
    call.until(60)
    offers = call.all(OfferHolding)
    assert len(offers) == 1
    assert offers[0].waited == pytest.approx(AFTER, abs=0.2)


def test_an_agent_who_answers_needs_none():
    call = asked()
    call.ada(8.85, 10)
    assert not of(OfferHolding, call.until(30))


def test_an_agent_who_speaks_takes_it_away():
    call = asked()
    call.until(10)
    call.ada(11, 12)
    assert of(WithdrawHolding, call.until(13))


def test_a_caller_who_goes_on_takes_it_away_and_waits_anew():
    call = asked()
    call.until(10)
    call.cleo(11, 13)
    later = call.until(30)
    assert len(of(WithdrawHolding, later)) == 1
    assert len(of(OfferHolding, later)) == 1


def test_a_caller_who_spoke_while_the_agent_did_waits_for_nobody():
    call = Call(holding_after=AFTER)
    call.ada(1, 6)
    call.cleo(2, 3)
    assert not of(OfferHolding, call.until(30))


@pytest.mark.parametrize(
    "happening", [AgentLeft(8.0), HoldStarted(8.0), RecordingPaused(8.0)]
)
def test_there_is_nobody_to_be_rescued_from(happening):
    call = asked()
    call.happen(happening)
    assert not of(OfferHolding, call.until(30))


def test_what_the_caller_is_told_in_the_agents_place_are_not_the_agents_words():
    call = asked()
    call.until(10)
    call.happen(Announced(10.0, 14.0))
    call.ada(11, 13)
    later = call.until(16)
    assert not of(Open, later)
    assert not of(WithdrawHolding, later)
    call.ada(17, 18)
    assert [one.side for one in of(Open, call.until(19))] == ["agent"]


def test_where_the_line_does_not_want_it_nothing_is_offered():
    call = Call()
    call.cleo(1, 3)
    assert not of(OfferHolding, call.until(60))
