"""The children of a Celery worker, when the worker is killed."""

import signal
import subprocess
import sys

import pytest

WORKER = """
import os, time
from celery import signals
import callcenter.celery
if os.fork() == 0:
    signals.{signal}.send(sender=None)
    print("up", flush=True)
    time.sleep(60)
time.sleep(60)
"""


# Of the pool, and the scheduler that runs beside it.
@pytest.mark.parametrize("begun", ["worker_process_init", "beat_embedded_init"])
def test_a_child_of_a_killed_worker_ends(begun):
    command = [sys.executable, "-c", WORKER.format(signal=begun)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"up\n"
    worker.send_signal(signal.SIGKILL)
    # The child holds the pipe open for as long as it lives.
    out, _ = worker.communicate(timeout=20)
    assert out == b""
