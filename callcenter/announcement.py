"""A file that a living process holds and in which it tells the folder's other processes how to reach it.

The lock is the proof of life: unlike a process id it ends with its process, however that ends.
"""

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO


class Held(Exception):  # noqa: N818  not an error where one asks whether it is so
    """Another process holds the file."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Ours to write as long as we hold the file."""

    file: TextIO

    def tell(self, content: dict[str, Any]) -> None:
        self.file.truncate(0)
        json.dump(content, self.file)
        self.file.flush()


@contextlib.contextmanager
def held(path: Path, *, wait: float = 0.0) -> Iterator[Announcement]:
    """Hold the file, when another's hold ends within `wait` seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("a") as file:
        deadline = time.monotonic() + wait
        while not _locked(file, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                raise Held(path)
            time.sleep(0.1)
        announcement = Announcement(file)
        announcement.tell({})
        try:
            yield announcement
        finally:
            announcement.tell({})


def told(path: Path) -> dict[str, Any]:
    """What the living holder tells; nothing without one."""
    try:
        with path.open() as file:
            if _locked(file, fcntl.LOCK_SH):
                return {}
            content: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return {}
    return content


def _locked(file: TextIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
