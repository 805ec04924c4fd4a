"""Transcripts of recordings from a server that speaks the vendor's protocol."""

import time
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio import mulaw
from vendors.assemblyai.config import AssemblyAIConfig
from vendors.assemblyai.recordings import fetch, submit
from vendors.assemblyai.transcript import Transcript, read
from vendors.errors import VendorError
from vendors.tests.conftest import Outside


@pytest.fixture
def recording(tmp_path: Path, spoken: Callable[[str], bytes]) -> Path:
    """Cleo on the first channel, Ada on the second."""
    cleo = mulaw.decode(spoken("My washing machine is leaking."))
    ada = mulaw.decode(spoken("I can send somebody tomorrow."))
    both = np.zeros((len(cleo) + len(ada), 2), np.int16)
    both[: len(cleo), 0] = cleo
    both[len(cleo) :, 1] = ada
    path = tmp_path / "call.wav"
    write_recording(path, both)
    return path


def write_recording(path: Path, samples: NDArray[np.int16]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())


def finished(config: AssemblyAIConfig, transcript_id: str) -> Transcript:
    for _ in range(200):
        transcript = fetch(config, transcript_id)
        if transcript.is_finished:
            return transcript
        time.sleep(0.1)
    pytest.fail("the transcript was not finished")


def test_each_channel_has_its_utterances(
    assemblyai_config: AssemblyAIConfig, recording: Path
) -> None:
    transcript_id = submit(assemblyai_config, path=recording, multichannel=True)
    transcript = finished(assemblyai_config, transcript_id)
    assert transcript.status == "completed"
    assert {utterance.channel for utterance in transcript.utterances} == {"1", "2"}
    assert all(u.start < u.end < 60 for u in transcript.utterances)


def test_a_busy_vendor_is_asked_again(
    outside: Outside, assemblyai_config: AssemblyAIConfig, recording: Path
) -> None:
    outside.fault("assemblyai", "429", count=2)
    assert submit(assemblyai_config, path=recording, multichannel=True)


def test_a_job_that_failed_is_an_answer_and_not_an_exception(
    outside: Outside, assemblyai_config: AssemblyAIConfig, recording: Path
) -> None:
    outside.fault("assemblyai", "error")
    transcript_id = submit(assemblyai_config, path=recording, multichannel=True)
    transcript = finished(assemblyai_config, transcript_id)
    assert transcript.status == "error"
    assert transcript.error


def test_a_wrong_key_is_not_worth_a_retry(
    assemblyai_config: AssemblyAIConfig, recording: Path
) -> None:
    wrong = replace(assemblyai_config, api_key="wrong")
    with pytest.raises(VendorError) as caught:
        submit(wrong, path=recording, multichannel=True)
    assert caught.value.code == "unauthorised"
    assert not caught.value.retryable


def test_a_transcript_that_does_not_exist_is_an_error(
    assemblyai_config: AssemblyAIConfig,
) -> None:
    with pytest.raises(VendorError):
        fetch(assemblyai_config, "no-such-transcript")


def test_values_newer_than_we_are_are_read_all_the_same() -> None:
    transcript = read(
        {
            "id": "t",
            "status": "completed",
            "speech_model": "universal-9",
            "utterances": [{"start": 1500, "end": 2250, "text": "Hm", "mood": {}}],
            "entities": [{"entity_type": "star_sign", "text": "Leo", "start": 1500}],
            "sentiment_analysis_results": None,
        }
    )
    assert (transcript.utterances[0].start, transcript.utterances[0].end) == (1.5, 2.25)
    assert transcript.entities[0].kind == "star_sign"
    assert transcript.sentiments == ()


def test_a_recording_in_which_nobody_speaks_is_told_apart(
    assemblyai_config: AssemblyAIConfig, tmp_path: Path
) -> None:
    path = tmp_path / "silence.wav"
    write_recording(path, np.zeros((16000, 2), np.int16))
    transcript_id = submit(assemblyai_config, path=path, multichannel=True)
    assert finished(assemblyai_config, transcript_id).is_silent


def test_an_answer_without_an_id_is_no_transcript() -> None:
    with pytest.raises(KeyError):
        read({"status": "completed"})
