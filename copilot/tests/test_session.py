"""One stream of a call through the whole copilot: sound in, rows and events out.

The database, the channel layer and the vendor's socket are real. Sound comes faster
than it is spoken; the call's clock goes by its timestamps.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from audio import mulaw
from calls.events import publish
from calls.media import CallClock, MediaFrame, MediaStart, Track
from calls.models import Call, Utterance
from calls.services import lifecycle
from copilot.hub import hub
from copilot.models import Suggestion
from copilot.pressure import NO_WORDS, NOTHING
from copilot.pulse import Pulse, pulse
from copilot.session import MOST_FRAMES, Session
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.tests.conftest import Outside

pytestmark = pytest.mark.django_db(transaction=True)

SID = "CA" + 32 * "7"
FIRST = "Hello, my washing machine is leaking water."
ANSWER = "I am sorry to hear that, when did you buy it?"
SECOND = "The order number is four two seven."

Spoken = Callable[[str], bytes]


def quiet(seconds: float) -> bytes:
    return mulaw.SILENCE * int(seconds * mulaw.RATE)


class Stream:
    """Both tracks of a call, sent to a session."""

    def __init__(self, session: Session, call: Call, clock: CallClock) -> None:
        self.session = session
        self.call = call
        self.clock = clock
        self.at = 0.0

    def frame(self, track: Track, timestamp: int, payload: bytes) -> None:
        self.session.hear(MediaFrame(track, timestamp, payload))

    async def play(self, *, cleo: bytes = b"", ada: bytes = b"") -> None:
        """Both voices at once, the shorter one followed by silence; ten times too fast."""
        length = max(len(cleo), len(ada)) // 160 * 160
        tracks = {"inbound": cleo, "outbound": ada}
        for start in range(0, length, 160):
            for track, sound in tracks.items():
                payload = sound[start : start + 160].ljust(160, mulaw.SILENCE)
                self.frame(track, round(self.at * 1000), payload)
            self.at = round(self.at + 0.02, 3)
            # The call's clock runs as fast as its sound does here.
            self.clock.zero = time.time() - self.at
            if start % 1600 == 0:
                await asyncio.sleep(0.02)

    async def rows(self) -> list[tuple[str, str]]:
        def read() -> list[tuple[str, str]]:
            rows = Utterance.objects.filter(call=self.call).order_by("id")
            return [(row.speaker, row.text) for row in rows]

        return await database_sync_to_async(read)()

    async def events(self) -> list[str]:
        def read() -> list[str]:
            return [event.name for event in self.call.events.order_by("number")]

        return await database_sync_to_async(read)()

    async def until(self, name: str) -> None:
        """Wait for an event of the call while silence passes on the line."""
        async with asyncio.timeout(20):
            while name not in await self.events():
                await self.play(cleo=quiet(0.2))
                await asyncio.sleep(0.05)

    async def tell(self, name: str, **state: object) -> None:
        """What a callback of Twilio's would lead to."""

        def write() -> None:
            with transaction.atomic():
                # The records' clock is the sound's, which is faster than ours here.
                zero = datetime.fromtimestamp(self.clock.zero, UTC)
                calls = Call.objects.filter(pk=self.call.pk)
                calls.update(answered_at=zero, **state)
                publish(call=self.call, name=name)

        await database_sync_to_async(write)()


