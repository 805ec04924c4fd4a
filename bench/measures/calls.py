"""Calls to be measured whose truth is known: who speaks when, what is held, where nobody speaks."""

from dataclasses import dataclass
from itertools import cycle
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.metrics import AGENT, CALLER, Facts, Result, measure
from audio.intervals import Interval
from conformance.sounds import (
    Channel,
    Noise,
    hold_music,
    keys,
    on_the_line,
    ringing,
)

CALLERS: Final = ("caller", "caller2", "nova", "onyx", "coral", "cedar")
AGENTS: Final = ("agent", "agent2", "sage", "echo", "shimmer", "ash")
_CALLER_SAYS: Final = (
    "Hello, I am calling about my order.",
    "It should have been here on Tuesday, and it is Friday now.",
    "Yes.",
    "The number is four seven one, nine two, zero six.",
    "No, nobody has written to me. I looked in the other mailbox too.",
    "Okay, thank you.",
    "Could you send it to my office instead? I am there until six every day.",
    "Hm, I see.",
)
_AGENT_SAYS: Final = (
    "Good morning, thank you for calling. How can I help you?",
    "I am sorry to hear that. Let me look it up for you.",
    "One moment, please.",
    "I can see it here. The parcel is still in our house in Denver.",
    "Sure.",
    "It leaves tonight, and it will be with you on Monday before noon.",
    "Is there anything else that I can do for you today?",
    "I have changed the address, and you will get a message with the new date.",
)
# No silence is as long as the threshold give or take half a second: there a correct
# ear and a perfect one may differ.
_SHORT: Final = (0.25, 0.5, 0.8, 1.2, 1.9, 2.4)
_DEAD: Final = (3.6, 4.5, 6.0, 9.0)
_CONNECTED: Final = 7.0
_HOLD: Final = 12.0
_TURNS: Final = 26


@dataclass(frozen=True, slots=True)
class Line:
    """What a call sounds like."""

    name: str
    noise: Noise | None = None
    ratio: float = 0.0
    comfort: bool = False
    has_dead_air: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`codes` are (frames, 2) of µ-law, the caller first; `truth` is what a perfect ear measures."""

    line: Line
    seed: int
    codes: NDArray[np.uint8]
    facts: Facts
    truth: Result

    def measured(self, speech: dict[str, list[Interval]]) -> Result:
        """The measures from what somebody heard."""
        known = self.facts
        return measure(
            Facts(known.duration, known.connected, known.holds, speech=speech)
        )


def made(line: Line, seed: int) -> Call:
    """A call of some three minutes: it rings, they talk, one hold with music, keys are pressed."""
    chance = np.random.default_rng(seed)
    caller, agent = Channel(600), Channel(600)
    agent.play(ringing(_CONNECTED), 0)
    people = {
        CALLER: (caller, CALLERS[seed % len(CALLERS)], cycle(_CALLER_SAYS)),
        AGENT: (agent, AGENTS[(seed // 2) % len(AGENTS)], cycle(_AGENT_SAYS)),
    }
    now, hold, who = _CONNECTED + 0.5, Interval(0, 0), AGENT
    for turn in range(_TURNS):
        channel, voice, texts = people[who]
        now = channel.say(next(texts), voice, round(now, 2))
        if turn == _TURNS // 2:
            hold = Interval(now + 0.8, now + 0.8 + _HOLD)
            # Telephony's word comes a moment after the music.
            agent.play(hold_music(_HOLD + 0.1), hold.start - 0.1)
            now = hold.end
        gap = _gap(turn, line, chance)
        if gap > _DEAD[0] and turn % 8 == 2:
            caller.play(keys("471#"), now + 1.0)
        now = max(now + gap, 0)
        who = CALLER if who == AGENT or chance.random() < 0.2 else AGENT
    length = now + 1.0
    for number, channel in enumerate((caller, agent)):
        channel.cut(length)
        if line.comfort:
            channel.comfort(line.ratio, seed * 2 + number)
        elif line.noise:
            channel.add_noise(line.noise, line.ratio, seed * 2 + number)
    facts = Facts(
        duration=length,
        connected={AGENT: [Interval(_CONNECTED, length)]},
        holds=[hold],
        speech={CALLER: caller.speech, AGENT: agent.speech},
    )
    codes = on_the_line((caller, agent))
    return Call(line, seed, codes, facts, measure(facts))


def _gap(turn: int, line: Line, chance: np.random.Generator) -> float:
    if line.has_dead_air and turn % 4 == 2:
        return float(chance.choice(_DEAD))
    if turn % 6 == 3:
        return -0.7  # the other does not wait for the end
    return float(chance.choice(_SHORT))
