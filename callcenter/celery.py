"""The Celery application; tasks live in the apps."""

import os
import signal
import threading
import time
from typing import Any, Final

from celery import Celery
from celery.signals import beat_embedded_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

app = Celery("callcenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# How often a child of a worker looks whether its worker is still there.
_LOOK_SECONDS: Final = 1.0


@worker_process_init.connect
@beat_embedded_init.connect
def end_with_worker(**_signal: Any) -> None:
    """A child of a worker that was killed is killed, too: nobody would give it work or end it."""
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def _follow(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
