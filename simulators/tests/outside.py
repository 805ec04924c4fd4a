"""The simulators, started for one test on a free port of this process."""

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from simulators import faults, server


@dataclass(frozen=True, slots=True)
class Address:
    """Where the started simulators listen."""

    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Address]:
    """Serve until the test is over; no fault outlives it."""
    port = free_port()
    config = server.Config(port=port, web="http://127.0.0.1:9", data=folder)
    try:
        async with contextlib.asynccontextmanager(server.serve)(config):
            yield Address(port)
    finally:
        faults.board.clear()
