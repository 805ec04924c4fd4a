"""Keys and beeps are heard once each, and never in speech or music."""

import numpy as np
import pytest

from audio import mulaw
from simulators import voices
from simulators.tones import BeepEar, KeyEar

FRAME = mulaw.FRAME


def heard(ear: KeyEar | BeepEar, sound: bytes) -> list[str]:
    frames = (sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME))
    return [found for frame in frames if (found := ear.hear(frame))]


def shifted(sound: bytes, samples: int) -> bytes:
    return mulaw.SILENCE * samples + sound


@pytest.mark.parametrize("late", [0, 1, 53, 80, 159])
def test_every_key_is_heard_once_wherever_it_begins(late: int):
    pressed = "1234567890*#1155"
    sound = shifted(voices.keys(pressed), late)
    assert "".join(heard(KeyEar(), sound)) == pressed


def test_keys_are_heard_above_noise():
    sound = mulaw.decode(voices.keys("159#")).astype(np.float64)
    hiss = np.random.default_rng(1).normal(0, 400, sound.size)
    noisy = mulaw.encode(np.clip(sound + hiss, -32768, 32767).astype(np.int16))
    assert "".join(heard(KeyEar(), noisy)) == "159#"


def test_speech_and_music_are_no_keys_and_no_beep():
    text = "Thank you for calling Quick Parcels. Press 1 to track a parcel."
    speech = b"".join(
        voices.render(text, voice=voice).mulaw
        for voice in ("caller", "caller2", "agent", "agent2", "system", "sage")
    )
    for sound in (speech, voices.hold_music(), voices.ringback()):
        assert heard(KeyEar(), sound) == []
        assert heard(BeepEar(), sound) == []


def test_a_beep_is_heard_and_a_key_is_none():
    assert heard(BeepEar(), shifted(voices.beep(), 40)) == ["beep"]
    assert heard(BeepEar(), voices.keys("0123456789*#")) == []
    assert heard(KeyEar(), voices.beep()) == []
