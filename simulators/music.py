"""What a telephone plays that is not speech: music on hold, ringing, a beep, keys."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from simulators import recogniser

_BEAT = 0.5
# A slow turn in C: each bar a chord of three notes and a melody of four (MIDI numbers).
_BARS: Final = (
    ((48, 55, 64), (76, 79, 84, 79)),
    ((45, 52, 60), (76, 72, 76, 81)),
    ((41, 53, 57), (77, 81, 77, 72)),
    ((43, 50, 59), (74, 79, 71, 74)),
)
_LOUDNESS = 10 ** (-24 / 20)
# Each key is the sum of its row's tone and its column's, in hertz (ITU-T Q.23).
_KEYPAD: Final = {
    key: (row, column)
    for row, line in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for column, key in zip((1209, 1336, 1477, 1633), line, strict=True)
}
_KEY_SECONDS: Final = 0.1
_WAITS: Final = {"w": 0.5, "W": 1.0}


@lru_cache(maxsize=8)
def hold_music(seconds: float = 32.0) -> bytes:
    """µ-law music in whole frames; the tune is 8 s long and then begins again."""
    frames = round(seconds * mulaw.RATE / mulaw.FRAME)
    tune = _known(_tune())
    repeats = -(-frames * mulaw.FRAME // len(tune))
    return (tune * repeats)[: frames * mulaw.FRAME]


@lru_cache(maxsize=8)
def ringback(seconds: float = 6.0) -> bytes:
    """What a caller hears while it rings: two seconds of tone, four of silence."""
    time = np.arange(round(seconds * mulaw.RATE)) / mulaw.RATE
    tone = np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)
    return _known(_encoded(tone * (time % 6 < 2) * 0.1))


@lru_cache(maxsize=8)
def beep(seconds: float = 0.4, hertz: float = 1000.0) -> bytes:
    """The tone before a recording starts."""
    time = np.arange(round(seconds * mulaw.RATE)) / mulaw.RATE
    edge = np.clip(np.minimum(time, seconds - time) / 0.01, 0, 1)
    return _known(_encoded(np.sin(2 * np.pi * hertz * time) * edge * 0.2))


@lru_cache(maxsize=1)
def cough() -> bytes:
    """Somebody coughs twice: bursts of breath, as loud as a voice and without a pitch."""
    chance = np.random.default_rng(4711)
    time = np.arange(round(0.56 * mulaw.RATE)) / mulaw.RATE
    breath = np.convolve(
        chance.standard_normal(time.size), [0.3, 0.5, 0.5, 0.3], "same"
    )
    level = np.zeros(time.size)
    for start, strength in ((0.0, 1.0), (0.28, 0.7)):
        since = time - start
        level += strength * (since >= 0) * np.exp(-np.maximum(since, 0) * 14)
    return _known(_encoded(breath * level * 0.4))


def keys(digits: str) -> bytes:
    """Telephone keys as tones, a tenth of a second each and apart; w and W only wait."""
    return b"".join(_key(digit) for digit in digits)


@lru_cache(maxsize=32)
def _key(digit: str) -> bytes:
    if digit in _WAITS:
        return mulaw.SILENCE * round(_WAITS[digit] * mulaw.RATE)
    time = np.arange(round(_KEY_SECONDS * mulaw.RATE)) / mulaw.RATE
    low, high = _KEYPAD[digit.upper()]
    tone = np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time)
    return _known(_encoded(tone * 0.15)) + mulaw.SILENCE * time.size


def _tune() -> bytes:
    bar = 4 * _BEAT
    music = np.zeros(round(len(_BARS) * bar * mulaw.RATE))
    for number, (chord, melody) in enumerate(_BARS):
        for note in chord:
            _add(music, number * bar, note, bar, 0.35)
        for beat, note in enumerate(melody):
            _add(music, number * bar + beat * _BEAT, note, 2 * _BEAT, 0.5)
    level = float(np.sqrt(np.mean(music**2)))
    return _encoded(music * (_LOUDNESS / level))


def _add(
    music: NDArray[np.float64], at: float, note: int, seconds: float, gain: float
) -> None:
    """One struck note, its tail carried over the end of the tune to its beginning."""
    hertz = 440 * 2 ** ((note - 69) / 12)
    time = np.arange(round(seconds * mulaw.RATE)) / mulaw.RATE
    overtones = (np.sin(2 * np.pi * hertz * k * time) / k**2 for k in (1, 2, 3))
    fading = np.exp(-time * 3 / seconds) * np.clip(time / 0.01, 0, 1)
    fading *= np.clip((seconds - time) / 0.05, 0, 1)
    places = (round(at * mulaw.RATE) + np.arange(time.size)) % music.size
    music[places] += gain * fading * sum(overtones)


def _encoded(samples: NDArray[np.float64]) -> bytes:
    sound = mulaw.encode((np.clip(samples, -1, 1) * 32767).astype(np.int16))
    return sound + mulaw.SILENCE * (-len(sound) % mulaw.FRAME)


def _known(sound: bytes) -> bytes:
    """Tell the recogniser that this is nothing to listen to."""
    recogniser.bank.add_noise(sound)
    return sound
