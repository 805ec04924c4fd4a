"""Two of our own peers stand in for the two ends; the browser has its own tests."""

import asyncio
import contextlib

import numpy as np
import pytest
from aiortc.sdp import SessionDescription

from audio import mulaw
from simulators.browser_media import BadSoundError, BrowserMedia, stay_on_loopback
from simulators.parties import SILENT

stay_on_loopback()
FRAME = mulaw.encode(np.arange(-8000, 8000, 100, dtype=np.int16))


async def test_sound_goes_both_ways_bit_by_bit():
    one, other = BrowserMedia(), BrowserMedia()
    await one.answered(await other.answer(await one.offer()))
    ways = [(one, other, []), (other, one, [])]
    async with asyncio.timeout(10):
        while not all(FRAME in heard for _, _, heard in ways):
            for speaker, listener, heard in ways:
                speaker.hear(FRAME)
                heard.append(listener.speak())
            await asyncio.sleep(0.02)
    await one.close()
    await other.close()


async def test_only_loopback_is_offered_and_only_mulaw():
    media = BrowserMedia()
    offer = SessionDescription.parse(await media.offer())
    await media.close()
    (sound,) = offer.media
    assert {c.ip for c in sound.ice_candidates} <= {"127.0.0.1", "::1"}
    assert {c.ip for c in sound.ice_candidates} & {"127.0.0.1"}
    assert [codec.name for codec in sound.rtp.codecs] == ["PCMU"]


async def test_names_and_addresses_of_the_other_side_are_not_looked_at():
    one, other = BrowserMedia(), BrowserMedia()
    offer = await one.offer()
    hidden = "a=candidate:1 1 udp 2113937151 9b36eaac.local 40000 typ host"
    answer = await other.answer(offer + hidden + "\r\na=end-of-candidates\r\n")
    assert "a=candidate" in answer
    await one.close()
    await other.close()


async def test_silence_is_said_while_nothing_comes():
    media = BrowserMedia()
    assert [media.speak() for _ in range(3)] == [SILENT] * 3


@pytest.mark.parametrize("sdp", ["", "hello", "v=0\r\n"])
async def test_what_is_no_offer_is_refused(sdp):
    media = BrowserMedia()
    with pytest.raises(BadSoundError):
        await media.answer(sdp)
    await media.close()


async def test_a_damaged_offer_is_refused_or_answered_and_nothing_else():
    good = BrowserMedia()
    lines = (await good.offer()).splitlines()
    for missing in range(len(lines)):
        damaged = "\r\n".join([*lines[:missing], *lines[missing + 1 :], ""])
        media = BrowserMedia()
        with contextlib.suppress(BadSoundError):
            assert "PCMU" in await media.answer(damaged)
        await media.close()
    await good.close()


async def test_an_answer_without_an_offer_is_refused():
    with pytest.raises(BadSoundError, match="nothing was offered"):
        await BrowserMedia().answered("v=0\r\n")


async def test_late_sound_is_dropped_so_that_the_delay_does_not_stay():
    media = BrowserMedia()
    for number in range(50):
        media._incoming.put(bytes([number]) * 160)
    spoken = [media.speak() for _ in range(11)]
    assert spoken[0] == bytes([40]) * 160
    assert spoken[-1] == SILENT


async def test_closing_twice_is_harmless():
    media = BrowserMedia()
    await media.offer()
    await asyncio.gather(media.close(), media.close())
