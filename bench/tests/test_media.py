"""What a frame says of itself, how a lost one is seen, and what the table makes of the steps."""

import json
import os
from base64 import b64decode, b64encode

import pytest
from websockets.asyncio.client import ClientConnection, connect

from audio import mulaw
from bench import product
from bench.load import Load
from bench.media import figures, ladder
from bench.media.callers import Exchange
from bench.media.calls import unreal
from bench.media.frames import Sound, read, spoken, track_marks
from bench.media.ladder import Plan, Step, Window
from bench.media.servers import OURS_CHANNELS, OURS_DEDICATED, PIPECAT, STOCK, Started
from bench.media.transcription import Heard

TRACK = 1201


@pytest.fixture(scope="module")
def sound() -> Sound:
    return spoken()


def frame(sound: Sound, number: int, track: int = TRACK) -> bytes:
    return b64decode(sound.payload(number, track_marks(track)))


def test_a_frame_says_whose_it_is_and_which(sound: Sound) -> None:
    one = frame(sound, 70_000)
    assert len(one) == mulaw.FRAME
    assert read(one) == (TRACK, 70_000)
    assert sound.is_frame(one, 70_000, track_marks(TRACK))
    assert not sound.is_frame(one, 70_001, track_marks(TRACK))
    assert not sound.is_frame(one[:-1] + b"\0", 70_000, track_marks(TRACK))


async def heard(sound: Sound, *messages: bytes) -> Heard:
    """What the transcription side knows when it has been sent this sound."""
    found = Heard(sound)
    port = product.free_port()
    server = await found.serve(port)
    async with connect(f"ws://127.0.0.1:{port}/", proxy=None) as socket:
        for message in messages:
            await append(socket, message)
        # Answered after all that came before it.
        await socket.send('{"type":"input_audio_buffer.commit"}')
        kinds = [json.loads(await socket.recv())["type"] for _ in range(3)]
    assert kinds[-1].endswith(".completed")
    server.close()
    return found


async def append(socket: ClientConnection, sound: bytes) -> None:
    audio = b64encode(sound).decode()
    await socket.send(f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}')


async def test_sound_that_is_as_it_was_sent_is_heard(sound: Sound) -> None:
    half = frame(sound, 4)[80:]
    first = half + frame(sound, 5) + frame(sound, 6)
    found = await heard(sound, first, frame(sound, 7))
    track = found.tracks[TRACK]
    assert (track.heard, track.missed, track.garbled) == (3, 0, 0)
    assert [number for _track, number, _at in found.arrivals] == [6, 7]


async def test_a_lost_frame_and_a_garbled_one_are_seen(sound: Sound) -> None:
    bad = bytes(mulaw.FRAME)
    found = await heard(sound, *(frame(sound, n) for n in (5, 6)), frame(sound, 9), bad)
    track = found.tracks[TRACK]
    assert (track.heard, track.missed, track.garbled) == (3, 2, 1)


async def test_frames_in_the_wrong_order_are_seen(sound: Sound) -> None:
    found = await heard(sound, *(frame(sound, n) for n in (5, 7, 6, 8)))
    assert found.tracks[TRACK].missed != 0


def step(calls: int, lag: float, **more: object) -> Step:
    load = Load([0.001], 1.0, 10.0)
    window = Window(lag / 2, lag, 10e-6, 0.5)
    return Step(calls, [window], load=load, **more)


def test_the_ceiling_is_the_last_step_in_time_without_a_loss() -> None:
    steps = [step(10, 0.001), step(40, 0.019), step(60, 0.021)]
    assert figures.ceiling(steps) is steps[1]
    assert figures.ceiling([step(10, 0.001, lost=1)]) is None
    assert figures.ceiling([step(10, 0.001, garbled=1)]) is None
    assert figures.ceiling([step(10, 0.001, broken="OSError")]) is None


def test_only_what_is_late_and_nothing_else_is_looked_at_again() -> None:
    assert step(60, 0.021).is_late
    assert not step(60, 0.019).is_late
    assert not step(60, 0.021, lost=1).is_late
    assert not Step(60).is_late


def test_a_step_that_was_not_generated_in_time_counts_for_nothing() -> None:
    late = step(40, 0.001, troubles=["40 calls: the load generator was late itself."])
    steps = {"lamps": [step(10, 0.001), late]}
    assert figures.ceiling(steps["lamps"]) is steps["lamps"][0]
    assert figures.troubles(steps) == [f"lamps, {late.troubles[0]}"]


async def test_a_window_that_we_spoilt_is_measured_anew_but_not_for_ever(
    sound: Sound,
) -> None:
    silent = Exchange("ws://127.0.0.1/", "token", sound)
    started = Started(os.getpid(), silent.url, unreal)
    seen = Step(0)
    plan = Plan((0,), windows=2, seconds=0.001)
    await ladder.look(started, silent, Heard(sound), seen, plan)
    assert seen.spoilt > plan.windows
    assert seen.troubles[0] == "0 calls: the load generator sent nothing."
    assert list(figures.spoilt([seen, seen])) == [
        f"{2 * seen.spoilt} windows were measured anew: in them the generator was late or busy."
    ]


def test_the_table_says_by_how_much() -> None:
    found = {
        OURS_DEDICATED: [step(400, 0.001)],
        OURS_CHANNELS: [step(150, 0.001), step(200, 0.03)],
        STOCK: [step(50, 0.001)],
        PIPECAT: [step(100, 0.001)],
    }
    table = figures.table(found, {"C on epoll": "no compiler"})
    assert [row[1] for row in table.rows] == [400, 150, 50, 100, "no compiler"]
    said = "\n".join(table.notes)
    assert f"{OURS_CHANNELS}: 3.0 times the calls of: {STOCK}" in said
    assert f"{OURS_DEDICATED}: 8.0 times the calls of: {STOCK}" in said
    # Whose calls have one track.
    assert f"{OURS_DEDICATED}: 8.0 times the tracks of: {PIPECAT}" in said


def test_a_server_of_which_nothing_is_known_is_named() -> None:
    assert list(figures.missing("lamps", [Step(10, broken="OSError")])) == [
        "lamps: nothing was measured (OSError)."
    ]
    assert list(figures.missing("lamps", [step(10, 0.03)])) == []
