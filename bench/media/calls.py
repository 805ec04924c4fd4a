"""The calls that are to be connected: real ones for our doors, and others for whoever knows none."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from bench import orders


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that waits for its stream."""

    sid: str
    token: str
    account: str


@contextlib.contextmanager
def office(environment: dict[str, str]) -> Iterator[Callable[[int], list[Prepared]]]:
    """Gives as many calls as it is asked for that the product knows, each with an agent on it."""
    with contextlib.ExitStack() as stack:

        @cache
        def opened() -> orders.Office:
            """When somebody asks for the first time: it takes seconds to start."""
            return stack.enter_context(orders.opened("bench.media.office", environment))

        yield lambda number: [
            Prepared(**one) for one in opened().do("made", count=number)
        ]


def unreal(number: int) -> list[Prepared]:
    """Calls that no database knows."""
    return [
        Prepared(f"CA{secrets.token_hex(16)}", "", f"AC{secrets.token_hex(16)}")
        for _ in range(number)
    ]
