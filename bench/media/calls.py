"""The calls that are to be connected: real ones for our doors, and others for whoever knows none."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bench.product import Product


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that waits for its stream."""

    sid: str
    token: str
    account: str


def known(running: Product) -> Callable[[int], list[Prepared]]:
    """Gives as many calls as it is asked for that the product knows, each with an agent on it."""

    def give(number: int) -> list[Prepared]:
        made = running.office("bench.media.office").do("made", count=number)
        return [Prepared(**one) for one in made]

    return give


def unreal(number: int) -> list[Prepared]:
    """Calls that no database knows."""
    return [
        Prepared(f"CA{secrets.token_hex(16)}", "", f"AC{secrets.token_hex(16)}")
        for _ in range(number)
    ]
