"""Measures one file and prints what it took, as JSON: a process of its own, so that its memory is too."""

import json
import resource
import sys
import time

from analytics import recorded
from analytics.metrics import Thresholds


def main() -> None:
    before = time.process_time()
    result = recorded.measured(sys.argv[1], thresholds=Thresholds())
    used = time.process_time() - before
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "cpu": used,
        "seconds": result.figures["duration"],
        "mebibytes": usage.ru_maxrss / 1024,
        "segments": sum(map(len, result.speech.values())),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
