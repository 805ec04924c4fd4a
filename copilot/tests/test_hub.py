"""A message is written once, and its frame is what a websocket server would make of it."""

import json

import pytest
from websockets.frames import Frame, Opcode

from copilot.hub import Message


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
