"""What goes out on a two-way stream, and what silence overtakes."""

import asyncio
import json
from base64 import b64decode
from typing import Any

from calls.outlet import Outlet


class Door:
    """Takes messages, and lets them through when it is open."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, text: str) -> None:
        await self.open.wait()
        self.said.append(json.loads(text))

    @property
    def events(self) -> list[str]:
        return [message["event"] for message in self.said]


async def said(door: Door, *calls: Any) -> Door:
    """What has gone out after these were called on the outlet."""
    outlet = Outlet("MZ1", door.send)
    running = asyncio.ensure_future(outlet.run())
    for call in calls:
        call(outlet)
        await asyncio.sleep(0.01)
    door.open.set()
    await asyncio.sleep(0.01)
    running.cancel()
    return door


async def test_sound_and_marks_go_out_in_their_order():
    door = await said(
        Door(),
        lambda outlet: outlet.play(b"\x7f" * 160),
        lambda outlet: outlet.mark("a/0"),
    )
    assert door.events == ["media", "mark"]
    assert all(message["streamSid"] == "MZ1" for message in door.said)
    assert b64decode(door.said[0]["media"]["payload"]) == b"\x7f" * 160
    assert door.said[1]["mark"] == {"name": "a/0"}


async def test_silence_overtakes_what_still_waits():
    door = Door()
    door.open.clear()
    await said(
        door,
        lambda outlet: outlet.play(b"1"),
        lambda outlet: outlet.play(b"2"),
        lambda outlet: outlet.mark("a/0"),
        lambda outlet: outlet.clear(),
        lambda outlet: outlet.play(b"3"),
    )
    # The first was on its way already.
    assert door.events == ["media", "clear", "media"]
    assert b64decode(door.said[-1]["media"]["payload"]) == b"3"
