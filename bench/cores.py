"""Which core does what: the product has the first to itself, the load generator the second."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def shared_out() -> tuple[int, int] | None:
    """The product's core and the generator's; None where there are not two, or no choice."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else None


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Who is started in here runs on that core, as we do until the end; None: on any."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def move(process: int, core: int | None) -> None:
    """Have a process that runs go on there, with all its threads; None: leave it."""
    if core is None:
        return
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(thread.name), {core})
