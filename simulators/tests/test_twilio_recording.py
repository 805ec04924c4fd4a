"""Recordings without any call: channels, pauses, trimming, nothing at all."""

import wave
from pathlib import Path

import numpy as np
import pytest

from audio import mulaw
from simulators.twilio.player import SILENT
from simulators.twilio.recording import Recording, Wanted, as_mono

SAID = bytes([0x10, 0x90]) * 80
HEARD = bytes([0x22, 0xA2]) * 80


def channels(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getframerate() == 8000
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels()).T


def recording(tmp_path: Path, **wanted: object) -> Recording:
    return Recording(Wanted(source="OutboundAPI", **wanted), "CA1", tmp_path)


def test_the_first_channel_is_what_is_said_and_the_second_what_is_heard(tmp_path: Path):
    made = recording(tmp_path)
    for _ in range(120):
        made.tap(SAID, HEARD)
    made.finish()
    left, right = channels(made.path)
    assert left.tolist() == mulaw.decode(SAID * 120).tolist()
    assert right.tolist() == mulaw.decode(HEARD * 120).tolist()
    assert (made.status, made.duration) == ("completed", 2)


@pytest.mark.parametrize(("behavior", "length"), [("silence", 30), ("skip", 20)])
def test_a_pause_leaves_silence_or_nothing(tmp_path: Path, behavior: str, length: int):
    made = recording(tmp_path)
    for _ in range(10):
        made.tap(SAID, HEARD)
    made.pause(behavior)
    for _ in range(10):
        made.tap(SAID, HEARD)
    made.resume()
    for _ in range(10):
        made.tap(SAID, HEARD)
    made.finish()
    left = channels(made.path)[0]
    assert len(left) == length * 160
    if behavior == "silence":
        assert not left[1600:3200].any()


def test_trimming_cuts_the_quiet_ends_and_nothing_between(tmp_path: Path):
    made = recording(tmp_path, trim=True)
    for frame in [SILENT] * 70 + [SAID] * 5 + [SILENT] * 70 + [SAID] + [SILENT] * 99:
        made.tap(frame, SILENT)
    made.finish()
    assert channels(made.path).shape[1] == 76 * 160


def test_silence_trimmed_away_is_absent(tmp_path: Path):
    made = recording(tmp_path, trim=True)
    made.tap(SILENT, SILENT)
    made.finish()
    assert made.status == "absent"
    assert not made.path.exists()


def test_one_channel_holds_both_voices(tmp_path: Path):
    made = recording(tmp_path, channels=1)
    made.tap(SAID, SILENT)
    made.tap(SILENT, HEARD)
    made.finish()
    assert channels(made.path)[0].tolist() == mulaw.decode(SAID + HEARD).tolist()


def test_two_channels_can_be_had_as_one(tmp_path: Path):
    made = recording(tmp_path)
    made.tap(SAID, SILENT)
    made.finish()
    mono = tmp_path / "mono.wav"
    mono.write_bytes(as_mono(made.path))
    assert channels(mono)[0].tolist() == mulaw.decode(SAID).tolist()
