"""Makes the clips and what is expected of them again: `python -m conformance.make`; it measures no sound."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from analytics.metrics import (
    AGENT,
    CALLER,
    EVERYBODY,
    Facts,
    Result,
    Thresholds,
    measure,
)
from audio import mulaw
from audio.activity import DROPPED_BELOW, JOINED_BELOW
from audio.intervals import Interval, at_least, close_gaps
from conformance.sounds import Channel, Noise, hold_music, keys, on_the_line

FOLDER: Final = Path(__file__).parent
CLIPS: Final = FOLDER / "clips"
EXPECTED: Final = FOLDER / "expected.json"

# Seconds, or a share of the expected value if that is more.
TOLERANCES: Final = {
    "boundary_median": 0.15,
    "boundary": 0.3,
    "share": 0.03,
    "seconds": 0.15,
    "hold_time": 0.01,
    "longest_hold": 0.01,
    "talk_time": 0.35,
    "talk_share": 0.03,
    "overlap_time": 0.3,
    "response_time_median": 0.3,
}
_COMPARED: Final = (
    "hold_time",
    "hold_count",
    "longest_hold",
    "dead_air_time",
    "dead_air_count",
    "longest_dead_air",
    "talk_time",
    "talk_share",
    "overlap_time",
    "interruptions",
    "response_time_median",
)
_ASKS: Final = "Where is the parcel that I ordered?"
_GREETS: Final = "How can I help you today?"
_LOOKS: Final = "It leaves our house tonight."
_THANKS: Final = "Thank you very much."


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: its two sides, and what telephony tells of it."""

    name: str
    why: str
    caller: Channel
    agent: Channel
    holds: tuple[Interval, ...] = ()
    is_mono: bool = False

    @property
    def codes(self) -> NDArray[np.uint8]:
        """(frames, channels) of µ-law."""
        if not self.is_mono:
            return on_the_line((self.caller, self.agent))
        mixed = replace(self.caller)
        mixed.sound = self.caller.sound + self.agent.sound
        return on_the_line((mixed,))

    @property
    def expected(self) -> Result:
        """What a perfect ear measures."""
        voices = {CALLER: self.caller.speech, AGENT: self.agent.speech}
        if self.is_mono:
            voices = {EVERYBODY: self.caller.speech + self.agent.speech}
        speech = {
            who: at_least(close_gaps(parts, JOINED_BELOW), DROPPED_BELOW)
            for who, parts in voices.items()
        }
        facts = Facts(self.caller.seconds, None, self.holds, speech=speech)
        return measure(facts)


def clips() -> list[Clip]:
    """All of them."""
    return [
        _talk("clean", "Dead air of 3.6 s that the agent owes; nothing else sounds."),
        _talk(
            "noise-10", "The same in noise 10 dB below the voices.", _noise("pink", 10)
        ),
        _talk(
            "no-dead-air",
            "Pauses of 2.5 s in noise: nothing is dead air.",
            _noise("pink", 10),
            pause=2.5,
        ),
        _talk(
            "comfort-noise",
            "The line is silent while somebody speaks and hisses when nobody does.",
            _comfort,
        ),
        _on_hold(),
        _together(),
        _pressing(),
        _echoing(),
        replace(
            _talk("mono", "One channel carries both: no measure by speaker."),
            is_mono=True,
        ),
    ]


def expectations() -> dict[str, Any]:
    """The whole of expected.json."""
    return {
        "thresholds": measure(Facts(1.0, None, ()), Thresholds()).thresholds_as_json(),
        "tolerances": TOLERANCES,
        "clips": [_expectation(clip) for clip in clips()],
    }


def main() -> None:
    CLIPS.mkdir(exist_ok=True)
    for clip in clips():
        samples = mulaw.decode(clip.codes.tobytes()).reshape(clip.codes.shape)
        file = CLIPS / f"{clip.name}.wav"
        soundfile.write(file, samples, mulaw.RATE, "ULAW", format="WAV")
    EXPECTED.write_text(json.dumps(expectations(), indent=1) + "\n")


