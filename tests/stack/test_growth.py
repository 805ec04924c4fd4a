"""Several processes are one call centre: a call on one, its sound on another, the desk on a third.

The scenario set itself is played so; see `played`.
"""

from collections.abc import Iterator

import pytest

from calls.models import Call, CallEvent
from tests.stack import conversations, growth
from tests.stack.agents import Agent, at_work, quiet_again
from tests.stack.conftest import FRAMES, Stack, eventually, history
from tests.stack.growth import Grown


@pytest.fixture(scope="module")
def grown(stack: Stack) -> Iterator[Grown]:
    with growth.grown(stack) as grown:
        yield grown


@pytest.fixture(scope="module")
def ada(grown: Grown, stack: Stack) -> Iterator[Agent]:
    """At the first web process, which Twilio does not ask."""
    with at_work(stack, "agent") as agent:
        yield agent


@pytest.fixture(autouse=True)
def _quiet_afterwards(stack: Stack, ada: Agent) -> Iterator[None]:
    yield
    quiet_again(stack, ada)


def test_a_desk_has_a_call_whose_webhooks_and_sound_are_elsewhere(stack, grown, ada):
    here, there = growth.counted(stack.web), grown.frames()
    sid = stack.ring(scenario="long_hold")
    ada.take(sid)
    conversations.talking(stack, sid)
    ada.heard(sid, "utterance.added", lambda data: data["speaker"] == "caller")
    conversations.check_all_is_written(stack, sid)
    ada.order("hold", sid)
    ada.heard(sid, "hold.started")
    ada.order("end", sid)
    conversations.ended(sid)
    ada.heard(sid, "call.ended")
    assert grown.frames() > there
    assert growth.counted(stack.web)[FRAMES] == here[FRAMES]
    assert growth.counted(grown.stack.web)[FRAMES] == 0


def test_a_desk_takes_over_from_an_assistant_who_speaks_elsewhere(stack, grown, ada):
    before = grown.frames()
    sid = stack.ring(scenario="taken_over_and_back")
    ada.heard(sid, "line.changed", lambda data: data["state"] == "speaking")
    assert grown.frames() > before
    ada.order("take_over", sid)
    ada.join(sid)
    eventually(
        lambda: Call.objects.filter(sid=sid, mode="human", agent=ada.user).exists(),
        seconds=10,
        what="the takeover",
        instead=lambda: history(sid),
    )
    ada.heard(sid, "agent.joined")
    taken = CallEvent.objects.get(call__sid=sid, name="call.mode", data__mode="human")
    begun = CallEvent.objects.filter(
        call__sid=sid,
        number__gt=taken.number,
        name="line.changed",
        data__state="speaking",
    )
    assert not begun.exists()
