"""A message is written once and comes to whoever wants it, in order, or its loss is told."""

import asyncio
import json

import pytest
from websockets.frames import Frame, Opcode

from copilot import hub
from copilot.hub import Message, Overrun, Subscription


@pytest.mark.parametrize("length", [0, 60, 200, 70_000])
def test_a_frame_is_that_of_the_text(length: int) -> None:
    message = Message(type="event", words=length * "é")
    sending = message.sending
    assert json.loads(sending["text"]) == message
    text = Frame(Opcode.TEXT, sending["text"].encode())
    assert sending["frame"] == text.serialize(mask=False)


def test_all_desks_are_sent_the_same() -> None:
    message = Message(type="event")
    assert message.sending is message.sending


async def test_it_comes_in_order_to_whoever_wants_it() -> None:
    odd = Subscription(lambda message: message["number"] % 2 == 1)
    told = [odd.offer(Message(number=number)) for number in range(4)]
    assert told == [False, True, False, True]
    reading = aiter(odd)
    assert [(await anext(reading))["number"] for _ in range(2)] == [1, 3]
    waits = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    assert not waits.done()
    odd.offer(Message(number=5))
    assert (await waits)["number"] == 5


async def test_whoever_is_too_slow_gets_what_came_before_and_is_told() -> None:
    slow = Subscription(lambda message: True)
    most = hub._MOST_WAITING
    told = [slow.offer(Message(number=number)) for number in range(most + 2)]
    assert told == [True] * most + [False] * 2
    reading = aiter(slow)
    got = [(await anext(reading))["number"] for _ in range(most)]
    assert got == list(range(most))
    with pytest.raises(Overrun):
        await anext(reading)
