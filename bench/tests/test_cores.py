"""Who runs on which core."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import cores

# Says when its second thread is there, and ends with its input.
TWO_THREADS = (
    "import sys, threading;"
    "threading.Thread(target=sys.stdin.read).start();"
    "print(flush=True)"
)


@pytest.mark.skipif(cores.shared_out() is None, reason="there are not two cores")
def test_a_process_that_runs_is_moved_with_all_its_threads() -> None:
    shared = cores.shared_out()
    assert shared is not None
    with subprocess.Popen(
        [sys.executable, "-c", TWO_THREADS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        cores.move(process.pid, shared[1])
        threads = [each.name for each in Path(f"/proc/{process.pid}/task").iterdir()]
        places = [os.sched_getaffinity(int(each)) for each in threads]
        process.communicate()
    assert len(places) == 2
    assert places == [{shared[1]}] * 2
