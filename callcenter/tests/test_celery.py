"""The children of a Celery worker, when the worker is killed."""

import signal
import subprocess
import sys

WORKER = """
import os, time
from celery.signals import worker_process_init
import callcenter.celery
if os.fork() == 0:
    worker_process_init.send(sender=None)
    print("up", flush=True)
    time.sleep(60)
time.sleep(60)
"""


def test_a_child_of_a_killed_worker_ends():
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"up\n"
    worker.send_signal(signal.SIGKILL)
    # The child holds the pipe open for as long as it lives.
    out, _ = worker.communicate(timeout=20)
    assert out == b""
