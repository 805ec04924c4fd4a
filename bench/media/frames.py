"""The sound of the calls: real speech, in which every frame says whose it is and which.

Track and number stand in the lowest bits of a frame's first samples, where nobody hears
them. So whoever receives the sound knows of every frame whether it is the next one, and
whether it is as it was sent.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from audio import mulaw
from simulators import voices

# Bits, one in each of as many samples; together a multiple of 3 bytes, for base64.
_TRACK_BITS: Final = 13
_NUMBER_BITS: Final = 20
MARKED: Final = _TRACK_BITS + _NUMBER_BITS
LOWEST: Final = int.from_bytes(b"\x01" * MARKED)
# Said over and over, by both sides; no pause in it ends a turn.
_SAID: Final = (
    "I ordered the green lamp on Monday and it should have been here by now, so I would"
    " like to know where it is, and whether somebody can tell me when it arrives, for my"
    " mother has her birthday at the end of this week and I have nothing else for her."
)
# µ-law has two zeros, and whoever makes samples of it returns one.
_ONE_ZERO: Final = bytes.maketrans(b"\x7e\x7f", b"\xfe\xff")
# Quieter stretches are cut to this many frames.
_LONGEST_PAUSE: Final = 10
_QUIET: Final = 200.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A loop of frames: of each the marked samples, as a number without marks, and the rest."""

    heads: tuple[int, ...]
    rests: tuple[bytes, ...]
    encoded_rests: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.heads)

    def payload(self, number: int, track_marks: int) -> bytes:
        """A track's frame, in base64."""
        place = number % len(self.heads)
        head = self.heads[place] | track_marks | number_marks(number)
        return b64encode(head.to_bytes(MARKED)) + self.encoded_rests[place]

    def is_frame(self, frame: bytes, number: int, marks: int) -> bool:
        """Whether this is that frame of that track, bit by bit."""
        place = number % len(self.heads)
        head = self.heads[place] | marks | number_marks(number)
        return (
            int.from_bytes(frame[:MARKED]) == head
            and frame[MARKED:] == self.rests[place]
        )


def spoken() -> Sound:
    """Render it."""
    sound = voices.render(_SAID, voice="caller").mulaw
    size = mulaw.FRAME
    frames: list[bytes] = []
    pause = 0
    for start in range(0, len(sound) - size + 1, size):
        frame = sound[start : start + size].translate(_ONE_ZERO)
        samples = mulaw.decode(frame).astype(np.float64)
        pause = pause + 1 if np.sqrt((samples**2).mean()) < _QUIET else 0
        if pause <= _LONGEST_PAUSE:
            frames.append(frame)
    return Sound(
        tuple(int.from_bytes(frame[:MARKED]) & ~LOWEST for frame in frames),
        tuple(frame[MARKED:] for frame in frames),
        tuple(b64encode(frame[MARKED:]) for frame in frames),
    )


@cache
def track_marks(track: int) -> int:
    """The marks of a track."""
    return _spread(track) << 8 * _NUMBER_BITS


@cache
def number_marks(number: int) -> int:
    """The marks of a frame's number."""
    return _spread(number)


def read(frame: bytes) -> tuple[int, int]:
    """Track and number of a frame, as it says itself."""
    bits = int.from_bytes(frame[:MARKED]) & LOWEST
    whole = sum((bits >> 8 * place & 1) << place for place in range(MARKED))
    return whole >> _NUMBER_BITS, whole & (1 << _NUMBER_BITS) - 1


def _spread(number: int) -> int:
    return sum((number >> bit & 1) << 8 * bit for bit in range(number.bit_length()))
