"""Whom we can ring and how they pick up; what is said afterwards is not known here."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulators.twilio.legs import Leg, Party
from simulators.twilio.names import identity_of


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that answers, and the seconds until its greeting and its beep are over."""

    party: Party
    greeting_seconds: float


# What happens when we ring somebody: a party, a machine, a refusal by name, or nobody (busy).
Pickup = Party | Machine | str | None
Answerer = Callable[[Leg], Pickup | Awaitable[Pickup]]

# How long the phone of an unknown number rings before the network gives up.
RING_OUT = 5.0


class Directory:
    """The clients that are registered, by identity, and the telephones, by number."""

    def __init__(self) -> None:
        self.clients: dict[str, Answerer] = {}
        self.phones: dict[str, Answerer] = {}

    def can_ring(self, to: str) -> bool:
        """Whether there is anything to ring; every telephone number rings somewhere."""
        identity = identity_of(to)
        return identity is None or identity in self.clients

    async def pick_up(self, leg: Leg) -> Pickup:
        """Let it ring until somebody decides."""
        identity = identity_of(leg.to)
        answerer = (
            self.phones.get(leg.to) if identity is None else self.clients.get(identity)
        )
        if answerer is None:
            await asyncio.sleep(RING_OUT)
            return "no-answer"
        picked = answerer(leg)
        if isinstance(picked, Awaitable):
            return await picked
        return picked
