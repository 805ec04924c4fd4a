"""Frames that came while the call was being looked up, before the voice has begun."""

import asyncio
import time

import pytest
from channels.db import database_sync_to_async

from audio import mulaw
from calls.media import CallClock, MediaFrame, MediaStart
from copilot.session import Session
from copilot.tests.voice.injections import ATTEMPTS
from copilot.tests.voice.talk import GREETING
from copilot.tests.voice.test_spoken_injections import Telephone, a_led_call, vendor
from copilot.voice.brief import brief_of
from copilot.voice.voice import Voice
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig, SpeechConfig

pytestmark = pytest.mark.django_db(transaction=True)

# So long after the answer the stream begins: by then silence has lasted too long.
LATE = 60.0


async def test_a_call_whose_frames_waited_for_its_voice_is_greeted() -> None:
    call = await database_sync_to_async(a_led_call)(1)
    brief = await database_sync_to_async(brief_of)(call.pk)
    assert brief is not None
    start = MediaStart(
        call_id=call.pk,
        sid=call.sid,
        stream_sid=f"MZ{1:032d}",
        tracks=("inbound",),
        offset=LATE,
        clock=CallClock(zero=time.time() - LATE),
        agent_connected=False,
        on_hold=False,
        recording_paused=False,
        two_way=True,
        mode="auto",
        assistant_id=brief.version_id,
    )
    async with vendor(ATTEMPTS[0]) as (obedient, url):
        models = OpenAIConfig(api_key="sk", base_url=url, max_retries=0)
        speech = SpeechConfig(api_key="sk", base_url=url, model="tts", voice="alloy")
        telephone = Telephone()
        voice = telephone.voice = Voice(
            start, telephone, brief, models=models, speech=speech
        )
        session = Session(start, config=models, voice=voice)
        for number in range(10):
            session.hear(MediaFrame("inbound", number * 20, mulaw.SILENCE * 160))
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(session.run())
            await obedient.heard.wait()
            await session.close("over")
    await clients.close()
    assert obedient.spoken[0] in GREETING
