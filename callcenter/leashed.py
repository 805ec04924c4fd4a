"""Runs a module until our input ends, so that nothing outlives a supervisor that was killed.

`python -m callcenter.leashed MODULE ARGUMENTS` is `python -m MODULE ARGUMENTS` on a leash.
"""

import os
import runpy
import signal
import sys
import threading
import time

STOP_SECONDS = 15.0


def main() -> None:
    threading.Thread(target=_follow, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _follow() -> None:
    # Not by sys.stdin: its lock would be in the way when the interpreter ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
