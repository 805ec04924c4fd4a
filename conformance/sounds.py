"""What stands in the two channels of a made-up call, and the truth about it; deterministic.

Speech is rendered by espeak-ng, noise by a seeded generator. The truth about a voice is
taken from its own sound before anything was added to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from audio.intervals import Interval
from simulators import music, voices
from simulators.truth import voicing

Sound = NDArray[np.float64]
Noise = Literal["white", "pink", "rumble", "street", "babble"]

# RMS of a voice as it is rendered, 20 dB below full scale.
VOICE_LEVEL: Final = 32768 * 10 ** (-20 / 20)
_BABBLE: Final = (
    "I told him that we would be there at nine and he never called us back.",
    "The second box goes to the third floor, and the small ones stay down here.",
    "Have you seen what they did with the schedule for next month?",
    "No, it was the other one, with the blue label on the left side.",
)


@dataclass(slots=True)
class Channel:
    """One side of a line: sounds laid over each other, and where in them is a voice."""

    seconds: float
    sound: Sound = field(init=False)
    speech: list[Interval] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with digital silence."""
        self.sound = np.zeros(round(self.seconds * mulaw.RATE))

    def say(self, text: str, voice: str, at: float, gain: float = 0.0) -> float:
        """A voice, `gain` decibels above the usual; returns the second at which it ends."""
        samples = mulaw.decode(voices.render(text, voice=voice).mulaw)
        parts = voicing(samples).segments
        self.lay(samples * 10 ** (gain / 20), at)
        self.speech += [Interval(at + part.start, at + part.end) for part in parts]
        return at + parts[-1].end

    def play(self, sound: bytes, at: float, gain: float = 0.0) -> None:
        """Something that is no voice, as µ-law."""
        self.lay(mulaw.decode(sound) * 10 ** (gain / 20), at)

    def lay(self, samples: NDArray[np.floating] | NDArray[np.int16], at: float) -> None:
        """Add samples; what goes beyond the end is lost."""
        start = round(at * mulaw.RATE)
        room = self.sound[start : start + samples.size]
        room += samples[: room.size]

    def cut(self, seconds: float) -> None:
        """It ends there."""
        self.sound = self.sound[: round(seconds * mulaw.RATE)]
        self.seconds = self.sound.size / mulaw.RATE

    def add_noise(self, kind: Noise, ratio: float, seed: int) -> None:
        """Noise all the time, `ratio` decibels below a voice."""
        level = VOICE_LEVEL * 10 ** (-ratio / 20)
        self.sound += noise(kind, self.sound.size, seed) * level

    def comfort(self, ratio: float, seed: int, hang: float = 0.3) -> None:
        """White noise, so far below a voice, in place of whatever sounds while nobody speaks."""
        hiss = noise("white", self.sound.size, seed) * (
            VOICE_LEVEL * 10 ** (-ratio / 20)
        )
        free = np.ones(self.sound.size, bool)
        for start, end in self.speech:
            first, last = start - 0.05, end + hang
            free[round(max(first, 0) * mulaw.RATE) : round(last * mulaw.RATE)] = False
        self.sound[free] = hiss[free]


def on_the_line(channels: Iterable[Channel]) -> NDArray[np.uint8]:
    """(frames, channels) of µ-law codes."""
    columns = [
        np.frombuffer(
            mulaw.encode(
                np.clip(np.rint(channel.sound), -32768, 32767).astype(np.int16)
            ),
            np.uint8,
        )
        for channel in channels
    ]
    return np.stack(columns, axis=1)


def noise(kind: Noise, count: int, seed: int) -> Sound:
    """So many samples with an RMS of 1."""
    made = _babble(count, seed) if kind == "babble" else _coloured(kind, count, seed)
    level = float(np.sqrt(np.mean(made**2)))
    return made / level


def ringing(seconds: float) -> bytes:
    """What a caller hears while it rings."""
    return music.ringback(seconds)


def hold_music(seconds: float) -> bytes:
    """A tune for those who wait."""
    return music.hold_music(seconds)


def keys(digits: str) -> bytes:
    """Telephone keys being pressed."""
    return music.keys(digits)


def _coloured(kind: Noise, count: int, seed: int) -> Sound:
    chance = np.random.default_rng(seed)
    white = chance.standard_normal(count)
    if kind == "white":
        return white
    spectrum = np.fft.rfft(white)
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / mulaw.RATE), 30)
    slope = 1.0 if kind == "rumble" else 0.5
    made: Sound = np.fft.irfft(spectrum / hertz**slope, count)
    if kind == "street":
        # Cars go by: the level swells and falls by 6 dB within some seconds.
        time = np.arange(count) / mulaw.RATE
        swell = np.sin(2 * np.pi * time / 7.3 + seed) * np.sin(2 * np.pi * time / 11.9)
        made = made * 10 ** (3 * swell / 20)
    return made


def _babble(count: int, seed: int) -> Sound:
    """Four people talk at other desks, all the time."""
    made = np.zeros(count)
    for number, voice in enumerate(("caller2", "agent2", "nova", "sage")):
        said = [
            mulaw.decode(voices.render(text, voice=voice).mulaw).astype(float)
            for text in _BABBLE
        ]
        loop = np.concatenate(said[number:] + said[:number])
        made += np.roll(np.resize(loop, count), seed * 997)
    return made
