"""The arithmetic of the voice's figures, the script, and the vendors as they are played."""

import asyncio

import pytest

from audio import mulaw
from bench import product
from bench.load import Load
from bench.voice import figures, script
from bench.voice.caller import Moments, Spoken
from bench.voice.figures import Held, Lag, Measured, Side
from bench.voice.vendors import Asked, Heard, Vendors
from copilot.turns import SILENCE
from vendors.openai import speaking
from vendors.openai.config import OpenAIConfig, SpeechConfig
from vendors.openai.live import Final, Partial, Transcriber
from vendors.openai.speech import speak


def held() -> Held:
    """One turn: spoken from 10 to 11, over at 11.6, answered at 11.9, taken over at 13."""
    heard = Heard(1000, 10.06, words=10.31, committed=11.65, completed=11.75)
    moments = Moments(
        since=8.95,
        spoken=[Spoken(10.0, sure=10.02, ended=11.0, over=11.6)],
        media=[9.0, 9.1, 10.3, 12.0, 12.9, 13.01],
        clears=[10.33, 13.03],
        taken_over=13.0,
    )
    return Held(moments, [Asked(11.8, heard)], [8.9, 11.9])


@pytest.fixture
def side() -> Side:
    side = Side()
    side.add(held())
    return side


def only(side: Side, figure: str) -> Lag:
    (lag,) = side.lags[figure]
    return lag


def test_a_request_is_ours_but_for_the_silence_and_the_transcription(
    side: Side,
) -> None:
    lag = only(side, figures.REQUEST)
    assert lag.all == pytest.approx(0.8)
    assert lag.waits == pytest.approx(0.6)
    assert lag.vendor == pytest.approx(0.1)
    assert lag.ours == pytest.approx(0.1)


def test_a_voice_is_ours_from_its_first_byte_to_the_first_frame(side: Side) -> None:
    assert only(side, figures.FRAME).ours == pytest.approx(0.1)


def test_what_was_before_all_calls_were_up_does_not_count() -> None:
    early = held()
    early.moments.since = 10.1
    side = Side()
    side.add(early)
    assert figures.REQUEST not in side.lags
    assert figures.BARGE_IN not in side.lags
    assert len(side.lags[figures.FRAME]) == 1


def test_an_interruption_is_ours_but_for_detection_and_words(side: Side) -> None:
    lag = only(side, figures.BARGE_IN)
    assert lag.all == pytest.approx(0.33)
    assert lag.waits == pytest.approx(0.02)
    assert lag.vendor == pytest.approx(0.25)
    assert lag.ours == pytest.approx(0.06)


def test_words_that_came_after_the_clear_had_no_part_in_it() -> None:
    late = held()
    late.asked[0].heard.words = 10.4
    side = Side()
    side.add(late)
    assert only(side, figures.BARGE_IN).vendor == 0.0


def test_a_takeover_ends_in_silence(side: Side) -> None:
    assert only(side, figures.CLEAR).ours == pytest.approx(0.03)
    assert only(side, figures.LAST_FRAME).ours == pytest.approx(0.01)
    assert side.stray == 0


def test_without_sound_after_the_commit_the_last_frame_took_no_time() -> None:
    quiet = held()
    del quiet.moments.media[-1]
    side = Side()
    side.add(quiet)
    assert only(side, figures.LAST_FRAME).ours == 0.0


def test_sound_after_a_clear_is_counted() -> None:
    stray = held()
    stray.moments.media[3:3] = [10.34]
    stray.moments.media.append(13.04)
    side = Side()
    side.add(stray)
    assert side.stray == 2


def test_a_call_that_never_fell_silent_gives_no_figure() -> None:
    endless = held()
    del endless.moments.clears[-1]
    side = Side()
    side.add(endless)
    assert figures.CLEAR not in side.lags
    assert figures.LAST_FRAME not in side.lags


def test_what_was_not_measured_is_named(side: Side) -> None:
    wanted = figures.expected(calls=1, turns=1)
    assert list(figures.missing(side, wanted, "ours")) == []
    del side.lags[figures.CLEAR]
    assert list(figures.missing(side, wanted, "ours")) == [
        f"ours: 0 instead of 1 samples of “{figures.CLEAR}”."
    ]


def test_calls_that_broke_off_are_a_result_and_named(side: Side) -> None:
    broken = Side(broken=["TimeoutError", "TimeoutError"])
    carried = Measured(1, side, Side(), [], None)
    assert carried.is_carried
    stages = [carried, Measured(50, broken, Side(), [], None)]
    notes = figures.table(stages, script.written(), untried=[100]).notes
    assert notes[:3] == [
        "50 calls were not carried by our server: 2 broke off (2 TimeoutError).",
        "Not tried after that: 100 calls.",
        "The most calls at once that our server carried: 1.",
    ]


def test_the_table_puts_ours_beside_the_bare_server(side: Side) -> None:
    bare = Side({figures.REQUEST: [Lag(0.002)]})
    loads = [Load([0.001], 2.0, 10.0), Load([0.002], 1.0, 10.0)]
    written = script.written()
    found = figures.table([Measured(1, side, bare, loads, 0.25)], written)
    assert [row[0] for row in found.rows] == list(figures.FIGURES)
    row = dict(zip(found.columns, found.rows[0], strict=True))
    assert row["samples"] == 1
    assert row["ours p50"] == pytest.approx(100.0)
    assert row["bare p99"] == pytest.approx(2.0)
    assert row["late p99"] == pytest.approx(2.0)
    assert row["generator %"] == pytest.approx(20.0)
    assert row["server %"] == pytest.approx(25.0)


def test_the_script_is_speech_with_a_turns_silence_after_it() -> None:
    written = script.written()
    assert written.silent not in written.spoken
    assert 0 <= written.sure_at < 10
    assert written.over_at - written.ends_in == round(
        SILENCE * mulaw.RATE / mulaw.FRAME
    )


async def test_the_played_vendors_are_understood_by_our_adapters() -> None:
    vendors = Vendors(b"\1\0" * 12_000)
    port = product.free_port()
    config = OpenAIConfig(api_key="sk-bench", base_url=f"http://127.0.0.1:{port}/v1")
    async with vendors.serving(port):
        text = await _transcribed(config)
        pieces = [
            piece
            async for piece in speaking.stream_turn(
                config,
                instructions="",
                items=[speaking.Said(text)],
                person="cleo",
            )
        ]
        voice = SpeechConfig(api_key="sk-bench", base_url=config.base_url)
        sound = [piece async for piece in speak(voice, text="Hello.", voice="line-1")]
    (asked,) = vendors.asked["cleo"]
    assert asked.heard.committed is not None
    written = [one.text for one in pieces if isinstance(one, speaking.TextDelta)]
    assert "".join(written) == script.REPLY
    assert isinstance(pieces[-1], speaking.Done)
    assert b"".join(sound) == vendors.speech
    assert len(vendors.voiced["line-1"]) == 1


async def _transcribed(config: OpenAIConfig) -> str:
    transcriber = Transcriber(config)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(transcriber.run())
        transcriber.append("one", b"\x10" * 1600)
        text = ""
        async for event in transcriber:
            if isinstance(event, Partial):
                transcriber.commit("one")
            elif isinstance(event, Final):
                text = event.text
                break
        transcriber.close()
        await running
    return text
