"""Measures one file and prints what it took, as JSON: a process of its own, so that its memory is too."""

import json
import sys
import time
from pathlib import Path

from analytics import recorded
from analytics.metrics import Thresholds


def main() -> None:
    before = time.process_time()
    result = recorded.measured(sys.argv[1], thresholds=Thresholds())
    used = time.process_time() - before
    told = {
        "cpu": used,
        "seconds": result.figures["duration"],
        "mebibytes": _peak(),
        "segments": sum(map(len, result.speech.values())),
    }
    sys.stdout.write(json.dumps(told))


def _peak() -> float | None:
    """The most memory that was used; None where the system does not tell.

    `getrusage` knows it too, but begins with what whoever started us had used.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    told = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    main()
