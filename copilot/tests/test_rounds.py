"""Going round the live sessions of a process."""

import asyncio

import pytest

from audio import mulaw
from copilot.hearing import Ear
from copilot.rounds import Rounds
from copilot.tests.test_hearing import Vendor, silence, voice
from copilot.vocabulary import Happening, SpeechStarted


def an_ear(rounds: Rounds) -> Ear:
    ear = Ear("caller", Vendor(), offset=0.0, tracks=rounds.tracks)
    ear.listen(0.0)
    return ear


async def found_in(ear: Ear, heard: asyncio.Event) -> list[Happening]:
    async with asyncio.timeout(5):
        await heard.wait()
    return ear.heard()


async def test_everybody_who_takes_part_is_heard() -> None:
    rounds = Rounds()
    ears = [an_ear(rounds) for _ in range(50)]
    events = [asyncio.Event() for _ in ears]
    async with asyncio.TaskGroup() as tasks:
        parts = [
            tasks.create_task(rounds.join([ear], heard))
            for ear, heard in zip(ears, events, strict=True)
        ]
        for ear in ears:
            ear.place(0, silence(1) + voice(1))
        for ear, heard in zip(ears, events, strict=True):
            found = await found_in(ear, heard)
            assert any(isinstance(one, SpeechStarted) for one in found)
        for part in parts:
            part.cancel()


async def test_nothing_goes_round_when_nobody_takes_part_any_more() -> None:
    rounds, before = Rounds(), len(asyncio.all_tasks())
    for _ in range(2):
        heard = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            part = tasks.create_task(rounds.join([an_ear(rounds)], heard))
            await heard.wait()
            part.cancel()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == before


class Broken(Ear):
    """Cannot be heard."""

    def _unheard(self) -> bytearray:
        raise ZeroDivisionError


async def test_nobody_waits_in_vain_where_it_breaks() -> None:
    rounds, heard = Rounds(), asyncio.Event()
    broken = Broken("caller", Vendor(), offset=0.0, tracks=rounds.tracks)
    broken.place(0, mulaw.SILENCE)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(rounds.join([broken], heard), 5)
