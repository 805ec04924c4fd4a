"""The sounds that Twilio makes by itself; speech comes from the voices."""

import asyncio
from typing import Protocol

from simulators import voices


class Sounds(Protocol):
    """Whatever can be played without the product: all are 8 kHz µ-law bytes."""

    async def say(self, text: str, language: str) -> bytes: ...

    def hold_music(self) -> bytes: ...

    def beep(self) -> bytes: ...

    def ringback(self) -> bytes: ...

    def keys(self, digits: str) -> bytes: ...


class Voices:
    """The sounds of the simulators' own voices, which the recognisers know."""

    async def say(self, text: str, language: str) -> bytes:
        # Rendering takes milliseconds of processor, which the 20 ms clock cannot spare.
        speech = await asyncio.to_thread(
            voices.render, text, voice="system", language=language
        )
        return speech.mulaw

    def hold_music(self) -> bytes:
        return voices.hold_music()

    def beep(self) -> bytes:
        return voices.beep()

    def ringback(self) -> bytes:
        return voices.ringback()

    def keys(self, digits: str) -> bytes:
        return voices.keys(digits)
