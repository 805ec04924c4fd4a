"""What is said in the calls that are measured, and where in it speech begins and ends."""

import math
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from audio import activity, mulaw
from copilot.turns import SILENCE
from simulators import voices

FRAME_SECONDS: Final = mulaw.FRAME / mulaw.RATE

# Said by the caller, into the assistant's words. Short: a turn is over sooner.
CALLER: Final = "Where is my lamp?"
# What the assistant's model writes: one clause, so that one request makes its speech.
REPLY: Final = "Your lamp arrives on Monday morning."
# How the assistant's speech sounds, whatever it says: long enough to be interrupted.
SOUND: Final = (
    "Your lamp has left our house and is on its way to you, and it arrives on Monday"
    " morning, as we have written to you in the letter of last week."
)
_BEFORE: Final = 100
_AFTER: Final = 50


@dataclass(frozen=True, slots=True)
class Script:
    """Frames in base64, as they travel; numbers of frames count from the first spoken one.

    Our own detector is sure of the voice with frame `sure_at`. Where it then hears the
    voice end is known with frame `ends_in`, `ends_early` seconds before the last sound,
    and with frame `over_at` it has been silent for as long as ends a turn.
    """

    spoken: tuple[str, ...]
    silent: str
    sure_at: int
    ends_in: int
    ends_early: float
    over_at: int
    speech: bytes


def written() -> Script:
    """Render it, and hear where our detector finds it to begin and end."""
    sound = voices.render(CALLER, voice="caller").mulaw
    frames = [
        sound[start : start + mulaw.FRAME]
        for start in range(0, len(sound), mulaw.FRAME)
    ]
    sure_at, end = _heard(frames)
    return Script(
        spoken=tuple(_encoded(frame) for frame in frames),
        silent=_encoded(mulaw.SILENCE * mulaw.FRAME),
        sure_at=sure_at,
        ends_in=_known_with(end),
        over_at=_known_with(end + SILENCE),
        ends_early=len(frames) * FRAME_SECONDS - end,
        speech=voices.render(SOUND, voice="alloy").samples24k.astype("<i2").tobytes(),
    )


def _heard(frames: list[bytes]) -> tuple[int, float]:
    """With which frame the detector is sure of the voice, and at which second it ends."""
    detector = activity.Detector()
    silence = mulaw.SILENCE * mulaw.FRAME
    track = [silence] * _BEFORE + frames + [silence] * _AFTER
    sure_at: int | None = None
    end = 0.0
    for number, frame in enumerate(track, start=-_BEFORE):
        for event in detector.feed(mulaw.decode(frame)):
            if isinstance(event, activity.SpeechStopped):
                end = event.at - _BEFORE * FRAME_SECONDS
            elif sure_at is None:
                sure_at = number
    if sure_at is None or end <= 0.0:
        raise RuntimeError("our detector hears no speech in the script")
    return sure_at, end


def _known_with(second: float) -> int:
    """The frame with which the sound up to there has been sent."""
    return math.ceil(round(second / FRAME_SECONDS, 6)) - 1


def _encoded(frame: bytes) -> str:
    return b64encode(frame).decode()
