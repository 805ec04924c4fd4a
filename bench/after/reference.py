"""Tasks that do nothing, in chains as long as the work on a call: what Celery takes by itself.

`celery -A bench.after.reference worker` does them; `python -m bench.after.reference 60`
starts so many chains and prints, when the last has ended, how many seconds that took.
"""

import sys
import time
from typing import Final

import redis
from celery import Celery
from django.conf import settings

# Six steps, of which transcribing is left once and taken up again.
TASKS: Final = 7
_ENDED: Final = "bench.chains"

app = Celery("reference")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_default_queue = "bench"


@app.task(name="bench.nothing")
def nothing(left: int) -> None:
    """Have the next one done, if there is one."""
    if left:
        nothing.delay(left - 1)
        return
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(_ENDED, 1)


def main() -> None:
    chains = int(sys.argv[1])
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        # One that does not count: the worker may still be starting.
        nothing.delay(TASKS - 1)
        client.blpop([_ENDED])
        begun = time.monotonic()
        for _ in range(chains):
            nothing.delay(TASKS - 1)
        for _ in range(chains):
            client.blpop([_ENDED])
        sys.stdout.write(str(time.monotonic() - begun))


if __name__ == "__main__":
    main()
