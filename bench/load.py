"""Whether a load generator kept up with what it was to generate: its lateness and its CPU."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.tables import percentile

# Beyond these a generator measures itself: a quarter of a frame of 20 ms, and a core that
# is so busy that what arrives waits for it.
LATEST_SECONDS: Final = 0.005
BUSIEST: Final = 0.8
# The databases and the office share the generator's core: they wait for it, not it for them.
_NICENESS: Final = -15


@dataclass(slots=True)
class Load:
    """One stretch of load. Seconds; CPU time is of all the generator's processes."""

    late: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def late_p99(self) -> float | None:
        """How late the messages were sent, against their plan."""
        return percentile(self.late, 0.99)

    @property
    def cpu(self) -> float:
        """The share of one core that was used."""
        return self.cpu_seconds / self.seconds if self.seconds else 0.0

    def add(self, more: "Load") -> None:
        """Another stretch, which is a part of this one."""
        self.late += more.late
        self.cpu_seconds += more.cpu_seconds
        self.seconds += more.seconds

    def troubles(self, name: str) -> list[str]:
        """Why what was measured under this load counts for nothing, if it does."""
        return self.lateness(name) + self.business(name)

    def lateness(self, name: str) -> list[str]:
        """The one reason: it sent nothing, or too late."""
        late = self.late_p99
        if late is None:
            return [f"{name}: the load generator sent nothing."]
        if late <= LATEST_SECONDS:
            return []
        return [
            f"{name}: the load generator was late itself, by {late * 1000:.1f} ms"
            f" (p99; at most {LATEST_SECONDS * 1000:.0f} ms)."
        ]

    def business(self, name: str) -> list[str]:
        """The other: what arrived had to wait for it."""
        if self.cpu <= BUSIEST:
            return []
        return [
            f"{name}: the load generator was busy itself, {self.cpu:.0%} of a core"
            f" (at most {BUSIEST:.0%})."
        ]


@contextmanager
def generating(processes: Iterable[int] = ()) -> Iterator[Load]:
    """Measures the CPU of this process, and of those by their ids, until the end.

    Until then this process comes first on its core, where we may ask for that.
    """
    load = Load()
    others = tuple(processes)
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    begun, used = time.monotonic(), _used(others)
    try:
        yield load
    finally:
        load.seconds = time.monotonic() - begun
        load.cpu_seconds = _used(others) - used
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def cpu_seconds(process: int) -> float | None:
    """What a process and its threads have used; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _used(others: Iterable[int]) -> float:
    return time.process_time() + sum(cpu_seconds(one) or 0.0 for one in others)
