"""The calls that are to be connected: real ones for our doors, and others for whoever knows none."""

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass

from bench.machine import ROOT


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that waits for its stream."""

    sid: str
    token: str
    account: str


def prepared(environment: dict[str, str], number: int) -> list[Prepared]:
    """So many calls that the product knows, each with an agent on it."""
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
