"""The calls that are to be connected: real ones for our doors, and others for whoever knows none."""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.machine import ROOT

# So many are made at once, for the process that makes them takes seconds to start.
_BATCH: Final = 40


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that waits for its stream."""

    sid: str
    token: str
    account: str


def office(environment: dict[str, str]) -> Callable[[int], list[Prepared]]:
    """Gives as many calls as it is asked for that the product knows, each with an agent on it."""
    spare: list[Prepared] = []

    def give(number: int) -> list[Prepared]:
        if len(spare) < number:
            spare.extend(_made(environment, max(_BATCH, number - len(spare))))
        given = spare[:number]
        del spare[:number]
        return given

    return give


def _made(environment: dict[str, str], number: int) -> list[Prepared]:
    command = [sys.executable, "-m", "bench.media.office", str(number)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return [Prepared(**one) for one in json.loads(done.stdout)]


def unreal(number: int) -> list[Prepared]:
    """Calls that no database knows."""
    return [
        Prepared(f"CA{secrets.token_hex(16)}", "", f"AC{secrets.token_hex(16)}")
        for _ in range(number)
    ]