@asynccontextmanager
async def a_stream(
    config: OpenAIConfig, *, agent_connected: bool = True, felt: Pulse = pulse
) -> AsyncIterator[Stream]:
    before, subscriptions = our_tasks(), set(hub._subscriptions)
    call = await database_sync_to_async(a_call)(agent_connected)
    clock = CallClock(zero=time.time())
    session = Session(
        MediaStart(
            call_id=call.pk,
            sid=SID,
            stream_sid="MZ" + 32 * "1",
            tracks=("inbound", "outbound"),
            offset=0.0,
            clock=clock,
            agent_connected=agent_connected,
            on_hold=False,
            recording_paused=False,
        ),
        config=config,
        felt=felt,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        stream = Stream(session, call, clock)
        yield stream
        await session.close("stop")
    await clients.close()
    await asyncio.sleep(0.05)
    assert our_tasks() == before, "a task was left behind"
    assert hub._subscriptions == subscriptions


def our_tasks() -> set[str]:
    """All but the channel layer's, which belong to the process."""
    names = {str(task.get_coro()) for task in asyncio.all_tasks()}
    return {name for name in names if "_do_receiving" not in name}


def a_call(agent_connected: bool) -> Call:  # noqa: FBT001
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    lifecycle.answer_call(call=call)
    if agent_connected:
        Call.objects.filter(pk=call.pk).update(agent_joined_at=timezone.now())
    return call


async def test_a_conversation_is_written_down_with_its_speakers_in_order(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
        await stream.play(ada=spoken(ANSWER) + quiet(1))
        await stream.play(cleo=spoken(SECOND) + quiet(1))
    assert await stream.rows() == [
        ("caller", FIRST),
        ("agent", ANSWER),
        ("caller", SECOND),
    ]


async def test_the_times_are_those_of_the_voices(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(2) + spoken(FIRST) + quiet(1))
    utterance = await Utterance.objects.aget(call=stream.call)
    assert utterance.start == pytest.approx(2.0, abs=0.15)
    length = len(spoken(FIRST)) / mulaw.RATE
    assert utterance.end == pytest.approx(2.0 + length, abs=0.3)


async def test_a_reply_is_suggested_streamed_and_offered(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    with hub.subscribe(lambda message: message["type"] != "event") as whispers:
        async with a_stream(openai_config) as stream:
            await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
            await stream.until("suggestion.offered")
        heard = []
        while True:
            try:
                heard.append(await asyncio.wait_for(anext(aiter(whispers)), 0.2))
            except TimeoutError:
                break
    suggestion = await Suggestion.objects.select_related("after").aget()
    assert suggestion.text
    assert suggestion.after.text == FIRST
    # On a busy machine a reply may be complete before its first piece was sent.
    assert {message["type"] for message in heard} <= {"partial", "suggestion_partial"}
    words = [message["text"] for message in heard if message["type"] == "partial"]
    assert words
    assert all(FIRST.startswith(text) for text in words)


async def test_the_end_of_the_stream_loses_nothing_that_was_being_said(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST))
    assert await stream.rows() == [("caller", FIRST)]


async def test_a_dropped_vendor_socket_is_shown_heals_and_costs_no_word(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    sound = spoken(FIRST)
    half = len(sound) // 320 * 160
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + sound[:half])
        outside.fault("openai", "drop", count=1, path="/v1/realtime")
        await stream.play(cleo=sound[half:] + quiet(1))
        await stream.until("trouble.ended")
    assert await stream.rows() == [("caller", FIRST)]
    names = await stream.events()
    assert names.index("trouble.started") < names.index("trouble.ended")


async def test_a_vendor_that_is_away_for_a_while_writes_it_all_down_later(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    outside.fault("openai", "500", path="/v1/realtime")
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
        await stream.play(ada=spoken(ANSWER) + quiet(1))
        await stream.until("trouble.started")
        outside.heal()
        await stream.until("utterance.added")
    assert await stream.rows() == [("caller", FIRST), ("agent", ANSWER)]


async def test_a_failed_suggestion_is_shown_and_the_words_go_on(
    outside: Outside, openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    outside.fault("openai", "500", path="/v1/responses")
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
        await stream.until("trouble.started")
        await stream.play(ada=spoken(ANSWER) + quiet(1))
    assert await stream.rows() == [("caller", FIRST), ("agent", ANSWER)]
    names = await stream.events()
    assert names.index("suggestion.started") < names.index("suggestion.withdrawn")


async def test_no_vendor_at_all_harms_nothing_but_the_words(
    openai_config: OpenAIConfig, closed_port: int, spoken: Spoken
) -> None:
    nowhere = replace(openai_config, base_url=f"http://127.0.0.1:{closed_port}/v1")
    async with a_stream(nowhere) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
    assert await stream.rows() == []
    assert "trouble.started" in await stream.events()


async def test_what_the_caller_hears_before_the_agent_is_no_agents_word(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config, agent_connected=False) as stream:
        await stream.play(ada=quiet(1) + spoken(ANSWER) + quiet(3))
        await stream.tell("agent.joined", agent_joined_at="2026-11-21T10:00:00Z")
        await asyncio.sleep(0.5)
        # The line's sound went on meanwhile.
        await stream.play(ada=quiet(1) + spoken(SECOND) + quiet(1))
    assert await stream.rows() == [("agent", SECOND)]


async def test_nobody_is_written_down_on_hold(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config) as stream:
        await stream.play(cleo=quiet(1) + spoken(FIRST) + quiet(1))
        await stream.tell("hold.started", held_at="2026-11-21T10:00:00Z")
        await asyncio.sleep(0.5)
        await stream.play(ada=spoken(ANSWER) + quiet(3))
        await stream.tell("hold.ended", held_at=None)
        await asyncio.sleep(0.5)
        await stream.play(cleo=quiet(1) + spoken(SECOND) + quiet(1))
    assert await stream.rows() == [("caller", FIRST), ("caller", SECOND)]


async def test_nothing_is_written_down_in_a_secure_moment(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    # Rendered before the stream begins: its clock goes on while nothing else does.
    first, sound, second = spoken(FIRST), spoken(ANSWER), spoken(SECOND)
    half = len(sound) // 320 * 160
    with hub.subscribe(lambda message: message["type"] == "partial") as whispers:
        async with a_stream(openai_config) as stream:
            await stream.play(cleo=quiet(1) + first + quiet(1))
            await stream.play(ada=sound[:half])
            await stream.tell("recording.paused", recording_paused_at=timezone.now())
            await asyncio.sleep(0.5)
            await stream.play(ada=sound[half:] + quiet(1), cleo=sound)
            # Sound runs ahead of the session here: it is heard first, as it would be.
            await asyncio.sleep(0.3)
            await stream.tell("recording.resumed", recording_paused_at=None)
            await asyncio.sleep(0.5)
            await stream.play(cleo=quiet(0.5) + second + quiet(1))
        last: dict[str, str] = {}
        with contextlib.suppress(TimeoutError):
            while True:
                heard = await asyncio.wait_for(anext(aiter(whispers)), 0.2)
                last[heard["item"]] = heard["text"]
    assert await stream.rows() == [("caller", FIRST), ("caller", SECOND)]
    # Of what was begun before it nothing is left on the screen.
    assert all(text == "" or (FIRST + SECOND).count(text) for text in last.values())


class Told(Pulse):
    """A pulse that does not beat: the test says what is to be left out."""

    @contextlib.contextmanager
    def felt(self) -> Iterator[None]:
        yield


async def test_too_much_to_do_pauses_the_words_and_they_are_taken_up_again(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    first, unheard, second = spoken(FIRST), spoken(ANSWER), spoken(SECOND)
    told = Told()
    async with a_stream(openai_config, felt=told) as stream:
        await stream.play(cleo=quiet(1) + first + quiet(1))
        await stream.until("utterance.added")
        told.level = NO_WORDS
        await stream.until("trouble.started")
        await stream.play(ada=unheard + quiet(1))
        told.level = NOTHING
        await stream.until("trouble.ended")
        await stream.play(cleo=quiet(1) + second + quiet(1))
    assert await stream.rows() == [("caller", FIRST), ("caller", SECOND)]
    shown = [name for name in await stream.events() if name.startswith("trouble.")]
    assert shown == 2 * ["trouble.started"] + 2 * ["trouble.ended"]


async def test_frames_beyond_what_can_wait_are_counted_and_shown(
    openai_config: OpenAIConfig,
) -> None:
    async with a_stream(openai_config) as stream:
        for n in range(MOST_FRAMES + 10):
            stream.frame("inbound", 20 * n, mulaw.SILENCE * 160)
        await stream.until("trouble.started")
    assert "trouble.started" in await stream.events()


async def test_frames_that_repeat_or_come_late_change_no_word(
    openai_config: OpenAIConfig, spoken: Spoken
) -> None:
    async with a_stream(openai_config) as stream:
        sound = quiet(1) + spoken(FIRST) + quiet(1)
        for start in range(0, len(sound) - 159, 160):
            frame = sound[start : start + 160]
            stream.frame("inbound", start // 8, frame)
            stream.frame("inbound", start // 8, frame)
            stream.frame("inbound", max(0, start // 8 - 200), frame)
            await asyncio.sleep(0.002)
    assert await stream.rows() == [("caller", FIRST)]