def _expectation(clip: Clip) -> dict[str, Any]:
    result = clip.expected.as_json()
    return {
        "file": f"clips/{clip.name}.wav",
        "why": clip.why,
        "holds": [list(hold) for hold in clip.holds],
        "figures": {name: result["figures"][name] for name in _COMPARED},
        "speech": result["speech"],
        "dead_air": [[part["start"], part["end"]] for part in result["dead_air"]],
    }


def _talk(
    name: str,
    why: str,
    spoil: Callable[[Channel, int], None] | None = None,
    pause: float = 3.6,
) -> Clip:
    caller, agent = Channel(60), Channel(60)
    now = agent.say(_GREETS, "agent", 1.0)
    now = caller.say(_ASKS, "caller", now + 0.8)
    now = agent.say(_LOOKS, "agent", now + pause)
    now = caller.say(_THANKS, "caller", now + 0.6)
    return _ended(Clip(name, why, caller, agent), now, spoil)


def _on_hold() -> Clip:
    caller, agent = Channel(60), Channel(60)
    now = agent.say("One moment, please.", "agent2", 1.0)
    hold = Interval(round(now + 1.0, 2), round(now + 6.0, 2))
    agent.play(hold_music(hold.length), hold.start)
    now = agent.say(_LOOKS, "agent2", hold.end + 1.0)
    now = caller.say(_THANKS, "caller2", now + 0.6)
    why = "Five seconds of music on hold: no speech, no silence, and no dead air."
    clip = Clip("hold-music", why, caller, agent, holds=(hold,))
    return _ended(clip, now, _noise("pink", 28))


def _together() -> Clip:
    caller, agent = Channel(60), Channel(60)
    now = agent.say(
        "It leaves our house tonight on the last truck to Denver.", "agent", 1.0
    )
    now = max(now, caller.say(_ASKS, "caller2", now - 1.2))
    now = agent.say(_LOOKS, "agent", now + 0.5)
    caller.say("Yes.", "caller2", now - 0.35)
    why = "The caller interrupts once; the second time is too short to count."
    return _ended(Clip("overlap", why, caller, agent), now + 0.3, _noise("pink", 28))


def _pressing() -> Clip:
    caller, agent = Channel(60), Channel(60)
    now = agent.say("Please enter your number.", "agent2", 1.0)
    caller.play(keys("4711#"), now + 2.0)
    now = agent.say(_LOOKS, "agent2", now + 5.0)
    now = caller.say(_THANKS, "caller", now + 0.6)
    why = "Keys are pressed in a silence: they are no speech, and it is dead air."
    return _ended(Clip("keys", why, caller, agent), now, _noise("pink", 28))


def _echoing() -> Clip:
    caller, agent = Channel(60), Channel(60)
    # What is faint cannot be known before the line has had a voice.
    now = caller.say(_ASKS, "caller", 0.3)
    now = agent.say(_GREETS, "agent", now + 0.8)
    now = agent.say(_LOOKS, "agent", now + 0.5)
    now = caller.say(_THANKS, "caller", now + 3.6)
    caller.lay(agent.sound * 10 ** (-38 / 20), 0.06)
    why = (
        "The agent's echo, 38 dB fainter, is in the caller's channel: no speech there."
    )
    return _ended(Clip("echo", why, caller, agent), now, None)


def _ended(
    clip: Clip, now: float, spoil: Callable[[Channel, int], None] | None
) -> Clip:
    for number, channel in enumerate((clip.caller, clip.agent)):
        channel.cut(now + 0.5)
        if spoil is not None:
            spoil(channel, number)
    return clip


def _noise(kind: Noise, ratio: float) -> Callable[[Channel, int], None]:
    return lambda channel, number: channel.add_noise(kind, ratio, 40 + number)


def _comfort(channel: Channel, number: int) -> None:
    channel.comfort(45, 60 + number)


if __name__ == "__main__":
    main()
